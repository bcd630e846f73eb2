"""Which fields make sense: for an account with a token or a key, a simulated one, on Binder."""

import pytest

from tests.notebook.widgets.config.conftest import Wait, checked
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.current import services
from twilio_nb.notebook.setup import setup
from twilio_nb.notebook.surroundings import NO_CREDENTIALS
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service


@pytest.mark.parametrize(
    ("typed", "says", "kind"),
    [
        ("", "first page of https://console.twilio.com", "hint"),
        ("AC12ab", "6 of 34 characters", "hint"),
        ("AC" + "x" * 32, "no Account SID", "error"),
        ("SK" + "0" * 32, "SID of an API key", "error"),
        ("AC" + "a" * 32, "", "hint"),
    ],
)
def test_an_account_sid_is_checked_as_it_is_typed(empty_store: str, typed: str, says: str, kind: str) -> None:
    form = Config()

    form.account.sid.entry.value = typed

    assert says in form.account.sid.sentence.text
    assert form.account.sid.sentence.kind == kind


def test_a_simulated_account_is_shown_as_one_and_checked(account: SandboxAccount, eventually: Wait) -> None:
    form = account.service.config()
    Page(form.checklist).ask("now")
    eventually(lambda: checked(form))

    assert "simulated account" in form.account.instead.text
    assert form.account.sid.entry.disabled
    assert form.account.secret.layout.display == "none"
    assert form.receiving.public.layout.display == "none"
    assert "problem" not in {one.state for one in form.checklist.findings}


def test_on_binder_a_sentence_stands_where_credentials_would(
    empty_store: str, monkeypatch: pytest.MonkeyPatch, name: str, eventually: Wait
) -> None:
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    form = Config()
    page = Page(form.account.secret)

    form.account.name.fill(name)
    form.account.sid.fill("AC" + "a" * 32)
    form.save()
    page.ask("keep", [b"not for Binder"])
    eventually(lambda: form.account.secret.kind == "error")

    assert form.account.instead.text == NO_CREDENTIALS
    assert form.account.sid.layout.display == form.account.secret.layout.display == "none"
    assert form.button.layout.display == "none"
    assert form.checklist._status == NO_CREDENTIALS
    assert form.account.secret.note.startswith(NO_CREDENTIALS)


def test_choosing_another_service_shows_it_and_lets_magics_go_on_using_theirs(
    service: Service, account: SandboxAccount, eventually: Wait
) -> None:
    form = account.service.config()
    services.add(account.service)

    form.picker.choice.value = service.name

    assert form.service is service
    assert services.get() is account.service
    assert form.picker.notice.text.startswith(
        f"Magics go on using {account.name!r}; twilio_nb.connect({service.name!r})"
    )
    assert form.account.sid.value == service.definition.account_sid
    eventually(lambda: checked(form))


def test_an_api_key_sends_only(service: Service, eventually: Wait) -> None:
    form = service.config()
    form.account.way.value = "API key"
    assert form.receiving.public.layout.display == "none"
    assert "nothing is received" in form.receiving.instead.text
    form.save()
    assert "API key first" in form.checklist._status

    form.account.key.fill("SK" + "a" * 32)
    form.save()
    eventually(lambda: checked(form))
    assert service.definition.api_key == "SK" + "a" * 32

    form.account.way.value = "Auth token"
    form.save()
    eventually(lambda: service.definition.api_key is None)


def test_the_sender_of_a_simulated_account_can_be_changed(account: SandboxAccount, eventually: Wait) -> None:
    service, before = account.service, account.service.definition
    form = service.config()
    form.sender.load(account.numbers[1])

    form.save()
    eventually(lambda: checked(form))
    sent = service.send("+15558675309", "Hello")

    assert account.numbers[1] in repr(sent)
    service.redefine(before)


def test_what_this_kernel_answers_is_the_webhook_that_is_shown(account: SandboxAccount) -> None:
    account.service.define(lambda payload: None, "answers")

    form = account.service.config()

    assert form.receiving.webhook.value == "answers"
    assert form.receiving.address.value.partition("#")[0].endswith("/incoming_webhook/answers")


def test_an_address_with_a_secret_says_what_comes_in_the_place_of_its_name(
    account: SandboxAccount,
) -> None:  # WHC-12
    account.service.define(lambda payload: None, "answers", secret="answersKey")

    form = account.service.config()

    assert form.receiving.address.value.endswith("/answers?secret=<answersKey>#rc=2&rp=ct,5xx")
    assert "the value of the secret 'answersKey'" in form.receiving.secret.text
    assert "?secret=<answersKey>#" in repr(form)
    form.receiving.webhook.value = "inbox"
    assert form.receiving.secret.text == ""


def test_a_name_that_is_new_begins_a_form_with_it(empty_store: str, name: str) -> None:
    form = setup(name, has_widgets=True)

    assert form.account.name.value == name
    assert form.picker.notice.text == f"{name!r} is new: fill in its account, then save."
