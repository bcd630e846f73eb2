"""What a handler answers, row by row: response object, return value, respond_result."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from bson import Binary, Decimal128, ObjectId
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from twilio_nb.domain.twiml import BODY_LIMIT, clean
from twilio_nb.errors import HandlerError
from twilio_nb.notebook.display import Message
from twilio_nb.receiving.handlers import Response
from twilio_nb.receiving.outcomes import MOST_MESSAGES, Answer, Outcome, answer

OID = ObjectId("507f1f77bcf86cd799439011")
WHEN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def answered(
    returned: Any = None, fill: Callable[[Response], Any] | None = None, *, respond_result: bool = True
) -> Answer:
    response = Response()
    if fill:
        fill(response)
    return answer(response, returned, respond_result=respond_result)


def bodies(outcome: Answer) -> list[str]:
    return [reply.body for reply in outcome.replies]


@pytest.mark.parametrize(
    ("returned", "body"),
    [
        ("Hello", "Hello"),
        ("  kept  ", "  kept  "),
        (b"caf\xc3\xa9", "café"),
        (bytearray(b"ok"), "ok"),
        (Binary(b"ok"), "ok"),
        (OID, "507f1f77bcf86cd799439011"),
        (900, "900"),
        (2.5, "2.5"),
        (True, "true"),
        ({"Processed": 900}, '{"Processed": {"$numberInt": "900"}}'),
        ([OID], '[{"$oid": "507f1f77bcf86cd799439011"}]'),
        ([], "[]"),
        ({"é": WHEN}, '{"é": {"$date": {"$numberLong": "1767323045000"}}}'),
        (Decimal128("1.10"), '{"$numberDecimal": "1.10"}'),
    ],
)
def test_a_returned_value_is_texted_as_text_or_canonical_extended_json(returned: Any, body: str) -> None:
    assert bodies(answered(returned)) == [body]
    assert bodies(answered(None, lambda r: r.set_body(returned))) == [body]


@pytest.mark.parametrize("returned", [None, "", " \n ", b""])
def test_nothing_is_texted_for_nothing(returned: Any) -> None:
    assert answered(returned) == Answer()


def test_a_receipt_of_a_message_that_was_sent_is_never_texted() -> None:  # SND-05
    receipt = Message({"_id": "SM" + "0" * 32, "body": "secret"})

    assert answered(receipt) == Answer()
    assert answered([receipt, receipt]) == Answer()
    assert answered(None, lambda r: r.set_body(receipt)) == Answer()


def test_a_touched_response_switches_the_return_value_off() -> None:
    assert bodies(answered("ignored", lambda r: r.set_body("said"))) == ["said"]
    assert answered("ignored", lambda r: r.set_status_code(201)) == Answer(201)
    assert answered("ignored", lambda r: r.set_header("X-Anything", "1")) == Answer()


def test_response_methods_chain_and_the_response_may_be_returned() -> None:
    response = Response()
    returned = response.set_status_code(201).set_header("A", "1").add_header("a", "2").set_body("Saved")

    assert returned is response
    assert response.headers == [("A", "1"), ("a", "2")]
    assert response.set_header("A", "3").headers == [("A", "3")]
    assert bodies(answer(response, response, respond_result=True)) == ["Saved"]
    assert answer(response, response, respond_result=True).status_code == 201


def test_an_untouched_response_that_is_returned_texts_nothing() -> None:
    assert answered(Response()) == Answer()


@pytest.mark.parametrize("code", [99, 199, 600, "200", None, 2.0])
def test_a_status_that_is_none_is_refused(code: Any) -> None:
    with pytest.raises(HandlerError, match="from 200 to 599"):
        Response().set_status_code(code)


@pytest.mark.parametrize("code", [301, 400, 500])
def test_a_body_beside_an_error_status_is_not_texted_and_that_is_said(code: int) -> None:
    outcome = answered(None, lambda r: r.set_status_code(code).set_body("Sorry"))

    assert (outcome.status_code, outcome.replies) == (code, ())
    assert outcome.warnings == (
        f"The body was not texted: Twilio obeys no answer with the status {code}. "
        "Leave the status at 200 to send it.",
    )


def test_without_respond_result_nothing_is_texted_and_a_body_is_warned_about() -> None:
    assert answered("returned", respond_result=False) == Answer()
    outcome = answered(None, lambda r: r.set_body("set"), respond_result=False)

    assert outcome.replies == ()
    assert "--respond-result" in outcome.warnings[0]


@pytest.mark.parametrize("returned", [iter([1]), (n for n in [1]), map(str, [1])])
def test_a_cursor_or_iterator_is_refused_with_what_to_write(returned: Any) -> None:
    with pytest.raises(HandlerError, match=r"list\(…\)"):
        answered(returned)


@pytest.mark.parametrize("returned", [object(), ValueError("x"), {"a": object()}])
def test_what_has_no_form_as_text_is_refused(returned: Any) -> None:
    with pytest.raises(HandlerError, match="no form as text"):
        answered(returned)


def test_a_coroutine_that_is_returned_is_closed_and_said() -> None:
    async def save() -> str:
        return "never"

    coroutine = save()
    outcome = answered(coroutine)

    assert outcome.replies == ()
    assert outcome.warnings == (
        "The handler returned save(…) without awaiting it, so nothing was texted: "
        "define the handler with `async def` and write `return await save(…)`.",
    )
    with pytest.raises(RuntimeError, match="cannot reuse"):
        coroutine.send(None)


def test_plain_twiml_passes_through_and_its_messages_are_known() -> None:
    xml = "<?xml version='1.0'?><Response><Message>a</Message><Message><Body>b</Body><Media>https://x/y.png</Media></Message></Response>"
    outcome = answered(xml)

    assert outcome.twiml == xml
    assert [(reply.body, reply.media) for reply in outcome.replies] == [
        ("a", ()),
        ("b", ("https://x/y.png",)),
    ]


def test_twiml_of_the_twilio_library_is_obeyed_whatever_it_holds() -> None:
    twiml = MessagingResponse()
    twiml.message("Hello", to="+15558675310")
    outcome = answered(twiml)

    assert outcome.twiml == twiml.to_xml()
    assert bodies(outcome) == ["Hello"]


@pytest.mark.parametrize(
    "xml",
    [
        '<Response><Message to="+19005550100">premium</Message></Response>',
        "<Response><Redirect>https://evil.example</Redirect></Response>",
        "<Response>\n<Message\taction='https://evil.example'>x</Message></Response>",
        "<?xml version='1.0'?><Response><Message statusCallback='https://evil.example'>x</Message></Response>",
        "<Response/ ><Redirect/>",
        "<Response><Message>a</Message></Response><Redirect/>",
        "<Response><Message>a",
        "<!DOCTYPE r><Response/>",
    ],
)
def test_a_text_that_is_echoed_cannot_command_twilio(xml: str) -> None:
    try:
        outcome = answered(xml)
    except HandlerError:
        return
    assert outcome.twiml is None


def test_twiml_that_twilio_would_not_take_is_refused() -> None:
    xml = f"<Response><Message>{'x' * 64_000}</Message></Response>"
    with pytest.raises(HandlerError, match="64000 bytes"):
        answered(xml)


def test_twiml_with_attributes_is_obeyed_when_the_handler_says_that_it_is_twiml() -> None:
    xml = '<Response><Message to="+15558675310">Hello</Message></Response>'
    outcome = answered(None, lambda r: r.set_header("content-type", "text/xml; charset=utf-8").set_body(xml))

    assert outcome.twiml == xml


def test_plain_text_that_looks_like_twiml_is_texted_when_the_handler_says_so() -> None:
    xml = "<Response><Message>a</Message></Response>"
    outcome = answered(None, lambda r: r.set_header("Content-Type", "text/plain").set_body(xml))

    assert outcome.twiml is None
    assert bodies(outcome) == [xml]


def test_a_long_body_is_cut_into_messages_and_beyond_ten_left_out_with_a_warning() -> None:
    assert [len(body) for body in bodies(answered("x" * 5000))] == [1600, 1600, 1600, 200]
    outcome = answered("x" * (MOST_MESSAGES * BODY_LIMIT + 1))

    assert len(outcome.replies) == MOST_MESSAGES
    assert "the first 10 messages" in outcome.warnings[0]


def test_characters_that_xml_forbids_are_left_out_with_a_warning() -> None:
    two, one = answered("a\x00b\ud800c"), answered("a\x00bc")

    assert bodies(two) == bodies(one) == ["abc"]
    assert two.warnings == ("2 characters were left out of the reply: XML forbids them.",)
    assert one.warnings == ("1 character was left out of the reply: XML forbids it.",)


@given(st.text(max_size=4000))
def test_no_text_makes_a_reply_that_cannot_be_sent(text: str) -> None:
    try:
        outcome = answered(text)
    except HandlerError:
        return
    for body in bodies(outcome):
        assert body.strip()
        assert len(body) <= BODY_LIMIT
        assert clean(body) == body


def test_an_outcome_travels_as_json() -> None:
    outcome = answered("Hello")
    wire = Outcome(ok=True, replies=outcome.replies, warnings=("w",), duration=0.5).to_wire()

    assert wire == {
        "ok": True,
        "status_code": 200,
        "replies": [{"body": "Hello", "media": []}],
        "twiml": None,
        "error": None,
        "warnings": ["w"],
        "duration": 0.5,
        "printed": "",
        "traceback": None,
    }
