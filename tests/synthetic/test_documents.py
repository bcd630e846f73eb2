"""The documents of a history are those that real texts would have."""

from collections import Counter, defaultdict

import pytest

from twilio_nb.domain.messages import FIELDS, Document, is_sid
from twilio_nb.domain.segments import segments
from twilio_nb.domain.twiml import parse

ENGLISH, SPANISH = "How do you like your library?", "¿Le gusta su biblioteca?"


@pytest.fixture(scope="module")
def inbound(written: list[Document]) -> list[Document]:
    return [text for text in written if text["direction"] == "inbound"]


@pytest.fixture(scope="module")
def outbound(written: list[Document]) -> list[Document]:
    return [text for text in written if text["direction"] != "inbound"]


def test_they_have_the_fields_of_all_others_and_are_marked(
    inbound: list[Document], outbound: list[Document]
) -> None:
    assert all(set(text) == {*FIELDS, "handling", "payload"} for text in inbound)
    assert all(set(text) == set(FIELDS) for text in outbound)
    assert {text["source"] for text in (*inbound, *outbound)} == {"synthetic"}
    assert all(is_sid(text["_id"]) for text in (*inbound, *outbound))


def test_segments_are_those_that_would_be_billed(outbound: list[Document]) -> None:
    assert all(text["num_segments"] == segments(text["body"]).count for text in outbound)
    assert Counter(text["num_segments"] for text in outbound)[2] > 1000
    assert {text["price"] for text in outbound if text["num_segments"] == 2} == {"-0.01580"}


def test_only_what_did_not_arrive_has_an_error(outbound: list[Document]) -> None:
    for text in outbound:
        assert (text["status"] == "undelivered") == (text["error_code"] is not None)
        assert (text["error_message"] is not None) == (text["error_code"] is not None)
    assert {text["status"] for text in outbound} == {"delivered", "undelivered", "sent"}


def test_pictures_have_their_own_kind_of_sid_and_an_address_each(inbound: list[Document]) -> None:
    pictured = [text for text in inbound if text["num_media"]]

    assert all((text["num_media"] > 0) == text["_id"].startswith("MM") for text in inbound)
    assert all(len({medium["url"] for medium in text["media"]}) == text["num_media"] for text in pictured)
    assert {medium["content_type"] for text in pictured for medium in text["media"]} >= {
        "image/jpeg",
        "image/png",
    }
    assert "" in {text["body"] for text in pictured}


def test_a_receipt_is_noted_under_its_answer(written: list[Document]) -> None:
    by_sid = {text["_id"]: text for text in written}
    answered = [text for text in written if (text.get("handling") or {}).get("replies")]

    assert len(answered) > 1000
    for text in answered:
        (reply,) = text["handling"]["replies"]
        receipt = by_sid[reply["sid"]]
        assert (receipt["to"], receipt["body"]) == (text["from"], reply["body"])
        assert receipt["status"] == reply["status"]
        assert text["time"] < receipt["time"] == text["handling"]["finished"]
        late = text["handling"]["state"] == "late"
        assert receipt["direction"] == ("outbound-api" if late else "outbound-reply")
        assert len(parse(text["handling"]["answer"]["twiml"])) == (0 if late else 1)


def test_only_the_survey_has_a_handler(inbound: list[Document]) -> None:
    states = defaultdict(set)
    for text in inbound:
        states[text["webhook"]].add(text["handling"]["state"])

    assert states == {"inbox": {"stored"}, "survey": {"answered", "failed", "late", "interrupted"}}


def test_none_is_still_to_be_handled_or_belongs_to_somebody(inbound: list[Document]) -> None:
    unfinished = [
        text for text in inbound if text["webhook"] == "survey" and "finished" not in text["handling"]
    ]

    assert unfinished == []


def test_each_person_is_written_to_in_one_language(outbound: list[Document]) -> None:
    languages = defaultdict(set)
    for text in outbound:
        for words in (ENGLISH, SPANISH):
            if text["body"].startswith(words):
                languages[text["to"]].add(words)

    assert Counter(map(len, languages.values())).keys() == {1}
    assert len(languages) > 1000
