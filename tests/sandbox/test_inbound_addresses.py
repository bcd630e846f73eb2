"""Where a text goes: an application, a Messaging Service, the number itself, or nowhere at all."""

import pytest

from tests.sandbox.conftest import Sandbox, Webhook
from tests.sandbox.test_services import make

APPLICATION, SERVICE, NUMBER = "/application", "/service", "/number"


def addresses(webhook: Webhook) -> tuple[str, str, str]:
    application, service, number = (
        webhook.url.replace("/sms", path) for path in (APPLICATION, SERVICE, NUMBER)
    )
    return application, service, number


@pytest.mark.parametrize(
    ("in_service", "service_url", "defers", "has_application", "called"),
    [
        (False, False, False, False, NUMBER),
        (False, False, False, True, APPLICATION),
        (True, True, False, False, SERVICE),
        (True, True, True, False, NUMBER),
        (True, False, True, False, NUMBER),
        (True, True, False, True, APPLICATION),
        (True, False, True, True, APPLICATION),
        (True, False, False, False, None),
    ],
)
def test_one_address_is_called(
    sandbox: Sandbox,
    webhook: Webhook,
    in_service: bool,
    service_url: bool,
    defers: bool,
    has_application: bool,
    called: str | None,
) -> None:
    application, service, number = addresses(webhook)
    settings = {"use_inbound_webhook_on_number": defers} | (
        {"inbound_request_url": service} if service_url else {}
    )
    sid = make(sandbox, *([sandbox.number] if in_service else []), **settings)
    app = sandbox.client().applications.create(friendly_name="App", sms_url=application)
    sandbox.answer_at(number, SmsApplicationSid=str(app.sid) if has_application else "")
    sandbox.text("Hello")
    assert [call.path for call in webhook.calls] == ([called] if called else [])
    for call in webhook.calls:
        webhook.assert_signed(call, sandbox.token)
        assert dict(call.form).get("MessagingServiceSid") == (sid if in_service else None)


def test_a_service_without_an_address_receives_nothing_and_logs_nothing(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    sandbox.answer_at(webhook.url)
    sandbox.answer_at(webhook.url, sandbox.second_number)
    sid = make(sandbox, sandbox.number)
    exchange = sandbox.text("Is anybody there?")
    assert webhook.calls == []
    assert sandbox.get("Messages.json")["messages"] == []
    assert sandbox.request("GET", f"Messages/{exchange['inbound']['sid']}.json")[0] == 404
    assert sandbox.notified() == []
    assert sid in exchange["note"]
    assert "use_inbound_webhook_on_number" in exchange["note"]
    assert sandbox.conversation() == [("inbound", "Is anybody there?")]
    assert sandbox.text("Hello", to=sandbox.second_number)["note"] is None
    assert len(webhook.calls) == 1


def test_a_service_that_defers_receives_again(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    sid = make(sandbox, sandbox.number)
    sandbox.text("Lost")
    sandbox.client().messaging.v1.services(sid).update(use_inbound_webhook_on_number=True)
    sandbox.text("Found")
    assert [message["body"] for message in sandbox.get("Messages.json")["messages"]] == ["Found"]
    assert len(webhook.calls) == 1


def test_a_service_has_a_method_and_a_fallback_of_its_own(sandbox: Sandbox, webhook: Webhook) -> None:
    _, service, number = addresses(webhook)
    make(
        sandbox,
        sandbox.number,
        inbound_request_url=service,
        inbound_method="GET",
        fallback_url=webhook.url.replace("/sms", "/fallback"),
    )
    sandbox.answer_at(number, SmsFallbackUrl=number)
    webhook.failures = [500]
    sandbox.text("Hello")
    assert [(call.method, call.path.partition("?")[0]) for call in webhook.calls] == [
        ("GET", SERVICE),
        ("POST", "/fallback"),
    ]


def test_an_application_has_a_method_and_a_fallback_of_its_own(sandbox: Sandbox, webhook: Webhook) -> None:
    app = sandbox.client().applications.create(
        sms_url=webhook.url.replace("/sms", APPLICATION),
        sms_method="GET",
        sms_fallback_url=webhook.url.replace("/sms", "/fallback"),
    )
    sandbox.answer_at(webhook.url, SmsApplicationSid=str(app.sid))
    webhook.failures = [500]
    sandbox.text("Hello")
    assert [(call.method, call.path.partition("?")[0]) for call in webhook.calls] == [
        ("GET", APPLICATION),
        ("POST", "/fallback"),
    ]


def test_a_message_reports_to_the_application_it_names(sandbox: Sandbox, webhook: Webhook) -> None:
    status = webhook.url.replace("/sms", "/status?of=application")
    app = sandbox.client().applications.create(friendly_name="App", message_status_callback=status)
    fields = {"To": sandbox.phone, "From": sandbox.number, "Body": "Hi", "ApplicationSid": str(app.sid)}
    sandbox.post("Messages.json", **fields)
    webhook.wait_for_callbacks(2)
    sandbox.post("Messages.json", **fields, StatusCallback=webhook.url.replace("/sms", "/status?of=message"))
    webhook.wait_for_callbacks(4)
    assert [call.path for call in webhook.callbacks] == ["/status?of=application"] * 2 + [
        "/status?of=message"
    ] * 2


def test_an_application_that_is_gone_hides_the_numbers_address_still(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    app = sandbox.client().applications.create(friendly_name="App", sms_url=webhook.url)
    sandbox.answer_at(webhook.url, SmsApplicationSid=str(app.sid))
    assert sandbox.client().applications(str(app.sid)).delete()
    assert "SmsUrl is ignored" in sandbox.text()["error"]["message"]
    assert webhook.calls == []
