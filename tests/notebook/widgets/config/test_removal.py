"""A service that was added by mistake, or for a wrong account, is removed in the form, and can be corrected."""

from dataclasses import replace

import ipywidgets
import pytest

import twilio_nb
from tests.notebook.widgets.config.conftest import Wait, checked
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ServiceNotFound, StoreUnavailable
from twilio_nb.notebook.current import services
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service
from twilio_nb.storage.registry import Registry

WRONG = "AC" + "f" * 32


@pytest.fixture
def mistyped(empty_store: str, name: str) -> Service:
    """A service with the Account SID of nobody."""
    return twilio_nb.connect(name, account_sid=WRONG, sender="+15558675310")


def test_a_wrong_account_sid_is_corrected_by_removing_the_service_and_saving_it_anew(
    mistyped: Service, account: SandboxAccount, eventually: Wait
) -> None:
    form = mistyped.config()
    assert "remove the service" in form.account.sid.sentence.text

    answer = Page(form.removal).ask("remove", service=mistyped.name)
    assert "is removed" in answer["sentence"]
    assert (form.account.name.value, form.account.sid.value) == (mistyped.name, WRONG)
    assert form.sender.value == "+15558675310"
    form.account.sid.entry.value = account.service.definition.account_sid
    form.save()
    eventually(lambda: checked(form))

    assert form.service is services.get(mistyped.name)
    assert form.service is not None
    stored = Registry(form.service.database).service(mistyped.name)
    assert stored.account_sid == account.service.definition.account_sid


def test_a_service_that_is_saved_anew_keeps_the_api_that_it_used(
    mistyped: Service, account: SandboxAccount, eventually: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "opener", twilio_nb.connect)
    api_url = account.service.definition.api_url
    mistyped.redefine(replace(mistyped.definition, api_url=api_url, public_url="http://127.0.0.1:8888/"))
    form = mistyped.config()

    answer = Page(form.removal).ask("remove", service=mistyped.name)
    form.save()
    eventually(lambda: checked(form))

    assert f"the API at {api_url}" in answer["sentence"]
    assert form.service is not None
    assert (form.service.definition.api_url, form.service.definition.public_url) == (
        api_url,
        "http://127.0.0.1:8888/",
    )


def test_another_service_that_is_added_after_a_removal_uses_twilios_api(
    mistyped: Service, account: SandboxAccount
) -> None:
    mistyped.redefine(replace(mistyped.definition, api_url=account.service.definition.api_url))
    form = mistyped.config()
    Page(form.removal).ask("remove", service=mistyped.name)

    form.picker.choice.value = account.service.name
    form.picker.choice.value = ""

    assert form.receiving.api_url is None


def test_a_service_that_is_removed_is_closed_and_named_nowhere(mistyped: Service) -> None:
    form, other = mistyped.config(), mistyped.config()

    Page(form.removal).ask("remove", service=mistyped.name)

    assert form.service is None
    assert mistyped not in services.all()
    assert form.picker.choice.value == ""
    assert mistyped.name not in [value for _, value in form.picker.choice.options]
    assert form.removal.is_open
    assert not other.removal.is_open
    with pytest.raises(ServiceNotFound):
        twilio_nb.connect(mistyped.name)


def test_only_the_service_that_the_page_asked_about_is_removed(mistyped: Service) -> None:
    form = mistyped.config()

    answer = Page(form.removal).ask("remove", service="another")

    assert "nothing was removed" in answer["error"]
    assert form.service is mistyped


def test_while_the_store_is_away_nothing_is_removed(
    mistyped: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = mistyped.config()

    def away(*_: object) -> None:
        raise StoreUnavailable("MongoDB is away.")

    monkeypatch.setattr(Registry, "remove_service", away)
    answer = Page(form.removal).ask("remove", service=mistyped.name)

    assert answer["error"] == "MongoDB is away."
    assert form.service is mistyped
    mistyped.close()
    assert not form.removal.is_open


def test_a_new_service_and_a_simulated_account_have_nothing_to_remove(
    empty_store: str, account: SandboxAccount
) -> None:
    assert Config().removal.service == ""
    assert account.service.config().removal.service == ""
    ipywidgets.Widget.close_all()
