"""Messages are read from whatever Twilio sends, and statuses have one order."""

from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.messages import FIELDS, called_back, inbound, outbound, storable
from twilio_nb.errors import InvalidMessage

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
SID = "SM" + "0a" * 16
FORM = [("MessageSid", SID), ("From", "+15558675309"), ("To", "+15558675310"), ("Body", "Hello")]


def received(form: list[tuple[str, str]], *, store_only: bool = False) -> dict[str, Any]:
    return inbound(form, service="s", webhook="w", source="webhook", time=NOW, store_only=store_only)


def test_an_inbound_text_has_every_field_of_a_message() -> None:
    text = received([*FORM, ("AccountSid", "AC1"), ("NumSegments", "2"), ("MessagingServiceSid", "MG1")])

    assert set(FIELDS) < set(text)
    assert text["_id"] == SID
    assert (text["direction"], text["status"], text["source"]) == ("inbound", "received", "webhook")
    assert (text["from"], text["to"], text["body"]) == ("+15558675309", "+15558675310", "Hello")
    assert (text["account_sid"], text["messaging_service_sid"], text["num_segments"]) == ("AC1", "MG1", 2)
    assert text["handling"]["state"] == "pending"


def test_a_text_for_nobody_is_only_stored() -> None:
    assert received(FORM, store_only=True)["handling"]["state"] == "stored"


def test_the_form_is_kept_in_pairs_whatever_its_names() -> None:
    odd = [("$where", "1"), ("a.b", ""), ("a.b", "2"), ("", "\0"), ("Body", "second")]

    text = received([*FORM, *odd])

    assert text["payload"] == [list(pair) for pair in [*FORM, *odd]]
    assert text["body"] == "Hello"
    assert "$where" not in text


def test_pictures_are_listed_and_a_false_count_of_them_costs_nothing() -> None:
    media = [("MediaUrl0", "https://a/1"), ("MediaContentType0", "image/png"), ("MediaUrl1", "https://a/2")]

    text = received([("NumMedia", "9999"), *FORM[:3], *media])

    assert text["num_media"] == 9999
    assert text["media"] == [
        {"url": "https://a/1", "content_type": "image/png"},
        {"url": "https://a/2", "content_type": None},
    ]
    assert text["body"] == ""


@pytest.mark.parametrize("sid", ["", "SM1", "XX" + "0" * 32, SID + "\n", "SM" + "g" * 32, {"$ne": ""}])
def test_a_form_without_a_well_formed_sid_is_no_message(sid: Any) -> None:
    with pytest.raises(InvalidMessage, match="MessageSid"):
        received([("MessageSid", str(sid)), *FORM[1:]])


@pytest.mark.parametrize("name", ["From", "To"])
def test_a_form_without_either_end_is_no_message(name: str) -> None:
    with pytest.raises(InvalidMessage, match=name):
        received([pair for pair in FORM if pair[0] != name])


def test_a_refused_form_is_not_quoted() -> None:
    with pytest.raises(InvalidMessage) as refusal:
        received([("MessageSid", "my secret"), ("Body", "my secret")])

    assert "my secret" not in str(refusal.value)


@given(st.lists(st.tuples(st.text(), st.text(alphabet=st.characters()))))
def test_any_form_can_be_stored(pairs: list[tuple[str, str]]) -> None:
    text = received([*FORM, *pairs, ("Body", "\ud800"), ("\udfff", "")])

    assert bson.decode(bson.encode(text))["payload"][: len(FORM)] == [list(pair) for pair in FORM]


def test_lone_surrogates_are_replaced_and_parted_pairs_joined() -> None:
    assert storable({"a": ["\ud83d", ("\ud83d\ude00", 1)]}) == {"a": ["\ufffd", ["😀", 1]]}


def test_a_record_of_twilios_becomes_a_message_with_the_same_fields() -> None:
    record = {
        "sid": SID,
        "account_sid": "AC1",
        "direction": "outbound-api",
        "from": "+15558675310",
        "to": "+15558675309",
        "body": "Hi",
        "status": "queued",
        "num_segments": "1",
        "num_media": "0",
        "error_code": None,
        "price": "-0.00750",
        "date_created": NOW,
        "uri": "/2010-04-01/…",
    }

    message = outbound(record, service="s", source="send")

    assert set(message) == set(FIELDS)
    assert (message["_id"], message["time"], message["num_segments"]) == (SID, NOW, 1)
    assert (message["price"], message["from"], message["service"]) == ("-0.00750", "+15558675310", "s")


@pytest.mark.parametrize("record", [{}, {"sid": None}, {"sid": "SM1", "date_created": NOW}, {"sid": SID}])
def test_a_record_without_sid_or_date_is_no_message(record: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        outbound(record, service="s", source="send")


@pytest.mark.parametrize(
    ("code", "read"), [("30003", 30003), ("", None), ("0", None), ("x", None), ("٣", None)]
)
def test_an_error_code_is_a_number_or_none(code: str, read: int | None) -> None:
    assert called_back([("ErrorCode", code)])["error_code"] == read
