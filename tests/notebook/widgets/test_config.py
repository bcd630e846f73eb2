"""The form of %twilio_config: what is entered is stored, the secret goes where secrets go, nothing else is kept."""

import json
import logging
import secrets
import threading
from collections.abc import Callable

import ipywidgets
import pytest

from tests.notebook.widgets.conftest import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.current import services
from twilio_nb.notebook.surroundings import NO_CREDENTIALS
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret, find_secret, save_secret

Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def name() -> str:
    return f"clinic-{secrets.token_hex(3)}"


def sentences(form: Config) -> str:
    return " ".join(one.sentence for one in form.checklist.findings)


def checked(form: Config) -> bool:
    return form.checklist._status.startswith(("Checked", "All"))


def add(form: Config, name: str, account: SandboxAccount, wait: Wait, token: str | None = None) -> None:
    """Enter a service, its token in the page, and save it."""
    form.account.name.fill(name)
    form.account.sid.fill(account.service.definition.account_sid)
    page = Page(form.account.secret)
    page.ask("hello")
    form.save()
    wait(lambda: {"tell": "hand over"} in page.heard)
    page.ask("keep", value=account.service.token.reveal() if token is None else token)
    wait(lambda: checked(form))


def test_with_nothing_stored_it_adds_a_service_and_names_the_sandbox(empty_store: str) -> None:
    form = Config()

    assert form.picker.value == ""
    assert form.picker.label == "Add a service …"
    assert "twilio_nb.sandbox()" in repr(form)
    assert "twilio_nb.sandbox()" in form._repr_mimebundle_()["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in form._repr_mimebundle_()


def test_a_service_is_added_from_nothing_and_checked(
    empty_store: str, account: SandboxAccount, name: str, eventually: Wait
) -> None:
    form = Config()

    add(form, name, account, eventually)

    assert services.get(name) is form.service
    assert find_secret(name) == account.service.token
    assert "Account SID and auth token belong together" in sentences(form)
    assert f"Kept as {name!r}" in form.account.secret.note
    assert form.account.sid.entry.disabled
    eventually(lambda: len(form.sender.choice.options) == 4)
    assert [value for _, value in form.sender.choice.options][1:3] == account.numbers
    assert "Choose one" in repr(form)


def test_the_token_is_in_no_state_no_log_and_no_repr(
    empty_store: str,
    account: SandboxAccount,
    name: str,
    eventually: Wait,
    state: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    form = Config()

    add(form, name, account, eventually)

    token = account.service.token.reveal()
    assert name in state()
    assert token not in state() + caplog.text + repr(form) + repr(vars(form.account.secret))


def test_a_sender_and_an_address_that_are_saved_are_used_by_the_open_service(
    service: Service, account: SandboxAccount, eventually: Wait
) -> None:
    form = service.config()
    form.sender.load(account.numbers[1])
    form.receiving.public.fill("https://hub.example.org/user/ann")

    form.save()
    eventually(lambda: checked(form))

    assert account.numbers[1] in repr(service.send("+15558675309", "Hello"))
    assert form.receiving.address.value == service.known_address()
    assert (service.known_address() or "").startswith("https://hub.example.org/user/ann/twilio/")
    assert Registry(service.database).service(service.name) == service.definition


def test_another_sender_is_typed_and_checked(service: Service, eventually: Wait) -> None:
    form = service.config()
    form.sender.choice.value = "other"
    form.sender.other.entry.value = "555-867-5309"
    form.save()
    assert "did you mean" in form.checklist._status
    assert service.definition.sender != "MyClinic"

    form.sender.other.entry.value = "MyClinic"
    form.save()
    eventually(lambda: checked(form))

    assert service.definition.sender == "MyClinic"


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


def test_what_is_wrong_is_said_and_nothing_stored(empty_store: str) -> None:
    form = Config()

    form.save()
    assert "name first" in form.checklist._status
    form.account.name.fill("a b")
    form.save()
    assert "cannot name a service" in form.checklist._status
    form.account.name.fill("clinic")
    form.save()
    assert "Account SID first" in form.checklist._status
    form.account.sid.fill("AC" + "a" * 32)
    form.receiving.public.fill("ftp://x")
    form.save()

    assert "public address" in form.checklist._status
    database = Database.open()
    assert Registry(database).services() == []
    database.close()


def test_the_name_of_another_account_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch, eventually: Wait
) -> None:
    import twilio_nb

    monkeypatch.setattr(services, "opener", twilio_nb.connect)
    form = Config()
    form.account.name.fill(service.name)
    form.account.sid.fill("AC" + "0" * 32)

    form.save()

    eventually(lambda: "belongs to another account" in form.checklist._status)


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
    page.ask("keep", value="not for Binder")
    eventually(lambda: form.account.secret.kind == "error")

    assert form.account.instead.text == NO_CREDENTIALS
    assert form.account.sid.layout.display == form.account.secret.layout.display == "none"
    assert form.button.layout.display == "none"
    assert form.checklist._status == NO_CREDENTIALS
    assert form.account.secret.note.startswith(NO_CREDENTIALS)


def test_choosing_another_service_shows_it_and_lets_magics_use_it(
    service: Service, account: SandboxAccount, eventually: Wait
) -> None:
    form = account.service.config()
    services.add(account.service)

    form.picker.value = service.name

    assert form.service is service
    assert services.get() is service
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


def test_a_config_json_fills_the_form(empty_store: str) -> None:
    form = Config()
    page = Page(form.file)
    sid = "AC" + "b" * 32
    file = {"name": "old", "type": "twilio", "config": {"sid": sid}, "secret_config": {"auth_token": "key1"}}

    page.ask("read", text=json.dumps(file))

    assert "Filled in" in page.answer["sentence"]
    assert (form.account.name.value, form.account.sid.value) == ("old", sid)
    assert form.account.settings()["secret"] == "key1"
    assert "'key1'" in form.account.secret.note


def test_a_config_json_is_copied_out_without_the_token(service: Service) -> None:
    page = Page(service.config().file)

    page.ask("write")

    assert json.loads(page.answer["text"])["config"] == {"sid": service.definition.account_sid}
    assert service.token.reveal() not in page.answer["text"]


def test_a_config_json_of_another_account_is_refused(service: Service) -> None:
    form = service.config()
    page = Page(form.file)
    file = {"name": "old", "type": "twilio", "config": {"sid": "AC" + "b" * 32}}

    page.ask("read", text=json.dumps(file))

    assert "another account" in page.answer["error"]
    assert form.account.name.value == service.name


def test_an_empty_password_field_leaves_the_secret_as_it_is(
    empty_store: str, account: SandboxAccount, name: str, eventually: Wait
) -> None:
    save_secret(name, account.service.token)
    form = Config()

    add(form, name, account, eventually, token="")

    assert find_secret(name) == account.service.token
    assert "belong together" in sentences(form)


def test_a_page_that_has_nothing_typed_does_not_overtake_one_that_has(
    service: Service, eventually: Wait
) -> None:
    field = service.config().account.secret
    empty, filled = Page(field, "empty"), Page(field, "filled")
    kept: list[str] = []

    def keep(secret: Secret) -> str:
        kept.append(secret.reveal())
        return "Kept."

    field._keep = keep
    for page in (empty, filled):
        page.ask("hello")

    field.collect(lambda: kept.append("then"))
    empty.ask("keep", value="")
    filled.ask("keep", value="opensesame")

    eventually(lambda: len(kept) == 2)
    assert kept == ["opensesame", "then"]


def test_fifty_opened_and_closed_leave_nothing(service: Service) -> None:
    def count() -> tuple[int, int]:
        return len(ipywidgets.widget._instances), threading.active_count()

    service.config().close()
    before = count()

    for _ in range(50):
        service.config().close()

    assert count() == before


def test_it_closes_with_its_service(empty_store: str, account: SandboxAccount) -> None:
    definition = account.service.definition
    opened = services.open("closing", account_sid=definition.account_sid)
    form = opened.config()

    opened.close()  # type: ignore[attr-defined]

    assert form.comm is None
    assert not form.checklist.is_open
