"""Messaging Services: their numbers, and what is sent through them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.conftest import Sandbox, StartSandbox, Webhook
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.services import MessagingService

PHONE = "+15558675309"


def make(sandbox: Sandbox, *numbers: str, **settings: Any) -> str:
    """Make a service with these numbers; return its SID."""
    client = sandbox.client()
    service = client.messaging.v1.services.create(friendly_name="Shop", **settings)
    for number in client.incoming_phone_numbers.list():
        if number.phone_number in numbers:
            service.phone_numbers.create(phone_number_sid=str(number.sid))
    return str(service.sid)


def send(sandbox: Sandbox, service: str, to: str = PHONE, **fields: str) -> Any:
    return sandbox.post("Messages.json", To=to, MessagingServiceSid=service, Body="Hi", **fields)[1]


def test_a_service_accepts_a_message_before_it_has_chosen_a_sender(sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.second_number)
    accepted = send(sandbox, service)
    assert (accepted["status"], accepted["from"], accepted["num_segments"]) == ("accepted", None, "0")
    assert accepted["messaging_service_sid"] == service
    sent = sandbox.wait_for(accepted["sid"], "delivered")
    assert (sent["from"], sent["num_segments"]) == (sandbox.second_number, "1")
    assert sandbox.conversation() == [("outbound-api", "Hi")]


def test_its_callbacks_begin_with_queued_and_name_the_service(sandbox: Sandbox, webhook: Webhook) -> None:
    service = make(sandbox, sandbox.number, status_callback=webhook.url.replace("/sms", "/status?of=service"))
    send(sandbox, service)
    told = webhook.wait_for_callbacks(3)
    assert [one["MessageStatus"] for one in told] == ["queued", "sent", "delivered"]
    assert {one["MessagingServiceSid"] for one in told} == {service}
    assert {one["From"] for one in told} == {sandbox.number}
    webhook.assert_signed(webhook.callbacks[0], sandbox.token)
    send(sandbox, service, StatusCallback=webhook.url.replace("/sms", "/status?of=message"))
    webhook.wait_for_callbacks(6)
    assert [call.path for call in webhook.callbacks[3:]] == ["/status?of=message"] * 3


def test_the_service_may_be_named_as_sender_and_the_sender_beside_the_service(sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number, sandbox.second_number)
    client = sandbox.client()
    by_from = client.messages.create(to=PHONE, from_=service, body="Hi")
    assert (by_from.status, by_from.messaging_service_sid) == ("accepted", service)
    both = client.messages.create(
        to=PHONE, from_=sandbox.second_number, messaging_service_sid=service, body="Hi"
    )
    assert (both.status, both.from_) == ("accepted", sandbox.second_number)
    assert both.num_segments == "1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"From": "+15550100001"}, 21711),
        ({"From": "+15005550006"}, 21711),
        ({"From": "+15551112222"}, 21606),
        ({"MessagingServiceSid": "MG" + "0" * 32}, 21701),
        ({"MessagingServiceSid": "MG0"}, 21705),
        ({"MessagingServiceSid": "", "From": "MG" + "0" * 32}, 21701),
        ({"StatusCallback": "no url"}, 21609),
    ],
)
def test_a_service_sends_for_its_own_numbers_only(
    sandbox: Sandbox, fields: dict[str, str], code: int
) -> None:
    service = make(sandbox, sandbox.second_number)
    given = {"To": PHONE, "Body": "Hi", "MessagingServiceSid": service, **fields}
    status, error = sandbox.post("Messages.json", **given)
    assert (status, error["code"]) == (400, code)


@pytest.fixture
def pooled() -> Callable[..., MessagingService]:
    def make(**settings: Any) -> MessagingService:
        account = Account.new()
        service = MessagingService(account, 1, settings=settings)
        for number in account.numbers.values():
            service.attach(number)
        return service

    return make


def test_senders_take_turns_and_stick_to_their_recipients(pooled: Callable[..., MessagingService]) -> None:
    service = pooled()
    first, second = (one.number for one in service.pool.values())
    chosen = [service.choose(to) for to in ("+1", "+2", "+2", "+1", "+3")]
    assert chosen == [first, second, second, first, first]
    service.detach(first)
    assert [service.choose(to) for to in ("+1", "+2", "+3")] == [second] * 3


def test_without_sticky_sender_each_message_has_its_turn(pooled: Callable[..., MessagingService]) -> None:
    service = pooled(sticky_sender=False)
    assert len({service.choose("+1"), service.choose("+1")}) == 2


def test_a_service_that_has_lost_its_numbers_fails_the_message(sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number)
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    message = send(sandbox, service, ScheduleType="fixed", SendAt=at)
    number = sandbox.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"][0]["sid"]
    assert sandbox.request("DELETE", f"/v1/Services/{service}/PhoneNumbers/{number}")[0] == 204
    sandbox.control("POST", "/sandbox/time", seconds=3600)
    assert sandbox.wait_for(message["sid"], "failed")["error_code"] == 21703


def test_who_stops_a_number_stops_its_service(sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number, sandbox.second_number)
    sandbox.text("STOP")
    assert send(sandbox, service)["code"] == 21610
    assert sandbox.post("Messages.json", To=PHONE, From=sandbox.second_number, Body="Hi")[0] == 201
    sandbox.text("START", to=sandbox.second_number)
    assert send(sandbox, service)["status"] == "accepted"


def test_what_a_service_cannot_be_is_refused(sandbox: Sandbox) -> None:
    services = sandbox.client().messaging.v1.services
    known = str(services.create(friendly_name="Shop").sid)
    wrong: list[tuple[int, dict[str, Any]]] = [
        (20001, {"friendly_name": ""}),
        (21402, {"inbound_request_url": "no url"}),
        (21403, {"inbound_method": "PUT"}),
        (20001, {"validity_period": 36_001}),
        (20001, {"scan_message_content": "maybe"}),
    ]
    for code, settings in wrong:
        with pytest.raises(TwilioRestException) as raised:
            services.create(**{"friendly_name": "Shop", **settings})
        assert raised.value.code == code
    assert sandbox.request("POST", f"/v1/Services/{known}", data=b"StickySender=perhaps")[0] == 400
    assert services(known).fetch().sticky_sender is True
    assert len(services.list()) == 1


def test_a_number_is_in_one_service_at_most(sandbox: Sandbox) -> None:
    client = sandbox.client()
    first, second = make(sandbox, sandbox.number), make(sandbox)
    number = str(client.incoming_phone_numbers.list(phone_number=sandbox.number)[0].sid)
    for service, sid, code in (
        (second, number, 21712),
        (first, number, 21710),
        (first, "PN" + "0" * 32, 21421),
    ):
        with pytest.raises(TwilioRestException) as raised:
            client.messaging.v1.services(service).phone_numbers.create(phone_number_sid=sid)
        assert raised.value.code == code
    assert client.messaging.v1.services(first).delete()
    client.messaging.v1.services(second).phone_numbers.create(phone_number_sid=number)


def test_a_list_of_services_is_read_page_by_page_from_here(sandbox: Sandbox) -> None:
    sids = [make(sandbox) for _ in range(5)]
    assert [one.sid for one in sandbox.client().messaging.v1.services.list(page_size=2)] == sids[::-1]
    meta = sandbox.get("/v1/Services?PageSize=2")["meta"]
    assert meta["key"] == "services"
    assert meta["next_page_url"].startswith(f"{sandbox.url}/v1/Services?")
    assert meta["previous_page_url"] is None


def test_services_survive_a_restart(sandbox: Sandbox, start: StartSandbox) -> None:
    service = make(sandbox, sandbox.number, use_inbound_webhook_on_number=True)
    application = sandbox.client().applications.create(friendly_name="App", sms_url="http://127.0.0.1:9/app")
    sandbox.stop()
    client = start().client()
    found = client.messaging.v1.services(service)
    assert found.fetch().use_inbound_webhook_on_number is True
    assert [one.phone_number for one in found.phone_numbers.list()] == [sandbox.number]
    assert client.applications(str(application.sid)).fetch().sms_url == "http://127.0.0.1:9/app"


def test_services_ask_for_credentials_and_are_not_found_by_another_sid(sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number)
    status, _, _ = sandbox.request("GET", "/v1/Services", credentials=(sandbox.sid, "wrong"))
    assert status == 401
    for path in (f"/v1/Services/MG{'0' * 32}", f"/v1/Services/{service}/PhoneNumbers/PN{'0' * 32}"):
        status, error, _ = sandbox.request("GET", path)
        assert (status, error["code"]) == (404, 20404)
