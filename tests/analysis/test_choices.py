"""Answers, as people text them."""

import pandas as pd
import pytest

from tests.analysis.made import ANN, BOB, said, texts
from twilio_nb.analysis.choices import parse_choice
from twilio_nb.errors import ConfigurationError

DISHES = ["Pizza", "Pasta", "Ice cream"]


def read(body: str, options: object = DISHES) -> tuple[object, str]:
    row = parse_choice(said(body), options).iloc[0]  # type: ignore[call-overload]
    return None if pd.isna(row["answer"]) else row["answer"], row["reading"]


@pytest.mark.parametrize(
    "body",
    ["2", "2.", "(2)", "2)", "#2", "2️⃣", "２", "b", "B)", "Two", "pasta!!", "PASTA", "Option 2"],
)
def test_an_answer_alone_is_read_in_any_spelling(body: str) -> None:
    assert read(body) == ("Pasta", "exact")


@pytest.mark.parametrize("body", ["answer: b", "2 please", "pasta pasta", "2, pasta"])
def test_filling_words_and_repetition_make_no_difference(body: str) -> None:
    assert read(body) == ("Pasta", "exact")


@pytest.mark.parametrize(
    "body", ["I'd love some pasta", "we take option 2 then", "ICE-pasta", "go for choice b!"]
)
def test_an_answer_in_a_longer_text_is_marked_as_mentioned(body: str) -> None:
    assert read(body) == ("Pasta", "mentioned")


@pytest.mark.parametrize("body", ["1 and 2", "pizza or pasta?", "1 pasta", "a/b", "option 1 or option 2"])
def test_several_answers_are_ambiguous(body: str) -> None:
    assert read(body) == (None, "ambiguous")


@pytest.mark.parametrize("body", ["", "hello", "a nice day", "back at 2", "pastas", "4", "one of them", "12"])
def test_what_is_no_answer_is_not_guessed(body: str) -> None:
    assert read(body) == (None, "unparsed")


def test_the_longer_of_two_names_is_meant() -> None:
    assert read("Yes, with lunch please", ["Yes", "Yes with lunch", "No"])[0] is not None
    assert read("well, yes with lunch then", ["Yes", "Yes with lunch", "No"]) == (
        "Yes with lunch",
        "mentioned",
    )


def test_a_mapping_names_what_stands_for_an_answer() -> None:
    options = {True: ["yes", "y", "👍", "1"], False: ["no", "n", "0"]}

    assert [read(body, options)[0] for body in ("Y", "👍🏽 thanks!", "0.", "back at 1", "y not")] == [
        True,
        True,
        False,
        None,
        None,
    ]


def test_answers_that_are_numbers_are_not_places() -> None:
    assert [read(body, [5, 4, 3])[0] for body in ("5", "three", "1", "a")] == [5, 3, None, None]


def test_numbers_are_words_of_the_language_of_the_texts() -> None:
    answers = parse_choice(said("Zwei!", "two"), DISHES, number_words=["eins", "zwei", "drei"])

    assert answers["reading"].tolist() == ["exact", "unparsed"]


def test_the_answers_are_a_category_in_the_order_of_the_options() -> None:
    answers = parse_choice(said("3"), DISHES)

    assert answers["answer"].cat.categories.tolist() == DISHES
    assert answers["answer"].value_counts(sort=False).to_dict() == {"Pizza": 0, "Pasta": 0, "Ice cream": 1}


def test_what_we_sent_is_no_answer() -> None:
    answers = parse_choice(texts({"body": "1"}, {"body": "2", "direction": "outbound-api"}), DISHES)

    assert answers["answer"].tolist() == ["Pizza"]


def test_the_latest_answer_of_a_sender_counts_and_nobody_is_lost() -> None:
    asked = texts(
        {"body": "1"},
        {"body": "hm", "from": BOB},
        {"body": "no, 2"},
        {"body": "2"},
        {"body": "thanks!"},
        {"body": "what?", "from": BOB},
    )

    latest = parse_choice(asked, DISHES, latest=True)

    assert latest[["from", "body"]].to_numpy().tolist() == [[ANN, "2"], [BOB, "what?"]]
    assert latest["reading"].tolist() == ["exact", "unparsed"]


@pytest.mark.parametrize(
    ("options", "said_so"),
    [
        ([], "gives no options"),
        ("yes", "gives no options"),
        (["?", "!"], "no letter, digit or symbol"),
        (["Yes", "yes!"], "stands for two options"),
        ({"a": ["1"], "b": ["1"]}, "stands for two options"),
    ],
)
def test_options_that_cannot_be_told_apart_are_refused(options: object, said_so: str) -> None:
    with pytest.raises(ConfigurationError, match=said_so):
        parse_choice(said("1"), options)  # type: ignore[call-overload]


def test_a_handler_reads_one_body() -> None:
    assert [parse_choice(body, DISHES) for body in ("B)", "ice cream!!", "1 or 2", "")] == [
        "Pasta",
        "Ice cream",
        None,
        None,
    ]


def test_the_latest_of_bodies_alone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'from' and 'time'"):
        parse_choice(said("1")["body"], DISHES, latest=True)
