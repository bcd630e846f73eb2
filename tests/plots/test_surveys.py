"""The picture of a survey."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.made import said
from tests.plots.test_pictures import lying
from twilio_nb import parse_choice, plots
from twilio_nb.errors import ConfigurationError


def parsed(*bodies: str) -> pd.DataFrame:
    return parse_choice(said(*bodies), ["pizza", "salad", "soup"])


def test_answers_stand_in_the_order_of_the_options_above_what_was_not_understood() -> None:
    ax = plots.answers(parsed("2", "salad!", "pizza", "pizza or salad", "hm"))

    assert list(lying(ax).items()) == [
        ("pizza", "1  (20%)"),
        ("salad", "2  (40%)"),
        ("soup", "0  (0%)"),
        ("several options named", "1  (20%)"),
        ("not understood", "1  (20%)"),
    ]
    assert ax.yaxis_inverted()
    assert ax.get_xlabel() == "answers, and their share of 5 texts"


def test_shares_are_of_all_who_were_asked_where_their_number_is_given() -> None:
    ax = plots.answers(parsed("2", "pizza"), asked=1_000)

    assert lying(ax) == {
        "pizza": "1  (0.1%)",
        "salad": "1  (0.1%)",
        "soup": "0  (0%)",
        "no answer": "998  (100%)",
    }
    assert ax.get_xlabel() == "answers, and their share of 1,000 people asked"


def test_more_answers_than_people_who_were_asked_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"2 answered and 1 were asked.*latest=True"):
        plots.answers(parsed("1", "2"), asked=1)


def test_texts_that_were_not_read_yet_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"no category 'answer'.*parse_choice"):
        plots.answers(said("1", "2"))


def test_a_survey_without_answers_says_so() -> None:
    assert [text.get_text() for text in plots.answers(parsed()).texts] == ["no answers"]


def test_answers_are_drawn_on_the_axes_of_others() -> None:
    mine = Figure().subplots()

    assert plots.answers(parsed("2"), ax=mine) is mine


def test_an_option_is_a_label_and_no_formula() -> None:
    ax = plots.answers(parse_choice(said("1"), ["$5 to $10", "more"]))

    assert next(iter(lying(ax))) == r"\$5 to \$10"
