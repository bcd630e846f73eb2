"""The log is followed over a store that goes and comes back, and over history that MongoDB has lost."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.storage.servers import Server
from twilio_nb.domain.entries import entry
from twilio_nb.errors import StorageError
from twilio_nb.log_forwarder import LogForwarder
from twilio_nb.storage.database import Database
from twilio_nb.storage.log_following import LogStream
from twilio_nb.storage.logs import LogBook

LOST = {"start_after": {"_data": "8263" + "0" * 20}}  # a place that no history reaches back to


def made(number: int, **more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    given: dict[str, Any] = {"service": "s", "webhook": "w", "source": "webhook", "started": now}
    return entry(f"{number:024x}", completed=now, **(given | more))


def numbers(stream: LogStream, count: int) -> list[int]:
    """The next so many entries."""
    found: list[int] = []
    for one in stream.entries(lambda: len(found) >= count):
        found.append(int(one["co_id"], 16))
    return found


def test_a_stream_tells_what_is_written_from_now_on_and_goes_on_where_it_was(  # LOG-07
    database: Database,
) -> None:
    book = LogBook(database)
    book.add([made(1)])
    stream = LogStream(database, "s")

    book.add([made(2), made(3, service="t"), made(4)])
    assert numbers(stream, 2) == [2, 4]
    book.add([made(5)])
    database.collection("logs").drop()
    book.add([made(6)])

    assert numbers(stream, 2) == [5, 6]


def test_history_that_was_lost_is_an_error_and_it_can_begin_anew(database: Database) -> None:  # LOG-07
    stream = LogStream(database, "s")
    stream._place = LOST

    with pytest.raises(StorageError):
        numbers(stream, 1)
    stream.begin()
    LogBook(database).add([made(1)])

    assert numbers(stream, 1) == [1]


def test_forwarding_outlives_a_restart_of_the_store_and_the_loss_of_its_history(  # LOG-07
    replica_set: Server, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []
    target = logging.Handler()
    target.emit = lambda record: heard.append(int(record.twilio_request_id, 16))  # type: ignore[attr-defined, method-assign]
    with Database.open("t") as database, LogForwarder(database, "s", target) as forwarder:
        book = LogBook(database)
        book.add([made(1)])
        eventually(lambda: heard == [1])

        replica_set.kill()
        eventually(lambda: "waits for MongoDB" in repr(forwarder))
        replica_set.start()
        replica_set.wait_for_primary()
        book.add([made(2)])
        eventually(lambda: heard == [1, 2])
        assert repr(forwarder) == "<twilio_nb.LogForwarder of 's' to a Handler, on: 2 forwarded>"

        replica_set.kill()
        eventually(lambda: "waits for MongoDB" in repr(forwarder))
        forwarder._stream._place = LOST
        replica_set.start()
        replica_set.wait_for_primary()
        numbers = iter(range(3, 1000))

        def goes_on() -> bool:
            book.add([made(next(numbers))])
            return heard[-1] > 2

        eventually(goes_on)
    assert heard[:2] == [1, 2]
    assert "may not have been forwarded" in caplog.text


@pytest.mark.parametrize(("code", "warnings"), [(237, 0), (13, 1)])
def test_a_cursor_that_somebody_ended_loses_nothing_and_refusals_are_told_once(  # LOG-07
    serve: Callable[..., Server],
    eventually: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    code: int,
    warnings: int,
) -> None:
    server = serve("--replSet", "rs0", "--setParameter", "enableTestCommands=1")
    server.initiate()
    heard: list[int] = []
    target = logging.Handler()
    target.emit = lambda record: heard.append(int(record.twilio_request_id, 16))  # type: ignore[attr-defined, method-assign]
    with Database.open("t") as database, LogForwarder(database, "s", target) as forwarder:
        admin, point = database.client.admin, "failpoint.failCommand"
        refused = {"failCommands": ["getMore"], "errorCode": code}
        admin.command("configureFailPoint", "failCommand", mode={"times": 2}, data=refused)
        eventually(lambda: "waits for MongoDB" in repr(forwarder))
        if not warnings:
            LogBook(database).add([made(1)])

        eventually(lambda: admin.command({"getParameter": 1, point: 1})[point]["timesEntered"] == 2)
        eventually(lambda: ", on: " in repr(forwarder))
        LogBook(database).add([made(2)])

        eventually(lambda: heard[-1:] == [2])
    assert heard == ([2] if warnings else [1, 2])
    assert caplog.text.count("may not have been forwarded") == warnings
