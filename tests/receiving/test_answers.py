from typing import Any

import pytest

from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.twiml import EMPTY, parse
from twilio_nb.receiving.answers import ANSWER_LIMIT, Composed, compose
from twilio_nb.receiving.protocol import WireOutcome

SID = "SM" + "0" * 32


def composed(*bodies: str, respond_result: bool = True, on_error: int = 200, **changes: Any) -> Composed:
    outcome: WireOutcome = {
        "ok": True,
        "refused": False,
        "status_code": 200,
        "replies": [{"body": body, "media": []} for body in bodies],
        "twiml": None,
        "error": None,
        "warnings": [],
        "duration": 0.1,
        "printed": "",
        "traceback": None,
    }
    outcome.update(changes)  # type: ignore[typeddict-item]
    webhook = WebhookDefinition("s", "w", respond_result=respond_result, on_error=on_error)
    return compose(outcome, webhook, base="https://example.org/", sid=SID)


def test_replies_become_messages_and_are_kept_in_order() -> None:
    answer = composed("One", "Two")

    assert [message.body for message in parse(answer.answer.twiml)] == ["One", "Two"]
    assert [(reply["n"], reply["body"], reply["sid"]) for reply in answer.replies] == [
        (0, "One", None),
        (1, "Two", None),
    ]
    assert (answer.state, answer.answer.status, answer.error) == ("answered", 200, None)


def test_nothing_to_say_is_an_empty_response() -> None:
    assert composed().answer.twiml == EMPTY
    assert composed("ignored", respond_result=False).answer.twiml == EMPTY
    assert composed("ignored", respond_result=False).replies == []


def test_a_failure_is_answered_with_nothing_of_it() -> None:
    answer = composed("half a reply", ok=False, error="ValueError: internals")

    assert (answer.state, answer.error) == ("failed", "ValueError: internals")
    assert answer.answer.twiml == EMPTY
    assert answer.replies == []


def test_a_handler_that_was_not_run_leaves_its_text_pending() -> None:
    answer = composed(ok=False)

    assert (answer.state, answer.error, answer.answer.twiml) == ("pending", None, EMPTY)


def test_a_handler_s_own_twiml_is_answered_letter_by_letter() -> None:
    twiml = "<Response><Message action='x'>Hi</Message></Response>"

    answer = composed("Hi", twiml=twiml, status_code=201)

    assert (answer.answer.twiml, answer.answer.status) == (twiml, 201)
    assert [reply["body"] for reply in answer.replies] == ["Hi"]


@pytest.mark.parametrize(
    "twiml", ["<Response><Message>", "<html/>", "<Response>" + "x" * ANSWER_LIMIT + "</Response>"]
)
def test_twiml_that_twilio_would_refuse_is_a_failure(twiml: str) -> None:
    answer = composed(twiml=twiml)

    assert answer.state == "failed"
    assert answer.error
    assert answer.answer.twiml == EMPTY


def test_more_than_twilio_takes_is_cut_and_said() -> None:
    answer = composed(*["&" * 1600] * 10)

    assert len(answer.answer.twiml.encode()) <= ANSWER_LIMIT
    assert 1 < len(answer.replies) < 10
    assert f"{len(answer.replies)} of 10 messages" in answer.warnings[0]
