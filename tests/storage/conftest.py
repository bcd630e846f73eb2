"""Fixtures for storage: a message log on a real mongod, texts to put into it, and servers to be broken."""

import contextlib
import itertools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.storage.servers import Server
from twilio_nb.domain.messages import Document, inbound
from twilio_nb.storage.database import Database
from twilio_nb.storage.live import LiveFrame
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


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start servers, and name each in the environment as soon as it runs."""
    servers = []

    def start(*options: str) -> Server:
        server = Server(Path(tempfile.mkdtemp(prefix="tnb-mongod-", dir="/tmp")), *options)
        servers.append(server)
        monkeypatch.setenv("TWILIO_NB_MONGODB_URI", server.uri)
        return server

    yield start
    for server in servers:
        server.kill()
        shutil.rmtree(server.root)


@pytest.fixture
def replica_set(serve: Callable[..., Server]) -> Server:
    server = serve("--replSet", "rs0")
    server.initiate()
    return server


@pytest.fixture
def live(database: Database) -> Iterator[Callable[..., LiveFrame]]:
    """Open live frames, of the test's own database unless another is given; they are closed afterwards."""
    with contextlib.ExitStack() as opened:
        yield lambda service="s", of=database, **options: opened.enter_context(
            LiveFrame(of, service, **options)
        )


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for something that another thread or process brings about."""

    def wait(happened: Callable[[], bool], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < deadline, f"did not happen within {seconds} s"
            time.sleep(0.02)

    return wait
