"""A service whose texts a test writes, an account as at Twilio, and pages that show their widgets."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.notebook.widgets.pages import Page
from tests.service.conftest import account
from tests.storage.conftest import eventually, replica_set, serve
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.notebook.widgets.inbox import Inbox
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

__all__ = ["account", "eventually", "replica_set", "serve"]  # fixtures


@pytest.fixture
def service(database: Database) -> Service:
    """A service that only reads, on a database of the test's own."""
    return Service(ServiceDefinition("s", "AC" + "0" * 32), database)


@pytest.fixture
def store(database: Database) -> Callable[..., None]:
    """Store documents as they are, as another process would."""

    def put(*documents: dict[str, Any]) -> None:
        database.db["messages"].insert_many([one | {"service": "s"} for one in documents])

    return put


@pytest.fixture
def opened(service: Service) -> Iterator[Callable[..., tuple[Inbox, Page]]]:
    """Open inboxes, each with a page that has said hello; they are closed afterwards."""
    with contextlib.ExitStack() as stack:

        def open_(of: Service = service, **arguments: Any) -> tuple[Inbox, Page]:
            inbox = of.inbox(**arguments)
            stack.callback(inbox.close)
            page = Page(inbox)
            page.ask("hello")
            return inbox, page

        yield open_
