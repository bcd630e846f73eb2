"""WhatsApp: its addresses, the sandbox that people join, and the day in which they may be written to."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.conftest import Sandbox, Webhook
from tests.sandbox.test_media import encoded, png
from tests.sandbox.test_services import make
from twilio_nb.sandbox.whatsapp import JOIN, JOINED, SENDER, STRANGER

PHONE = "whatsapp:+15558675309"
HOUR = 3600


def text(sandbox: Sandbox, body: str, **given: Any) -> Any:
    return sandbox.text(body, **{"from": PHONE}, **given)


def send(sandbox: Sandbox, to: str = PHONE, body: str = "Hi", **fields: Any) -> Any:
    return sandbox.client().messages.create(to=to, from_=SENDER, body=body, **fields)


def skip(sandbox: Sandbox, hours: float) -> None:
    sandbox.control("POST", "/sandbox/time", seconds=hours * HOUR)


def set_up(sandbox: Sandbox, **settings: str) -> None:
    assert sandbox.control("POST", "/sandbox/console", whatsapp=settings)[0] == 200


@pytest.fixture
def joined(sandbox: Sandbox) -> Sandbox:
    assert [reply["body"] for reply in text(sandbox, JOIN)["replies"]] == [JOINED]
    return sandbox


def test_a_member_is_heard_with_name_and_id_and_answered(joined: Sandbox, webhook: Webhook) -> None:
    set_up(joined, SmsUrl=webhook.url)
    webhook.says("<Message>Welcome</Message>")
    exchange = text(joined, "Hello")
    (call,) = webhook.calls
    webhook.assert_signed(call, joined.token)
    sid = exchange["inbound"]["sid"]
    assert dict(call.form) == {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "AccountSid": joined.sid,
        "From": PHONE,
        "To": SENDER,
        "Body": "Hello",
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
        "ProfileName": "Phone 5309",
        "WaId": "15558675309",
        "MessageType": "text",
    }
    (reply,) = exchange["replies"]
    assert (reply["from"], reply["to"], reply["body"]) == (SENDER, PHONE, "Welcome")


def test_who_has_not_joined_is_told_how_and_not_passed_on(sandbox: Sandbox, webhook: Webhook) -> None:
    set_up(sandbox, SmsUrl=webhook.url)
    assert [reply["body"] for reply in text(sandbox, "Hello")["replies"]] == [STRANGER]
    assert [reply["body"] for reply in text(sandbox, JOIN.upper())["replies"]] == [JOINED]
    assert webhook.calls == []


def test_a_delivered_message_is_read_and_its_callbacks_name_the_channel(
    joined: Sandbox, webhook: Webhook
) -> None:
    set_up(joined, StatusCallback=webhook.url.replace("/sms", "/status"))
    message = send(joined, body="x" * 500)
    assert (message.status, message.num_segments) == ("queued", "1")
    told = webhook.wait_for_callbacks(3)
    assert [one["MessageStatus"] for one in told] == ["sent", "delivered", "read"]
    assert [one.get("EventType") for one in told] == [None, "DELIVERED", "READ"]
    assert {(one["ChannelPrefix"], one["ChannelToAddress"]) for one in told} == {("whatsapp", "+15558675309")}
    assert joined.get(f"Messages/{message.sid}.json")["status"] == "read"
    phone = joined.get(f"/sandbox/phones/{PHONE}")["messages"]
    assert [one["body"] for one in phone] == [JOIN, JOINED, "x" * 500]


def test_who_has_not_joined_gets_nothing(sandbox: Sandbox) -> None:
    failed = sandbox.wait_for(send(sandbox).sid, "failed")
    assert failed["error_code"] == 63015


def test_after_a_day_without_a_word_only_templates_would_do(joined: Sandbox) -> None:
    skip(joined, 23.9)
    joined.wait_for(send(joined).sid, "read")
    skip(joined, 0.2)
    failed = joined.wait_for(send(joined).sid, "undelivered")
    assert failed["error_code"] == 63016
    text(joined, "Still here")
    joined.wait_for(send(joined).sid, "read")


def test_after_three_days_one_must_join_again(joined: Sandbox) -> None:
    skip(joined, 71.9)
    text(joined, "Still here")
    joined.wait_for(send(joined).sid, "read")
    skip(joined, 0.2)
    assert joined.wait_for(send(joined).sid, "failed")["error_code"] == 63015
    assert [reply["body"] for reply in text(joined, "Hello?")["replies"]] == [STRANGER]


@pytest.mark.parametrize(("code", "status"), [(63003, "failed"), (63017, "failed"), (63024, "undelivered")])
def test_a_member_may_be_out_of_reach_all_the_same(joined: Sandbox, code: int, status: str) -> None:
    joined.control("POST", "/sandbox/deliveries", to=PHONE, error_code=code)
    assert joined.wait_for(send(joined).sid, status)["error_code"] == code


@pytest.mark.parametrize(
    ("to", "from_", "code"),
    [
        (PHONE, "whatsapp:+15550100001", 63007),
        (PHONE, "+15550100001", 21910),
        ("+15558675309", SENDER, 21910),
        ("whatsapp:5558675309", SENDER, 21211),
        (SENDER, SENDER, 21266),
    ],
)
def test_an_address_that_cannot_be_is_refused(
    sandbox_of_module: Sandbox, to: str, from_: str, code: int
) -> None:
    with pytest.raises(TwilioRestException) as raised:
        sandbox_of_module.client().messages.create(to=to, from_=from_, body="Hi")
    assert raised.value.code == code


def test_a_pool_of_telephone_numbers_reaches_nobody_on_whatsapp(joined: Sandbox) -> None:
    service = make(joined, joined.number)
    with pytest.raises(TwilioRestException) as raised:
        joined.client().messages.create(to=PHONE, messaging_service_sid=service, body="Hi")
    assert raised.value.code == 21704


def test_stop_is_a_word_like_any_other(joined: Sandbox, webhook: Webhook) -> None:
    set_up(joined, SmsUrl=webhook.url)
    assert text(joined, "STOP")["replies"] == []
    assert len(webhook.calls) == 1
    joined.wait_for(send(joined).sid, "read")


def test_a_picture_says_so_in_its_type(joined: Sandbox, webhook: Webhook) -> None:
    set_up(joined, SmsUrl=webhook.url)
    text(joined, "", media=[encoded(png())])
    form = dict(webhook.calls[0].form)
    assert (form["MessageType"], form["NumMedia"], form["MediaContentType0"]) == ("image", "1", "image/png")


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"whatsapp": {"SmsUrl": "no url"}}, 21402),
        ({"whatsapp": "no object"}, 20001),
        ({"media_needs_login": "yes"}, 20001),
    ],
)
def test_the_console_refuses_what_makes_no_sense(
    sandbox_of_module: Sandbox, order: dict[str, Any], code: int
) -> None:
    before = sandbox_of_module.get("/sandbox/console")
    status, error = sandbox_of_module.control("POST", "/sandbox/console", **order)
    assert (status, error["code"]) == (400, code)
    assert sandbox_of_module.get("/sandbox/console") == before
