"""Widgets on real parts: a simulated account, a store, and what a page says to a view and hears of it."""

import functools
import secrets
from collections.abc import Callable, Iterator

import ipywidgets
import pytest

import twilio_nb
from tests.notebook.widgets.pages import Page
from tests.service.conftest import account as account
from tests.service.conftest import eventually as eventually
from tests.service.conftest import service as service
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.current import services
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.storage.database import Database
from twilio_nb.storage.mongod import Mongod

Wait = Callable[[Callable[[], bool]], None]


def checked(form: Config) -> bool:
    """Tell whether the form has looked at everything."""
    return form.checklist._status.startswith(("Checked", "All"))


def add(form: Config, name: str, account: SandboxAccount, wait: Wait, token: str | None = None) -> None:
    """Enter a service, its token in the page, and save it."""
    form.account.name.fill(name)
    form.account.sid.fill(account.service.definition.account_sid)
    page = Page(form.account.secret)
    page.ask("hello")
    form.save()
    page.hear(lambda told: told["tell"] == "hand over")
    given = account.service.token.reveal() if token is None else token
    page.ask("keep", [given.encode()] if given else [])
    wait(lambda: checked(form))


@pytest.fixture
def name() -> str:
    """A service's, and its secret's, that no other test uses."""
    return f"clinic-{secrets.token_hex(3)}"


@pytest.fixture
def empty_store(mongod: Mongod, account: SandboxAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with no service in it; what is created there has the simulated account for Twilio."""
    name = f"test_{secrets.token_hex(4)}"
    monkeypatch.setenv("TWILIO_NB_DATABASE", name)
    opener = functools.partial(twilio_nb.connect, api_url=account.service.definition.api_url)
    monkeypatch.setattr(services, "opener", opener)
    yield name
    for one in services.all():
        if not one.definition.sandbox:
            one.close()  # type: ignore[attr-defined]
    database = Database.open(name)
    database.drop()
    database.close()


@pytest.fixture(autouse=True)
def no_widgets_left() -> Iterator[None]:
    """Close what a test did not."""
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def state() -> Callable[[], str]:
    """What Jupyter would save of all widgets."""
    return lambda: repr(ipywidgets.Widget.get_manager_state(drop_defaults=False)["state"])
