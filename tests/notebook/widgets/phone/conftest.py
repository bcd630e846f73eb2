"""A sandbox account in this process, as the tests of its service have it, its phones and forms."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.notebook.widgets.phone.forms import Form
from tests.numbers import number
from tests.service.conftest import account as account
from tests.service.conftest import eventually as eventually
from tests.service.conftest import own as own
from tests.service.conftest import service as service
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.widgets.compose import Compose
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service


@pytest.fixture
def phone(account: SandboxAccount) -> Iterator[Phone]:
    """A phone of its own; the handlers that answer it go with it."""
    opened = account.phone(number())
    yield opened
    opened.close()
    if host := Host.running():
        for handler in host.handlers():
            host.unregister(account.name, handler.name)


@pytest.fixture
def compose(account: SandboxAccount) -> Iterator[Callable[..., Form]]:
    opened: list[Compose] = []

    def make(service: Service = account.service, **arguments: Any) -> Form:
        opened.append(service.compose(**arguments))
        return Form(opened[-1])

    yield make
    account.behave()
    for form in opened:
        form.close()
