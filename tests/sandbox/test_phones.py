"""Texts in, webhooks out, answers obeyed."""

import json
import re
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, Webhook


def test_a_text_is_delivered_as_a_signed_webhook(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url + "?tenant=1#rc=2&rp=ct,5xx")
    exchange = sandbox.text("Grüße & 👋 = 100 %")
    assert exchange["error"] is None
    (call,) = webhook.calls
    assert call.path == "/sms?tenant=1"
    webhook.assert_signed(call, sandbox.token)
    sid = exchange["inbound"]["sid"]
    assert dict(call.form) == {
        "ToCountry": "US",
        "ToState": "",
        "ToCity": "",
        "ToZip": "",
        "FromCountry": "US",
        "FromState": "",
        "FromCity": "",
        "FromZip": "",
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "AccountSid": sandbox.sid,
        "From": sandbox.phone,
        "To": sandbox.number,
        "Body": "Grüße & 👋 = 100 %",
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }
    headers = {name.lower(): value for name, value in call.headers.items()}
    assert headers["user-agent"] == "TwilioProxy/1.1"
    assert headers["accept"] == "*/*"
    assert headers["content-type"].lower() == "application/x-www-form-urlencoded; charset=utf-8"
    assert re.fullmatch("[0-9a-f-]{36}", headers["i-twilio-idempotency-token"])
    assert "authorization" not in headers


def test_the_inbound_message_stands_in_the_account(sandbox: Sandbox) -> None:
    inbound = sandbox.text("Hello", to=sandbox.second_number, **{"from": "+447700900123"})["inbound"]
    record = sandbox.get(f"Messages/{inbound['sid']}.json")
    assert record == {key: inbound[key] for key in record}
    assert (record["direction"], record["status"]) == ("inbound", "received")
    assert (record["from"], record["to"]) == ("+447700900123", sandbox.second_number)
    assert record["date_sent"] is not None


def test_a_number_without_an_address_only_stores(sandbox: Sandbox) -> None:
    exchange = sandbox.text("Hello")
    assert (exchange["replies"], exchange["error"]) == ([], None)
    assert sandbox.conversation() == [("inbound", "Hello")]
    assert sandbox.notified() == []


def test_with_get_the_fields_are_in_the_signed_query(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url + "?tenant=a%20b", SmsMethod="GET")
    sandbox.text("a b+c")
    (call,) = webhook.calls
    assert (call.method, call.body) == ("GET", "")
    assert call.path.startswith("/sms?tenant=a%20b&SmsMessageSid=")
    assert dict(call.form)["Body"] == "a b+c"
    webhook.assert_signed(call, sandbox.token)


def test_user_and_password_are_neither_signed_nor_sent(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url.replace("http://", "http://user:pass@"))
    sandbox.text()
    webhook.assert_signed(webhook.calls[0], sandbox.token)
    assert "Authorization" not in webhook.calls[0].headers


def test_replies_reach_the_phone_and_report_their_states(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says(
        '<Message statusCallback="/status?reply=SM1.0#rc=2&amp;rp=ct,5xx">'
        "<Body>One &lt;1&gt;</Body></Message>",
        "<Message>Two</Message>",
    )
    exchange = sandbox.text("Hello")
    assert [(r["body"], r["direction"], r["to"], r["from"]) for r in exchange["replies"]] == [
        ("One <1>", "outbound-reply", sandbox.phone, sandbox.number),
        ("Two", "outbound-reply", sandbox.phone, sandbox.number),
    ]
    assert sandbox.conversation() == [
        ("inbound", "Hello"),
        ("outbound-reply", "One <1>"),
        ("outbound-reply", "Two"),
    ]
    sent, delivered = webhook.wait_for_callbacks(2)
    assert (sent["MessageStatus"], delivered["MessageStatus"]) == ("sent", "delivered")
    for call in webhook.callbacks:
        assert call.path == "/status?reply=SM1.0"
        webhook.assert_signed(call, sandbox.token)
    assert sandbox.get(f"Messages/{sent['MessageSid']}.json")["status"] == "delivered"


def test_a_message_may_go_elsewhere_and_from_the_other_number(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says(f'<Message to="+447700900123" from="{sandbox.second_number}">Psst</Message>')
    (reply,) = sandbox.text()["replies"]
    assert (reply["to"], reply["from"]) == ("+447700900123", sandbox.second_number)
    other = sandbox.get("/sandbox/phones/+447700900123")
    assert (other["phone"], [m["body"] for m in other["messages"]]) == ("+447700900123", ["Psst"])


def test_plain_text_is_texted_as_it_is(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.content_type, webhook.body = "text/plain; charset=utf-8", "<not> TwiML & ☕"
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["<not> TwiML & ☕"]


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_answer_sends_nothing(sandbox: Sandbox, webhook: Webhook, status: int) -> None:
    sandbox.answer_at(webhook.url)
    webhook.status, webhook.content_type, webhook.body = status, None, ""
    exchange = sandbox.text()
    assert (exchange["replies"], exchange["error"]) == ([], None)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 403}, 11200),
        ({"status": 500}, 11200),
        ({"status": 302}, 11216),
        ({"content_type": "application/json", "body": "{}"}, 12300),
        ({"content_type": None}, 11200),
        ({"body": "<Response><Message>"}, 12100),
        ({"content_type": "text/html", "body": "<html>Log in</html>"}, 12100),
        ({"body": "<!DOCTYPE a [<!ENTITY b 'c'>]><Response/>"}, 12100),
        ({"body": "<Response>" + " " * 65536 + "</Response>"}, 11750),
        ({"body": "<Response><Message/></Response>"}, 14103),
        ({"body": f"<Response><Message>{'x' * 1601}</Message></Response>"}, 14103),
        ({"body": '<Response><Message from="+15551112222">x</Message></Response>'}, 21606),
        ({"body": '<Response><Message to="nobody">x</Message></Response>'}, 21211),
    ],
)
def test_an_answer_twilio_could_not_use_is_noted_and_not_texted(
    sandbox: Sandbox, webhook: Webhook, answer: dict[str, Any], code: int
) -> None:
    sandbox.answer_at(webhook.url)
    for name, value in answer.items():
        setattr(webhook, name, value)
    exchange = sandbox.text("Hello")
    assert exchange["replies"] == []
    assert exchange["error"]["code"] == code
    (notification,) = sandbox.get("/sandbox/notifications")["notifications"]
    assert notification["error_code"] == str(code)
    assert notification["message_text"] == exchange["error"]["message"]
    assert notification["message_sid"] == exchange["inbound"]["sid"]
    assert notification["request_url"] == webhook.url
    assert sandbox.conversation() == [("inbound", "Hello")]


def test_one_bad_message_does_not_stop_the_others(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says("<Message>a</Message>", "<Message/>", "<Message>c</Message>")
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["a", "c"]
    assert sandbox.notified() == [14103]


def test_a_callback_address_that_is_none_costs_the_callback_only(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says('<Message statusCallback="http://a b/">Hi</Message>')
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["Hi"]
    assert sandbox.notified() == [14105]


def test_an_application_hides_the_numbers_address(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url, SmsApplicationSid="AP" + "0" * 32)
    assert "SmsUrl is ignored" in sandbox.text()["error"]["message"]
    assert webhook.calls == []


def test_the_fallback_address_is_asked_once_and_told_why(sandbox: Sandbox, webhook: Webhook) -> None:
    broken = webhook.url.replace("/sms", "/broken")
    sandbox.answer_at(broken, SmsFallbackUrl=webhook.url)
    webhook.failures = [500]
    webhook.says("<Message>From the fallback</Message>")
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["From the fallback"]
    form = dict(webhook.calls[1].form)
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", broken)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "+15551112222"}, 20001),
        ({"body": ""}, 21602),
        ({"body": 7}, 20001),
        ({"body": "x" * 1601}, 21617),
        ({"media": [{"content": "R0lGODlh"}] * 11}, 21623),
        ({"media": [{"content": "not Base64"}]}, 20001),
        ({"media": [{"content_type": "image/png"}]}, 20001),
        ({"media": [{"content": "AAAA"}]}, 12300),
        ({"media": [{"content": "AAAA", "content_type": "text/html"}]}, 12300),
        ({"media": [{"content": "A" * 7_000_000, "content_type": "image/png"}]}, 20001),
        ({"media": 7}, 20001),
        ({"from": 7}, 20001),
        ({"from": "whatsapp:+15558675309", "to": "+15550100001"}, 21910),
    ],
)
def test_what_no_phone_could_text_is_refused(
    sandbox_of_module: Sandbox, given: dict[str, Any], code: int
) -> None:
    assert sandbox_of_module.text(**given)["code"] == code
    assert sandbox_of_module.conversation() == []


@pytest.mark.parametrize("body", [b"[]", b"not json", b'"x"', b"\xff", b"7"])
def test_a_text_that_is_no_json_object_is_refused(sandbox_of_module: Sandbox, body: bytes) -> None:
    status, error, _ = sandbox_of_module.request("POST", "/sandbox/texts", data=body)
    assert (status, error["code"]) == (400, 20001)


def test_no_body_of_a_message_stands_in_a_notification(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says(f"<Message>{'secret ' * 300}</Message>")
    sandbox.text("secret question")
    assert sandbox.notified() == [14103]
    assert "secret" not in json.dumps(sandbox.get("/sandbox/notifications"))
