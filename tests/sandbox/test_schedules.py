"""Messages that go out later, and those that are canceled before."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.conftest import Sandbox, Webhook
from tests.sandbox.test_services import make
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.schedules import delay

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def skip(sandbox: Sandbox, seconds: float) -> None:
    assert sandbox.control("POST", "/sandbox/time", seconds=seconds)[0] == 204


def schedule(sandbox: Sandbox, service: str, minutes: float = 10, **fields: Any) -> Any:
    return sandbox.client().messages.create(
        to=sandbox.phone,
        messaging_service_sid=service,
        body="Later",
        schedule_type="fixed",
        send_at=datetime.now(UTC) + timedelta(minutes=minutes),
        **fields,
    )


def test_a_scheduled_message_waits_for_its_time(sandbox: Sandbox, webhook: Webhook) -> None:
    service = make(sandbox, sandbox.number)
    message = schedule(sandbox, service, status_callback=webhook.url.replace("/sms", "/status"))
    assert (message.status, message.from_, message.num_segments) == ("scheduled", None, "0")
    skip(sandbox, 9 * 60)
    assert sandbox.get(f"Messages/{message.sid}.json")["status"] == "scheduled"
    assert webhook.callbacks == []
    skip(sandbox, 60)
    assert sandbox.wait_for(message.sid, "delivered")["from"] == sandbox.number
    assert [one["MessageStatus"] for one in webhook.wait_for_callbacks(3)] == ["queued", "sent", "delivered"]
    assert sandbox.conversation() == [("outbound-api", "Later")]


def test_a_scheduled_message_is_canceled_for_good(sandbox: Sandbox, webhook: Webhook) -> None:
    service = make(sandbox, sandbox.number)
    callback = webhook.url.replace("/sms", "/status")
    message = schedule(sandbox, service, status_callback=callback)
    assert sandbox.client().messages(message.sid).update(status="canceled").status == "canceled"
    skip(sandbox, 3600)
    other = schedule(sandbox, service, status_callback=callback)
    skip(sandbox, 3600)
    sandbox.wait_for(other.sid, "delivered")
    told = [(one["MessageSid"], one["MessageStatus"]) for one in webhook.wait_for_callbacks(4)]
    assert [status for sid, status in told if sid == message.sid] == ["canceled"]
    assert sandbox.get(f"Messages/{message.sid}.json")["status"] == "canceled"


def test_who_stops_meanwhile_is_not_written_to(sandbox: Sandbox) -> None:
    message = schedule(sandbox, make(sandbox, sandbox.number))
    sandbox.text("STOP")
    skip(sandbox, 3600)
    assert sandbox.wait_for(message.sid, "failed")["error_code"] == 21610


def test_only_what_is_scheduled_can_be_canceled(sandbox: Sandbox) -> None:
    service, client = make(sandbox, sandbox.number), sandbox.client()
    queued = client.messages.create(to=sandbox.phone, from_=sandbox.number, body="Now")
    accepted = client.messages.create(to=sandbox.phone, messaging_service_sid=service, body="Now")
    canceled = schedule(sandbox, service)
    client.messages(canceled.sid).update(status="canceled")
    for message in (queued, accepted, canceled):
        with pytest.raises(TwilioRestException) as raised:
            client.messages(str(message.sid)).update(status="canceled")
        assert raised.value.code == 30409


def test_a_time_without_the_word_fixed_postpones_nothing(sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number)
    message = sandbox.client().messages.create(
        to=sandbox.phone, messaging_service_sid=service, body="Now", send_at=datetime.now(UTC)
    )
    assert message.status == "accepted"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(299, 35117), (300, None), (35 * 86_400, None), (35 * 86_400 + 1, 35117), (-1, 35117)],
)
def test_the_window_is_from_five_minutes_to_thirty_five_days(seconds: int, code: int | None) -> None:
    at = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    form = {"ScheduleType": ["fixed"], "SendAt": [at]}
    if code is None:
        assert delay(form, has_service=True, now=NOW) == seconds
    else:
        with pytest.raises(Refusal) as raised:
            delay(form, has_service=True, now=NOW)
        assert raised.value.code == code


def test_a_time_may_have_a_zone_of_its_own() -> None:
    at = (NOW + timedelta(hours=1)).astimezone(timezone(timedelta(hours=9))).isoformat()
    assert delay({"ScheduleType": ["fixed"], "SendAt": [at]}, has_service=True, now=NOW) == 3600


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ScheduleType": "fixed"}, 35111),
        ({"ScheduleType": "fixed", "SendAt": "tomorrow"}, 35115),
        ({"ScheduleType": "fixed", "SendAt": "2020-01-01T00:00:00Z"}, 35117),
        ({"ScheduleType": "fixed", "SendAt": "2099-01-01T00:00:00Z", "MessagingServiceSid": ""}, 35118),
        ({"ScheduleType": "optimized", "SendAt": "2099-01-01T00:00:00Z"}, 20001),
    ],
)
def test_what_cannot_be_scheduled_is_refused(sandbox: Sandbox, fields: dict[str, str], code: int) -> None:
    given = {
        "MessagingServiceSid": make(sandbox, sandbox.number),
        "To": sandbox.phone,
        "Body": "Later",
        **fields,
    }
    if not given["MessagingServiceSid"]:
        given |= {"From": sandbox.number}
    status, error = sandbox.post("Messages.json", **{key: value for key, value in given.items() if value})
    assert (status, error["code"]) == (400, code)
    assert sandbox.get("Messages.json")["messages"] == []


@pytest.mark.parametrize(
    "order", [{}, {"seconds": -1}, {"seconds": "1"}, {"seconds": True}, {"seconds": 1e12}]
)
def test_time_passes_forward_and_in_numbers(sandbox_of_module: Sandbox, order: dict[str, Any]) -> None:
    status, error = sandbox_of_module.control("POST", "/sandbox/time", **order)
    assert (status, error["code"]) == (400, 20001)
