"""STOP, START and HELP: understood, answered and passed on by Twilio itself."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, Webhook
from twilio_nb.sandbox.opt_outs import HELP, HELPED, START, STARTED, STOP, STOPPED, OptOuts

PHONE, NUMBER, SERVICE, TOLL_FREE = "+15558675309", "+15550100001", "MG" + "0" * 32, "+18885550100"


def send(sandbox: Sandbox, sender: str, **given: str) -> tuple[int, Any]:
    return sandbox.post("Messages.json", To=sandbox.phone, From=sender, Body="Still there?", **given)


def test_the_keywords_are_twilios() -> None:
    assert {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"} == STOP
    assert {"START", "YES", "UNSTOP"} == START
    assert {"HELP", "INFO"} == HELP


@pytest.mark.parametrize("body", [*sorted(STOP), "stop", " Stop\r\n", "\tqUiT "])
def test_each_word_for_stop_stops(body: str) -> None:
    opt_outs = OptOuts()
    assert opt_outs.hear(PHONE, (NUMBER,), body) == STOPPED
    assert opt_outs.stopped(NUMBER, PHONE)


@pytest.mark.parametrize(
    "body", ["STOP PLEASE", "please cancel", "STOP.", "\u201cSTOP\u201d", "ST OP", "OPT-OUT", ""]
)
def test_a_keyword_among_other_words_is_none(body: str) -> None:
    opt_outs = OptOuts()
    assert opt_outs.hear(PHONE, (NUMBER,), body) is None
    assert not opt_outs.stopped(NUMBER, PHONE)


@pytest.mark.parametrize("body", sorted(START))
def test_each_word_for_start_lifts_the_stop(body: str) -> None:
    opt_outs = OptOuts()
    opt_outs.hear(PHONE, (NUMBER,), "STOP")
    assert opt_outs.hear(PHONE, (NUMBER,), body.lower()) == STARTED
    assert not opt_outs.stopped(NUMBER, PHONE)


def test_a_toll_free_number_is_not_started_by_yes() -> None:
    opt_outs = OptOuts()
    opt_outs.hear(PHONE, (TOLL_FREE,), "STOP")
    assert opt_outs.hear(PHONE, (TOLL_FREE,), "YES") is None
    assert opt_outs.stopped(TOLL_FREE, PHONE)
    opt_outs.hear(PHONE, (TOLL_FREE,), "UNSTOP")
    assert not opt_outs.stopped(TOLL_FREE, PHONE)


def test_somebody_who_has_stopped_hears_nothing_more() -> None:
    opt_outs = OptOuts()
    assert [opt_outs.hear(PHONE, (NUMBER,), body) for body in ("INFO", "STOP", "STOP", "HELP")] == [
        HELPED,
        STOPPED,
        None,
        None,
    ]


def test_who_stops_a_number_of_a_service_stops_the_service() -> None:
    opt_outs = OptOuts()
    opt_outs.hear(PHONE, (NUMBER, SERVICE), "STOP")
    assert opt_outs.stopped(SERVICE, PHONE)
    assert not opt_outs.stopped("+15550100002", PHONE)
    assert not opt_outs.stopped(NUMBER, "+15558675310")
    opt_outs.hear(PHONE, (NUMBER, SERVICE), "START")
    assert not opt_outs.stopped(SERVICE, PHONE)


def test_other_channels_have_other_ways_out() -> None:
    opt_outs = OptOuts()
    assert opt_outs.hear(f"whatsapp:{PHONE}", (f"whatsapp:{NUMBER}",), "STOP") is None
    assert not opt_outs.stopped(f"whatsapp:{NUMBER}", f"whatsapp:{PHONE}")


def test_a_send_to_somebody_who_stopped_is_refused_until_start(sandbox: Sandbox) -> None:
    sandbox.text("STOP")
    status, error = send(sandbox, sandbox.number)
    assert (status, error["code"]) == (400, 21610)
    assert send(sandbox, sandbox.second_number)[0] == 201
    sandbox.text("START")
    assert send(sandbox, sandbox.number)[0] == 201


def test_a_keyword_is_answered_once_and_passed_on_without_an_opt_out_type(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    sandbox.answer_at(webhook.url)
    for body, answer in [("HELP", HELPED), ("stop", STOPPED), ("Unstop", STARTED)]:
        assert [reply["body"] for reply in sandbox.text(body)["replies"]] == [answer]
        assert dict(webhook.calls[-1].form)["Body"] == body
    assert all("OptOutType" not in dict(call.form) for call in webhook.calls)
    assert [body for _, body in sandbox.conversation()] == [
        "HELP",
        HELPED,
        "stop",
        STOPPED,
        "Unstop",
        STARTED,
    ]
    log = sandbox.get("Messages.json")["messages"]
    assert [message["direction"] for message in log] == ["inbound"] * 3


def test_what_a_handler_answers_to_stop_fails_and_its_callback_says_why(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says('<Message statusCallback="/status">Noted</Message>')
    exchange = sandbox.text("STOP")
    assert [reply["body"] for reply in exchange["replies"]] == [STOPPED]
    assert exchange["error"]["code"] == 21610
    assert sandbox.notified() == [21610]
    (callback,) = webhook.wait_for_callbacks(1)
    assert (callback["MessageStatus"], callback["ErrorCode"]) == ("failed", "21610")
    message = sandbox.get(f"Messages/{callback['MessageSid']}.json")
    assert (message["status"], message["error_code"], message["body"]) == ("failed", 21610, "Noted")
    assert [body for _, body in sandbox.conversation()] == ["STOP", STOPPED]


def test_a_number_without_an_address_obeys_stop_too(sandbox: Sandbox) -> None:
    assert [reply["body"] for reply in sandbox.text("STOP")["replies"]] == [STOPPED]
    assert send(sandbox, sandbox.number)[1]["code"] == 21610
