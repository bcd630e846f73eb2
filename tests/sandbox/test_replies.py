"""Answers that lead further: actions, redirects, and where Twilio makes an end of it."""

import itertools

import pytest

from tests.sandbox.conftest import Sandbox, Webhook
from twilio_nb.sandbox.loops import LIMIT, LoopGuard


def test_an_action_is_told_of_the_message_and_its_answer_goes_on(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says('<Message action="/next?n=1">a</Message>', "<Message>never</Message>")
    webhook.pages["/next"] = "<Response><Message>b</Message><Message>c</Message></Response>"
    exchange = sandbox.text()
    assert [reply["body"] for reply in exchange["replies"]] == ["a", "b", "c"]
    call = webhook.calls[1]
    assert call.path == "/next?n=1"
    webhook.assert_signed(call, sandbox.token)
    form = dict(call.form)
    assert (form["MessageSid"], form["MessageStatus"]) == (exchange["replies"][0]["sid"], "sending")
    assert "Body" not in form


def test_an_action_may_be_asked_with_get(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says('<Message action="/next" method="GET">a</Message>')
    webhook.pages["/next"] = "<Response/>"
    sandbox.text()
    assert [call.method for call in webhook.calls] == ["POST", "GET"]
    assert dict(webhook.calls[1].form)["MessageStatus"] == "sending"


def test_a_redirect_asks_elsewhere_with_the_same_text(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says("<Message>a</Message>", "<Redirect>/menu</Redirect>", "<Message>never</Message>")
    webhook.pages["/menu"] = "<Response><Message>b</Message></Response>"
    assert [reply["body"] for reply in sandbox.text("Hello")["replies"]] == ["a", "b"]
    first, second = webhook.calls
    assert second.path == "/menu"
    assert second.form == first.form
    webhook.assert_signed(second, sandbox.token)


def test_a_redirect_that_fails_leads_to_the_fallback(sandbox: Sandbox, webhook: Webhook) -> None:
    fallback = webhook.url.replace("/sms", "/fallback")
    sandbox.answer_at(webhook.url, SmsFallbackUrl=fallback)
    webhook.says("<Say/>", "<Redirect>/menu</Redirect>")
    webhook.pages |= {"/menu": "no TwiML", "/fallback": "<Response><Message>Sorry</Message></Response>"}
    exchange = sandbox.text()
    assert [reply["body"] for reply in exchange["replies"]] == ["Sorry"]
    assert sandbox.notified() == [12200, 12100]
    assert [call.path for call in webhook.calls] == ["/sms", "/menu", "/fallback"]
    form = dict(webhook.calls[2].form)
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("12100", webhook.url.replace("/sms", "/menu"))


def test_the_fallback_is_asked_once_and_not_for_itself(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url, SmsFallbackUrl=webhook.url.replace("/sms", "/fallback"))
    webhook.status = 500
    sandbox.text()
    assert [call.path for call in webhook.calls] == ["/sms", "/fallback"]
    assert sandbox.notified() == [11200, 11200]


def test_answers_that_lead_nowhere_end_after_fifty(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says("<Redirect>/sms</Redirect>")
    assert sandbox.text()["error"]["code"] == 14106
    assert len(webhook.calls) == 50


def test_ten_messages_may_answer_one_text(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says(*(f"<Message>{n}</Message>" for n in range(11)))
    exchange = sandbox.text()
    assert [reply["body"] for reply in exchange["replies"]] == [str(n) for n in range(10)]
    assert exchange["error"]["code"] == 14109


@pytest.mark.parametrize(
    "verbs",
    [
        "<message>a</message>",
        "<Say>a</Say>",
        "<Message><body>a</body>b</Message>",
        "<Message statuscallback='/status'>b</Message>",
        "<Message method='PUT' action='/next'>b</Message>",
        "<Redirect when='now'>/next</Redirect>",
    ],
)
def test_what_twiml_does_not_know_is_passed_over_with_a_warning(
    sandbox: Sandbox, webhook: Webhook, verbs: str
) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says(verbs, "<Message>last</Message>")
    webhook.pages["/next"] = "<Response><Message>last</Message></Response>"
    exchange = sandbox.text()
    assert sandbox.notified() == [12200]
    assert exchange["replies"][-1]["body"] == "last"


def test_programs_that_answer_each_other_are_held(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says('<Message statusCallback="/status">Thanks!</Message>')
    for _ in range(LIMIT):
        assert sandbox.text("Thanks!")["error"] is None
    exchange = sandbox.text("Thanks!")
    assert (exchange["replies"], exchange["error"]["code"]) == ([], 14107)
    last = webhook.wait_for_callbacks(2 * LIMIT + 1)[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("failed", "14107")
    assert len(sandbox.text("Thanks!", **{"from": "+15558675310"})["replies"]) == 1


def test_replies_with_pauses_are_no_loop() -> None:
    clock = itertools.count(0.0, 31.0)
    guard = LoopGuard(lambda: next(clock))
    assert not any(guard.stops("a", "b") for _ in range(5 * LIMIT))


def test_a_loop_is_held_for_thirty_seconds() -> None:
    times = [0.1 * n for n in range(LIMIT)]
    clock = iter([*times, 10.0, 39.9, 40.1, 40.2])
    guard = LoopGuard(lambda: next(clock))
    assert not any(guard.stops("a", "b") for _ in times)
    assert [guard.stops("b", "a"), guard.stops("a", "b"), guard.stops("a", "b"), guard.stops("a", "c")] == [
        True,
        True,
        False,
        False,
    ]
