"""Messages that do not arrive, and status callbacks that travel badly: told, or by the recipient's number."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, StartSandbox, Webhook

UNDELIVERED = (30003, 30004, 30005, 30006, 30007, 30008, 30022, 30032, 30034, 63016, 63024)
FAILED = (30001, 30002, 30036, 30044, 30450, 63003, 63015, 63018, 63038)
ENDINGS = [*((code, "undelivered") for code in UNDELIVERED), *((code, "failed") for code in FAILED)]
STEPS = {"delivered": ["sent", "delivered"], "undelivered": ["sent", "undelivered"], "failed": ["failed"]}


def tell(sandbox: Sandbox, **order: Any) -> tuple[int, Any]:
    return sandbox.control("POST", "/sandbox/deliveries", **order)


def send(sandbox: Sandbox, webhook: Webhook, to: str) -> str:
    callback = webhook.url.replace("/sms", "/status")
    status, message = sandbox.post(
        "Messages.json", To=to, From=sandbox.number, Body="Hi", StatusCallback=callback
    )
    assert (status, message["status"], message["error_code"]) == (201, "queued", None)
    return str(message["sid"])


@pytest.mark.parametrize(("code", "status"), ENDINGS)
def test_each_code_comes_with_its_status_and_its_callback(
    sandbox_of_module: Sandbox, webhook: Webhook, code: int, status: str
) -> None:
    sandbox = sandbox_of_module
    assert tell(sandbox, to=sandbox.phone, error_code=code)[0] == 200
    sid = send(sandbox, webhook, sandbox.phone)
    callbacks = webhook.wait_for_callbacks(len(STEPS[status]))
    assert [callback["MessageStatus"] for callback in callbacks] == STEPS[status]
    last = callbacks[-1]
    assert (last["MessageSid"], last["SmsStatus"], last["ErrorCode"]) == (sid, status, str(code))
    assert all("ErrorCode" not in callback for callback in callbacks[:-1])
    webhook.assert_signed(webhook.callbacks[-1], sandbox.token)
    message = sandbox.wait_for(sid, status)
    assert message["error_code"] == code
    assert isinstance(message["error_message"], str)
    # What a carrier stopped has been sent, and costs as much.
    assert (message["price"] is None) is (message["date_sent"] is None) is (status == "failed")
    noted = sandbox.get("/sandbox/notifications")["notifications"][0]
    assert (noted["error_code"], noted["message_sid"]) == (str(code), sid)
    assert sandbox.get(f"/sandbox/phones/{sandbox.phone}")["messages"] == []


@pytest.mark.parametrize(("code", "status"), ENDINGS)
def test_a_recipient_may_end_in_its_code(
    sandbox_of_module: Sandbox, webhook: Webhook, code: int, status: str
) -> None:
    sid = send(sandbox_of_module, webhook, f"+150050{code}")
    assert sandbox_of_module.wait_for(sid, status)["error_code"] == code


def test_a_library_reads_the_error_of_a_message(sandbox: Sandbox) -> None:
    client = sandbox.client()
    sent = client.messages.create(to="+15005030007", from_=sandbox.number, body="Hi")
    sandbox.wait_for(str(sent.sid), "undelivered")
    message = client.messages(str(sent.sid)).fetch()
    assert (message.status, message.error_code) == ("undelivered", 30007)


def test_an_order_ends_after_its_messages_and_concerns_its_recipient_only(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    tell(sandbox, to=sandbox.phone, error_code=30003, times=2)
    other = send(sandbox, webhook, "+15558675310")
    sids = [send(sandbox, webhook, sandbox.phone) for _ in range(3)]
    assert sandbox.wait_for(other, "delivered")["error_code"] is None
    for sid, status in zip(sids, ("undelivered", "undelivered", "delivered"), strict=True):
        sandbox.wait_for(sid, status)


def test_an_order_without_recipient_and_number_holds_for_all_until_told_otherwise(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    tell(sandbox, error_code=30008, status="failed", times=None)
    for to in (sandbox.phone, "+15558675310", sandbox.phone):
        sandbox.wait_for(send(sandbox, webhook, to), "failed")
    assert sandbox.request("DELETE", "/sandbox/behaviour")[0] == 204
    sandbox.wait_for(send(sandbox, webhook, sandbox.phone), "delivered")


def test_orders_are_carried_out_one_after_the_other(sandbox: Sandbox, webhook: Webhook) -> None:
    tell(sandbox, error_code=30003)
    tell(sandbox, error_code=30005)
    sids = [send(sandbox, webhook, sandbox.phone) for _ in range(3)]
    statuses = ("undelivered", "undelivered", "delivered")
    ends = [sandbox.wait_for(sid, status)["error_code"] for sid, status in zip(sids, statuses, strict=True)]
    assert ends == [30003, 30005, None]


def test_a_reply_that_does_not_arrive_is_not_on_the_phone(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says('<Message statusCallback="/status">a</Message>', "<Message>b</Message>")
    tell(sandbox, to=sandbox.phone, error_code=30003)
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["b"]
    assert webhook.wait_for_callbacks(2)[1]["ErrorCode"] == "30003"


@pytest.mark.parametrize(
    ("callbacks", "seen"),
    [
        ("in order", ["sent", "delivered"]),
        ("repeated", ["sent", "sent", "delivered", "delivered"]),
        ("out of order", ["delivered", "sent"]),
        ("lost", []),
    ],
)
def test_callbacks_travel_as_told(
    sandbox: Sandbox, webhook: Webhook, callbacks: str, seen: list[str]
) -> None:
    tell(sandbox, to=sandbox.phone, callbacks=callbacks)
    sandbox.wait_for(send(sandbox, webhook, sandbox.phone), "delivered")
    # The next message's callbacks come later than any of this one.
    last = send(sandbox, webhook, sandbox.phone)
    got = webhook.wait_for_callbacks(len(seen) + 2)
    assert [callback["MessageStatus"] for callback in got if callback["MessageSid"] != last] == seen


def test_no_status_is_skipped_and_none_comes_early(start: StartSandbox, webhook: Webhook) -> None:
    sandbox = start("--pace", "0")
    sids = [send(sandbox, webhook, sandbox.phone) for _ in range(30)]
    got = webhook.wait_for_callbacks(60)
    for sid in sids:
        assert [one["MessageStatus"] for one in got if one["MessageSid"] == sid] == ["sent", "delivered"]


@pytest.mark.parametrize(
    "order",
    [
        {"to": 7},
        {"to": ""},
        {"error_code": "30003"},
        {"error_code": 3},
        {"error_code": True},
        {"status": "failed"},
        {"error_code": 30003, "status": "delivered"},
        {"callbacks": "late"},
        {"times": 0},
        {"times": 1.5},
        {"code": 30003},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(sandbox_of_module: Sandbox, order: dict[str, Any]) -> None:
    status, error = tell(sandbox_of_module, **order)
    assert (status, error["code"]) == (400, 20001)
    assert "error_code has five digits" in error["message"]
