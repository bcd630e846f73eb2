"""What a handler answers, as Twilio gets it: each row of the retired service's matrix, through HTTP."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from bson import ObjectId

from tests.receiving.host.desk import Desk
from twilio_nb.domain.twiml import EMPTY
from twilio_nb.receiving.apologies import user_message
from twilio_nb.receiving.context import context
from twilio_nb.receiving.response import Response

OID = ObjectId("507f1f77bcf86cd799439011")
TWIML = "<Response><Message>One</Message><Message>Two</Message></Response>"


def answers(fill: Callable[[Response], Any], returned: Any = None) -> Callable[..., Any]:
    def handler(payload: Any, response: Response) -> Any:
        fill(response)
        return returned

    return handler


def returns(value: Any) -> Callable[..., Any]:
    return lambda payload: value


# Item, handler, status, what is texted, and part of a warning.
ROWS: list[tuple[str, Callable[..., Any], int, list[str], str]] = [
    ("WHR-01 document", returns({"Processed": 900}), 200, ['{"Processed":{"$numberInt":"900"}}'], ""),
    ("WHR-01 list", returns([OID, 2.5]), 200, [f'[{{"$oid":"{OID}"}},{{"$numberDouble":"2.5"}}]'], ""),
    ("WHR-01 number", returns(42), 200, ["42"], ""),
    ("WHR-02 body", answers(lambda r: r.set_body("set"), "returned"), 200, ["set"], ""),
    ("WHR-02 status", answers(lambda r: r.set_status_code(201), "returned"), 201, [], ""),
    ("WHR-02 header", answers(lambda r: r.set_header("X-A", "1"), "returned"), 200, [], ""),
    ("WHR-02 chain", lambda p, r: r.set_status_code(201).add_header("A", "1").set_body("x"), 201, ["x"], ""),
    ("WHR-04 nothing", returns(None), 200, [], ""),
    ("WHR-06 text", returns('with "quotes"'), 200, ['with "quotes"'], ""),
    ("WHR-07 bytes", answers(lambda r: r.set_body("café".encode())), 200, ["café"], ""),
    ("WHR-07 id", answers(lambda r: r.set_body(OID)), 200, [str(OID)], ""),
    ("WHR-07 nothing", answers(lambda r: r.set_body(None)), 200, [], ""),
    ("WHR-07 document", answers(lambda r: r.set_body({"a": OID})), 200, [f'{{"a":{{"$oid":"{OID}"}}}}'], ""),
    ("WHR-08 json", answers(lambda r: r.set_header("Content-Type", "application/json").set_body("x")), 200, ["x"], ""),
    ("WHR-09 twiml", returns(TWIML), 200, ["One", "Two"], ""),
    ("WHR-09 plain", answers(lambda r: r.set_header("Content-Type", "text/plain").set_body(TWIML)), 200, [TWIML], ""),
    ("WHR-09 escaped", returns("<b> & co"), 200, ["<b> & co"], ""),
    ("WHR-10", answers(lambda r: r.set_status_code(400).set_body("no")), 400, [], "status 400"),
    ("WHR-11 long", returns("x" * 1700), 200, ["x" * 1600, "x" * 100], ""),
    ("WHR-11 too long", returns("x" * 16_001), 200, ["x" * 1600] * 10, "the first 10 messages"),
    ("WHR-11 blank", returns(" \n "), 200, [], ""),
    ("WHR-14", returns(f"Saved with _id: {OID}"), 200, ["Saved with _id: 507f1f77bcf86cd799439011"], ""),
    ("WHR-15", answers(lambda r: r.add_header("A", "1").add_header("A", "2").set_body("x")), 200, ["x"], ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("handler", "status", "texted", "warning"), [pytest.param(*row, id=item) for item, *row in ROWS]
)
def test_what_a_handler_answers_is_what_twilio_gets(
    desk: Desk, handler: Callable[..., Any], status: int, texted: list[str], warning: str
) -> None:  # C2, C4
    exchange = desk.answer(handler)

    assert (exchange.status, exchange.texted) == (status, texted)
    assert exchange.kind.startswith("text/xml")  # WHR-08
    if not texted:
        assert exchange.body == EMPTY  # never an empty message, which Twilio refuses
    assert (exchange.entry["status"], exchange.entry["state"]) == ("OK", "answered")
    assert warning in "".join(exchange.entry["warnings"])
    assert bool(warning) == bool(exchange.entry["warnings"])


@pytest.mark.parametrize(
    ("handler", "warned"),
    [(returns("returned"), False), (answers(lambda r: r.set_body("set")), True)],
    ids=["returned", "set"],
)
def test_without_respond_result_nothing_is_texted(
    desk: Desk, handler: Callable[..., Any], warned: bool
) -> None:  # WHC-02, WHR-05, C3
    exchange = desk.answer(handler, respond_result=False)

    assert (exchange.status, exchange.body) == (200, EMPTY)
    assert ["--respond-result" in warning for warning in exchange.entry["warnings"]] == [True] * warned


def cursor(payload: Any) -> Any:
    return context.services.get("mongodb-atlas").db("demo").collection("texts").find()


FAILURES: list[tuple[str, Callable[..., Any], str]] = [
    ("WHR-12", lambda payload: payload["Nothing"], "KeyError"),
    ("WHR-07 error", answers(lambda r: r.set_body(ValueError("internals"))), "no form as text"),
    ("CTX-10 cursor", cursor, "list(…)"),
    ("WHR-09 command", returns("<Response><Redirect>https://evil.example</Redirect></Response>"), "more than"),
]  # fmt: skip


@pytest.mark.parametrize(("handler", "error"), [pytest.param(*row, id=item) for item, *row in FAILURES])
@pytest.mark.parametrize("on_error", [200, 500])
def test_a_handler_that_fails_texts_nothing_and_its_webhook_says_what_twilio_is_told(
    desk: Desk, handler: Callable[..., Any], error: str, on_error: int
) -> None:  # WHR-12, C5
    exchange = desk.answer(handler, on_error=on_error)

    assert (exchange.status, exchange.body) == (on_error, EMPTY)
    assert (exchange.entry["status"], exchange.entry["state"]) == ("Error", "failed")
    assert error in exchange.entry["error"]


def test_a_repeated_delivery_of_a_failure_is_told_the_same_and_runs_nothing(desk: Desk) -> None:  # WHR-12
    ran: list[int] = []

    def failing(payload: Any) -> None:
        ran.append(1)
        raise LookupError

    webhook = desk.handler(failing, on_error=500).name
    sid = "SM" + token_hex(16)

    assert [desk.post(webhook, MessageSid=sid).status for _ in range(2)] == [500, 500]
    assert ran == [1]


def test_the_text_of_an_error_of_mongodb_is_warned_about_and_a_sentence_is_there(
    desk: Desk,
) -> None:  # WHR-13
    def save(payload: Any, response: Response) -> None:
        texts = context.services.get("mongodb-atlas").db(desk.database.name).collection("quoted")
        texts.insert_one({"_id": payload["From"]})
        try:
            texts.insert_one({"_id": payload["From"]})
        except Exception as error:
            quoting = payload["Body"] == "quote"
            response.set_body(
                f"Failed to save your text message: {error}" if quoting else user_message(error)
            )
        finally:
            texts.drop()

    webhook = desk.handler(save).name
    quoted, plain = desk.post(webhook, Body="quote"), desk.post(webhook, Body="plain")

    assert "E11000" in quoted.texted[0]  # what a handler texts goes out
    assert "twilio_nb.user_message(error)" in quoted.entry["warnings"][0]
    assert (plain.texted, plain.entry["warnings"]) == (["This is here already."], [])
