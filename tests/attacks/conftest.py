"""A receiver to attack, and a shell to look at what it took, as they are used for their own tests."""

import secrets
from collections.abc import Iterator

import pytest

from tests.attacks.raw_requests import Entrance
from tests.attacks.signed_site import Site
from tests.notebook.conftest import shell
from tests.receiving.conftest import Receiver, receiver, sandbox, serve, start_receiver
from tests.server.conftest import PUBLIC, Jupyter, definitions, jupyter, starting
from twilio_nb.storage.database import Database
from twilio_nb.storage.mongod import Mongod

__all__ = ["definitions", "jupyter", "receiver", "sandbox", "serve", "shell", "start_receiver", "starting"]


@pytest.fixture(scope="session")
def site(receiver: Receiver, mongod: Mongod) -> Iterator[Site]:
    database = Database.open(f"test_{secrets.token_hex(6)}")
    made = Site(receiver, database)
    yield made
    made.kernel.close()
    database.drop()
    database.close()


@pytest.fixture
def entrance(jupyter: Jupyter) -> Entrance:
    """Where a Jupyter Server is reached by whoever wants to."""
    return Entrance(jupyter.http.base_url.port or 0, jupyter.base_url, PUBLIC, jupyter.secret)
