"""Any MongoDB may be named; what cannot be used is refused with the remedy, and what is away comes back."""

import os
import signal
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.storage.servers import Server
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError, StoreUnavailable, TwilioNBError
from twilio_nb.storage.connections import Connection, fingerprint
from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import table
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
SID = "SM" + "0" * 32
PATIENCE = 5.0


def test_a_standalone_server_is_refused_with_the_two_lines_that_mend_it(serve: Callable[..., Server]) -> None:
    server = serve()

    with pytest.raises(ConfigurationError) as refusal:
        Database.open("t")

    lines = [line.strip() for line in str(refusal.value).splitlines()]
    assert lines[-2:] == ["mongod --replSet rs0", "rs.initiate()"]
    assert str(server.root) not in str(refusal.value)
    assert Connection._open.get(server.uri) is None


def test_a_replica_set_that_was_never_initiated_is_refused_with_the_line_that_mends_it(
    serve: Callable[..., Server],
) -> None:
    server = serve("--replSet", "rs0")

    with pytest.raises(ConfigurationError, match=r"rs\.initiate\(\)"):
        Database.open("t")

    server.initiate()
    Database.open("t").close()


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://bob:hunter2@h:99999/",
        "mongodb://bob:hunt:er2@host/",
        "mongodb://bob:hunter2@host:hunter2/",
        "bob:hunter2@host",
        "mongodb+srv://bob:hunter2@nosuch.invalid/",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_being_shown(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", uri)

    with pytest.raises(ConfigurationError, match="TWILIO_NB_MONGODB_URI") as refusal:
        Database.open("t")

    shown = "".join(traceback.format_exception(refusal.value))
    assert "hunter2" not in shown
    assert "hunt:er2" not in shown


def test_a_server_that_is_not_there_is_unavailable_within_five_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", "mongodb://bob:hunter2@127.0.0.1:1/")

    took, error = timed(lambda: Database.open("t"))

    assert took < PATIENCE
    assert isinstance(error, StoreUnavailable)
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_every_operation_answers_within_five_seconds_when_mongodb_was_killed_and_works_again_when_it_is_back(
    replica_set: Server,
) -> None:
    with Database.open("t") as database:
        log, registry, book = MessageLog(database), Registry(database), LogBook(database)
        assert log.insert_many([{"_id": SID}]) == [True]
        replica_set.kill()

        operations: list[Callable[[], object]] = [
            lambda: log.insert_many([{"_id": "another"}]),
            lambda: log.claim(SID, owner="o", request_id="r"),
            lambda: log.update_status(SID, "sent", service="s", form=[], time=NOW),
            lambda: LiveFrame(database, "s"),
            lambda: registry.services(),
            lambda: registry.save_service(ServiceDefinition("s", "AC" + "0" * 32)),
            lambda: book.find("s"),
            lambda: table(database, {}),
        ]
        with ThreadPoolExecutor(len(operations)) as threads:
            outcomes = list(threads.map(timed, operations))
        assert {type(error) for _, error in outcomes} == {StoreUnavailable}
        assert max(took for took, _ in outcomes) < PATIENCE

        replica_set.start()
        replica_set.wait_for_primary()
        took, error = timed(lambda: log.insert_many([{"_id": "another"}]))

        assert error is None
        assert took < 3
        assert log.get(SID) == {"_id": SID}


def test_a_server_that_hangs_is_unavailable_within_five_seconds_and_works_again_when_it_goes_on(
    replica_set: Server,
) -> None:
    with Database.open("t") as database:
        log = MessageLog(database)
        assert log.insert_many([{"_id": SID}]) == [True]
        replica_set.process.send_signal(signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(2) as threads:
                outcomes = list(
                    threads.map(timed, [lambda: log.insert_many([{"_id": "a"}]), lambda: log.get("a")])
                )
            assert {type(error) for _, error in outcomes} == {StoreUnavailable}
            assert max(took for took, _ in outcomes) < PATIENCE
        finally:
            replica_set.process.send_signal(signal.SIGCONT)

        started = time.monotonic()
        while timed(lambda: log.get(SID))[1] is not None:
            assert time.monotonic() - started < 3


def test_the_last_to_close_gives_the_connection_up(replica_set: Server) -> None:
    first, second = Database.open("t"), Database.open("u")

    first.close()
    assert fingerprint() in Connection._open
    second.close()
    assert fingerprint() not in Connection._open


def timed(operation: Callable[[], object]) -> tuple[float, TwilioNBError | None]:
    """How long an operation took, and what it raised."""
    started = time.monotonic()
    try:
        operation()
    except TwilioNBError as error:
        return time.monotonic() - started, error
    return time.monotonic() - started, None


def test_a_forked_child_opens_a_connection_of_its_own(database: Database) -> None:
    child = os.fork()
    if child == 0:
        try:
            with Database.open(database.name) as own:
                own.collection("messages").find_one()
                os._exit(0 if own.client is not database.client else 1)
        finally:
            os._exit(2)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
