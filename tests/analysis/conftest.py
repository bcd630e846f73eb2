"""A service on a real mongod, into which a test writes documents as they are."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.messages import Document
from twilio_nb.service import Service
from twilio_nb.storage.database import Database


@pytest.fixture
def stored(database: Database) -> Callable[..., Service]:
    """Store texts for a new service, and return it."""
    names = (f"s{n}" for n in itertools.count())

    def store(*documents: Document) -> Service:
        name = next(names)
        texts: list[dict[str, Any]] = [one | {"service": name} for one in documents]
        if texts:
            database.db["messages"].insert_many(texts)
        return Service(ServiceDefinition(name, "AC" + "0" * 32), database)

    return store
