"""Fixtures for storage: a message log on a real mongod, and texts to put into it."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from twilio_nb.domain.messages import Document, inbound
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def log(database: Database) -> MessageLog:
    return MessageLog(database)


@pytest.fixture
def sid() -> Callable[[], str]:
    """A new Message SID with every call."""
    numbers = itertools.count(1)
    return lambda: f"SM{next(numbers):032x}"


@pytest.fixture
def text(sid: Callable[[], str]) -> Callable[..., Document]:
    """Make the document of an inbound text, each a second after the one before."""
    times = (NOW + timedelta(seconds=n) for n in itertools.count())

    def make(
        body: str = "Hello",
        *,
        service: str = "s",
        webhook: str = "w",
        store_only: bool = False,
        extra: tuple[tuple[str, str], ...] = (),
        **changes: Any,
    ) -> Document:
        form = [
            ("MessageSid", sid()),
            ("From", "+15558675309"),
            ("To", "+15558675310"),
            ("Body", body),
            *extra,
        ]
        document = inbound(
            form, service=service, webhook=webhook, source="webhook", time=next(times), store_only=store_only
        )
        return document | changes

    return make
