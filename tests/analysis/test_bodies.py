"""Bodies as they are compared, and what is found in them."""

import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.made import said
from twilio_nb.analysis.bodies import normalize, tag
from twilio_nb.analysis.words import normalized
from twilio_nb.errors import ConfigurationError


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("YES!!", "yes"),
        ("  yes \n", "yes"),
        ("ＹＥＳ", "yes"),
        ("«Yes, please»", "yes, please"),
        ("I’m  in", "i'm in"),
        ("Straße", "strasse"),
        ("cafe\u0301", "café"),
        ("to\u200bday", "today"),
        ("👍️!", "👍"),
        ("👩‍🚀", "👩‍🚀"),
        ("#️⃣", "#⃣"),
        ("$5", "$5"),
        ("...", ""),
        ("", ""),
    ],
)
def test_what_people_mean_alike_reads_alike(body: str, expected: str) -> None:
    assert normalize(body) == expected


@given(st.text())
def test_a_normalised_text_stays_as_it_is(body: str) -> None:
    assert normalized(normalized(body)) == normalized(body)


@given(st.text())
def test_case_makes_no_difference_to_ascii(body: str) -> None:
    plain = body.encode("ascii", "ignore").decode()

    assert normalized(plain.upper()) == normalized(plain.lower())


def test_a_frame_gives_its_bodies_under_its_own_index() -> None:
    texts = said("Yes!", None, "NO.").set_index(pd.Index([7, 8, 9]))

    found = normalize(texts)

    assert found.dtype == texts["body"].dtype
    assert found.to_dict() == {7: "yes", 8: None, 9: "no"}


def test_words_are_found_whole_in_any_spelling() -> None:
    texts = said("Please STOP!", "stopping", "s.t.o.p", "ﬆop")

    assert tag(texts, {"stop": "Stop"})["stop"].tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("word", "body", "found"),
    [
        ("thank you", "Thank\nyou so much", True),
        ("can", "I can't", False),
        ("pizza", "'pizza', please", True),
        ("👍", "great👍🏽", True),
        ("停止", "请停止发送", True),
        ("हा", "हाँ", False),
        ("c++", "I write C++, too", True),
        ("no", "nö", False),
        ("no", "no\u0308", False),
        ("a.b", "axb", False),
    ],
)
def test_a_word_ends_where_its_script_ends_it(word: str, body: str, found: bool) -> None:
    assert tag(said(body), {"tag": word})["tag"].tolist() == [found]


def test_a_text_may_have_several_tags() -> None:
    tagged = tag(
        said("Stop order #1234"), {"stop": ["stop", "quit"], "order": re.compile(r"#\d{4}"), "x": "y"}
    )

    assert tagged[["stop", "order", "x"]].iloc[0].tolist() == [True, True, False]


def test_an_expression_is_searched_in_the_body_as_it_was_sent() -> None:
    tagged = tag(said("Code AB!", "code ab"), {"code": re.compile(r"AB!$")})

    assert tagged["code"].tolist() == [True, False]


def test_a_text_without_a_body_has_no_tag() -> None:
    tagged = tag(said(None, ""), {"all": re.compile(""), "word": "none"})

    assert tagged["all"].tolist() == [False, True]
    assert tagged["word"].tolist() == [False, False]


def test_one_column_holds_the_first_tag_that_fits() -> None:
    tags = {"stop": "stop", "thanks": ["thanks", "thank you"]}

    tagged = tag(said("Thanks, and stop", "thank you", "hello"), tags, column="topic")

    assert tagged["topic"].astype(object).where(tagged["topic"].notna(), None).tolist() == [
        "stop",
        "thanks",
        None,
    ]
    assert tagged["topic"].cat.categories.tolist() == ["stop", "thanks"]


def test_texts_keep_what_they_had() -> None:
    texts = said("a", "b")

    tagged = tag(texts, {"a": "a"})

    assert tagged.drop(columns="a").equals(texts)
    assert "a" not in texts


def test_no_text_at_all_has_the_same_columns() -> None:
    tagged = tag(said(), {"a": "a"}, column="topic")

    assert len(tagged) == 0
    assert tagged["topic"].cat.categories.tolist() == ["a"]


def test_bodies_alone_give_the_columns_alone() -> None:
    tagged = tag(said("yes")["body"], {"yes": "yes", "no": "no"})

    assert tagged.columns.tolist() == ["yes", "no"]


@pytest.mark.parametrize("finders", ["", "?!", [], ["ok", " "], [42]])
def test_a_tag_that_finds_nothing_is_refused(finders: object) -> None:
    with pytest.raises(ConfigurationError, match="'odd' has nothing to find"):
        tag(said("x"), {"odd": finders})  # type: ignore[dict-item]


def test_a_tag_does_not_take_the_place_of_a_column() -> None:
    with pytest.raises(ConfigurationError, match="column 'status' already"):
        tag(said("x"), {"status": "x"})


def test_texts_without_bodies_say_so() -> None:
    with pytest.raises(ConfigurationError, match="no column 'body'"):
        normalize(said("x").drop(columns="body"))


@pytest.mark.parametrize("given", [5, ["Yes", "No"]])
def test_what_is_neither_texts_nor_bodies_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"is neither: give what service\.texts"):
        normalize(given)


@pytest.mark.parametrize("tags", ["room", ["room"]])
def test_tags_without_names_are_refused(tags: Any) -> None:
    with pytest.raises(ConfigurationError, match="give a dict"):
        tag(pd.Series(["a room"]), tags)
