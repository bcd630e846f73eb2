"""What a check finds of the way in, and what its remedies do at a simulated Twilio."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError
from twilio_nb.inbound_checks import address
from twilio_nb.notebook.display import Finding
from twilio_nb.service import Service

HUB = "https://hub.example.org/user/ann/"
PATH = "twilio/service/{name}/incoming_webhook"


@pytest.fixture
def public(service: Service, account: SandboxAccount) -> Iterator[Service]:
    """The service with a public address; its numbers are the account's own again afterwards."""
    service.redefine(replace(service.definition, public_url=HUB))
    client = service.gateway._client
    yield service
    for one in client.messaging.v1.services.list():
        one.delete()
    for number in client.incoming_phone_numbers.list():
        number.update(sms_application_sid="")
    account.service.point("inbox")


def about(findings: list[Finding], words: str) -> Finding:
    [found] = [one for one in findings if words in one.sentence]
    return found


def mend(finding: Finding) -> None:
    assert finding.remedy is not None
    finding.remedy.mend()


def test_what_is_not_received_yet_can_be_started(service: Service) -> None:
    finding = about(service.check(), "Nothing is received yet")
    assert finding.state == "warning"

    mend(finding)

    assert about(service.check(), "The receiver runs").state == "ok"


@pytest.mark.parametrize(
    ("public_url", "says"),
    [("http://127.0.0.1:8888/", "this machine only"), ("http://hub.example.org/", "it is http")],
)
def test_an_address_that_twilio_cannot_use_is_a_problem_at_the_real_one(
    service: Service, public_url: str, says: str
) -> None:
    service._use(replace(service.definition, public_url=public_url, api_url=None))

    finding = address(service, "https://hub.example.org/user/bob/", "inbox")

    assert (finding.state, says in finding.sentence) == ("problem", True)
    assert finding.remedy is not None
    assert "https://hub.example.org/user/bob/" in finding.remedy.change


def test_a_page_that_twilio_cannot_reach_is_not_offered(service: Service) -> None:
    findings = service.check(page="http://192.168.0.7:8888/")

    assert about(findings, "is not known").remedy is None


@pytest.mark.parametrize(
    ("through", "settings"),
    [
        ("the Messaging Service 'Shop'", {"inbound_request_url": "https://elsewhere.example.org/sms?key=1"}),
        ("the Messaging Service 'Shop'", {}),
        ("the number", {"use_inbound_webhook_on_number": True}),
    ],
)
def test_what_decides_is_named_and_pointed_here(
    public: Service, through: str, settings: dict[str, Any]
) -> None:
    client = public.gateway._client
    shop = client.messaging.v1.services.create(friendly_name="Shop", **settings)
    [number] = client.incoming_phone_numbers.list(phone_number=public.definition.sender)
    number.update(sms_url="https://elsewhere.example.org/number")
    shop.phone_numbers.create(phone_number_sid=number.sid)

    finding = about(public.check(), through)
    assert finding.state == ("problem" if not settings else "warning")
    assert "key=1" not in finding.sentence
    assert finding.remedy is not None
    assert "/incoming_webhook/inbox" in finding.remedy.change
    mend(finding)

    assert about(public.check(), f"come here, to 'inbox', as is set for {through}").state == "ok"


def test_an_application_is_named_first_and_pointed_to_the_chosen_webhook(public: Service) -> None:
    client = public.gateway._client
    app = client.applications.create(friendly_name="App", sms_url="https://elsewhere.example.org/app")
    [number] = client.incoming_phone_numbers.list(phone_number=public.definition.sender)
    number.update(sms_application_sid=app.sid)

    mend(about(public.check(webhook="saveText"), "the TwiML application 'App'"))

    assert app.fetch().sms_url == f"{HUB}{PATH.format(name=public.name)}/saveText#rc=2&rp=ct,5xx"
    assert "'saveText'" in about(public.check(), "come here").sentence


def test_a_deleted_application_is_a_problem_that_can_be_mended(public: Service) -> None:
    client = public.gateway._client
    app = client.applications.create(friendly_name="App")
    [number] = client.incoming_phone_numbers.list(phone_number=public.definition.sender)
    number.update(sms_application_sid=app.sid)
    app.delete()

    finding = about(public.check(), "was deleted")
    assert finding.state == "problem"
    mend(finding)

    assert about(public.check(), "come here").state == "ok"


def test_of_a_sender_that_is_no_number_it_is_said_where_to_look(public: Service) -> None:
    public.redefine(replace(public.definition, sender="whatsapp:+14155238886"))

    assert "console.twilio.com" in about(public.check(), "Twilio's API does not tell").sentence


@pytest.mark.parametrize(
    ("sender", "says", "state"),
    [
        ("+15558675309", "is not the account's", "problem"),
        ("MG" + "0" * 32, "is no Messaging Service of the account", "problem"),
        ("MyClinic", "Texts leave from MyClinic", "ok"),
    ],
)
def test_a_sender_is_looked_up_at_the_account(service: Service, sender: str, says: str, state: str) -> None:
    service.redefine(replace(service.definition, sender=sender))

    assert about(service.check(), says).state == state


def test_a_messaging_service_without_numbers_cannot_send_yet(
    service: Service, account: SandboxAccount
) -> None:
    client = service.gateway._client
    empty = client.messaging.v1.services.create(friendly_name="Empty")
    service.redefine(replace(service.definition, sender=empty.sid))
    assert "no number to send from" in about(service.check(), empty.sid).sentence

    full = account.messaging_service("Full")
    service.redefine(replace(service.definition, sender=full))

    assert "2 numbers" in about(service.check(), full).sentence
    empty.delete()
    client.messaging.v1.services(full).delete()


def test_the_accounts_only_number_is_offered_for_one_that_is_not_its_own(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = service.gateway.numbers()
    service.redefine(replace(service.definition, sender="+15558675309"))
    # The simulated account has two numbers; here one of them is out of sight.
    monkeypatch.setattr(service.gateway, "numbers", lambda: numbers[:1])

    mend(about(service.check(), "is not the account's"))

    assert service.definition.sender == numbers[0]["phone_number"]


def test_another_account_is_not_defined_under_the_name(service: Service) -> None:
    before = service.definition

    with pytest.raises(ConfigurationError, match="belongs to another account"):
        service.redefine(replace(before, account_sid="AC" + "0" * 32))

    assert service.definition is before


def test_a_redefined_service_goes_on_receiving_at_its_new_address(
    service: Service, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    service.receive()
    service.redefine(replace(service.definition, public_url=HUB))

    assert (service.known_address() or "").startswith(HUB)
    assert about(service.check(), "The receiver runs").state == "ok"
