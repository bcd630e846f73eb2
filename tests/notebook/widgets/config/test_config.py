"""The form of %twilio_config: what is entered is stored, checked, and used by the service that is open."""

import threading
from dataclasses import replace
from typing import Any

import ipywidgets
import psutil
import pytest

import twilio_nb
from tests.notebook.widgets.config.conftest import Wait, add, checked
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.current import services
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import find_secret


def sentences(form: Config) -> str:
    return " ".join(one.sentence for one in form.checklist.findings)


def test_with_nothing_stored_it_adds_a_service_and_names_the_sandbox(empty_store: str) -> None:
    form = Config()

    assert form.picker.choice.value == ""
    assert form.picker.choice.label == "Add a service …"
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


def test_the_list_of_senders_is_fetched_once_the_credentials_hold_and_until_then_it_is_said_why_not(
    empty_store: str, account: SandboxAccount, name: str, eventually: Wait
) -> None:
    form = Config()
    assert form.sender.fetch.disabled
    assert "once the account and its token are saved" in form.sender.sentence.text

    add(form, name, account, eventually, token="0" * 32)
    eventually(lambda: "see the list below" in form.sender.sentence.text)
    assert form.sender.fetch.disabled

    add(form, name, account, eventually)
    eventually(lambda: "senders of the account" in form.sender.sentence.text)
    assert not form.sender.fetch.disabled


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
    monkeypatch.setattr(services, "opener", twilio_nb.connect)
    form = Config()
    form.account.name.fill(service.name)
    form.account.sid.fill("AC" + "0" * 32)

    form.save()

    eventually(lambda: "belongs to another account" in form.checklist._status)


def test_fifty_opened_and_closed_leave_no_widget_thread_or_socket(service: Service, eventually: Wait) -> None:
    def left() -> tuple[int, int, int]:
        threads = sum("view" in thread.name for thread in threading.enumerate())
        return len(ipywidgets.widget._instances), threads, psutil.Process().num_fds()

    def used() -> Config:
        form = service.config()
        Page(form.account.secret).ask("hello")
        Page(form.checklist).ask("now")
        return form

    first = used()
    eventually(lambda: checked(first))
    first.close()
    eventually(lambda: left()[1] == 0)
    before = left()

    for _ in range(50):
        used().close()

    pool = 10  # connections that are kept for all, at most
    eventually(lambda: left()[:2] == before[:2] and left()[2] <= before[2] + pool)


def test_a_form_that_turns_to_another_service_shows_what_a_form_of_it_shows(
    service: Service, account: SandboxAccount, eventually: Wait
) -> None:
    for one in (account.service, service):
        services.add(one)
    service.redefine(replace(service.definition, public_url="https://hub.example.org/user/ann/"))
    turned = account.service.config()
    turned.account.way.value = "API key"
    Page(turned.checklist).ask("now")
    eventually(lambda: checked(turned))

    turned.picker.choice.value = service.name

    fresh = service.config()
    Page(fresh.checklist).ask("now")
    forms = (turned, fresh)
    eventually(
        lambda: all(checked(one) and "senders of the account" in one.sender.sentence.text for one in forms)
    )
    turned.picker.notice.say("")  # it says that magics use the service now
    assert seen(turned) == seen(fresh)
    assert turned.checklist.findings == fresh.checklist.findings != []


def seen(widget: ipywidgets.Widget) -> list[Any]:
    """What a page shows of a widget and of its parts."""
    state = {name: value for name, value in widget.get_state().items() if "IPY_MODEL_" not in str(value)}
    parts = [getattr(widget, "layout", None), *getattr(widget, "children", ())]
    return [state, *(seen(part) for part in parts if part is not None)]


def test_it_closes_with_its_service(empty_store: str, account: SandboxAccount) -> None:
    definition = account.service.definition
    opened = services.open("closing", account_sid=definition.account_sid)
    form = opened.config()

    opened.close()  # type: ignore[attr-defined]

    assert form.comm is None
    assert not form.checklist.is_open
