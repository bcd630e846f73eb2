"""A live frame is right again by itself after its stream, its history, its collection or its server was lost."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bson import Int64
from pymongo.errors import OperationFailure

from tests.storage.fresh import is_fresh
from tests.storage.servers import Server
from twilio_nb.domain.messages import Document
from twilio_nb.storage.database import Database
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.messages import MessageLog

Live = Callable[..., LiveFrame]
Text = Callable[..., Document]
Eventually = Callable[..., None]


@pytest.fixture
def one_at_a_time() -> Any:
    with ThreadPoolExecutor(1) as thread:
        yield thread


def test_a_restart_of_the_store_is_survived_and_said_while_it_lasts(
    replica_set: Server, text: Text, eventually: Eventually
) -> None:
    with Database.open("t") as database, LiveFrame(database, "s") as inbox:
        log = MessageLog(database)
        log.insert_many([text("before")])
        assert inbox.frame["body"].to_list() == ["before"]
        number = inbox.number

        replica_set.kill()
        eventually(lambda: not inbox.following)
        assert inbox.frame["body"].to_list() == ["before"]
        assert "out of date since" in repr(inbox)
        assert "MongoDB cannot be reached" in repr(inbox)

        replica_set.start()
        replica_set.wait_for_primary()
        eventually(lambda: inbox.following)
        log.insert_many([text("after")])
        assert inbox.frame["body"].to_list() == ["before", "after"]
        assert "out of date" not in repr(inbox)
        assert [batch.reloaded for batch in (next(inbox.changes(since=number)),)] == [False]


def test_a_server_that_hangs_delays_the_frame_once_and_is_followed_when_it_goes_on(
    replica_set: Server, text: Text, eventually: Eventually
) -> None:
    with Database.open("t") as database, LiveFrame(database, "s") as inbox:
        log = MessageLog(database)
        log.insert_many([text("before")])
        replica_set.process.send_signal(signal.SIGSTOP)
        try:
            assert len(inbox.frame) <= 1
            started = time.monotonic()
            assert not inbox.following
            for _ in range(20):
                inbox.frame  # noqa: B018
            assert time.monotonic() - started < database.timeout  # each of them would have waited as long
        finally:
            replica_set.process.send_signal(signal.SIGCONT)

        eventually(lambda: len(inbox.frame) == 1)
        eventually(lambda: log.insert_many([text("after")]) == [True])
        eventually(lambda: is_fresh(inbox, database))


def test_all_is_read_anew_when_history_was_lost_and_nothing_else_makes_it_do_so(
    serve: Callable[..., Server], text: Text, eventually: Eventually, one_at_a_time: ThreadPoolExecutor
) -> None:
    server = serve("--replSet", "rs0", "--oplogSize", "1", "--syncdelay", "1")
    server.initiate()
    documents = [text() for _ in range(10)]
    with Database.open("t") as database, LiveFrame(database, "s") as inbox:
        log = MessageLog(database)
        log.insert_many(documents)
        assert len(inbox.frame) == 10
        number = inbox.number
        told = one_at_a_time.submit(lambda: next(one for one in inbox.changes(since=number) if one.reloaded))
        token = inbox._following.inbox.last.token

        with inbox._following.asking:  # it hears nothing meanwhile, as when the machine slept
            log.insert_many([text()])
            log.delete(documents[0]["_id"])
            log.claim(documents[1]["_id"], owner="o", request_id="r")
            roll_over(database, token)

        eventually(lambda: is_fresh(inbox, database))
        assert len(inbox) == 10
        assert told.result(20).table.num_rows == 10
        assert number < told.result().number <= inbox.number
        eventually(lambda: inbox.following)
        log.insert_many([text()])
        assert is_fresh(inbox, database)


def test_a_quiet_service_outlives_the_history_that_others_fill(
    serve: Callable[..., Server], text: Text, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_nb.storage.following._QUIET", 1)
    server = serve("--replSet", "rs0", "--oplogSize", "1", "--syncdelay", "1")
    server.initiate()
    with Database.open("t") as database, LiveFrame(database, "s") as inbox:
        log = MessageLog(database)
        log.insert_many([text()])
        assert len(inbox.frame) == 1
        number, token = inbox.number, inbox._following.inbox.last.token

        def hear() -> None:
            now = inbox._following._now()
            eventually(lambda: inbox._following._complete >= now)

        roll_over(database, token, size=1 << 19, between=hear)  # or its own place would be lost under load
        eventually(lambda: kill_streams(database) > 0)
        log.insert_many([text()])

        eventually(lambda: is_fresh(inbox, database))
        assert not next(inbox.changes(since=number)).reloaded


def roll_over(
    database: Database,
    token: dict[str, Any],
    *,
    size: int = 10 << 20,
    between: Callable[[], None] = lambda: time.sleep(0.3),
) -> None:
    """Write so many bytes again and again, until MongoDB has forgotten what happened at a token."""
    deadline = time.monotonic() + 60
    while code(lambda: database.db["messages"].watch(resume_after=token).close()) != 286:
        assert time.monotonic() < deadline, "history was never lost"
        for _ in range(size >> 18):
            database.db["filler"].insert_one({"filler": b"x" * (1 << 18)})
        between()


def code(operation: Callable[[], object]) -> int | None:
    """The code of the error that MongoDB answers."""
    try:
        operation()
    except OperationFailure as error:
        return error.code
    return None


@pytest.mark.parametrize("how", ["drop", "rename", "database"])
def test_texts_that_are_dropped_are_gone_and_later_ones_are_followed(
    live: Live, database: Database, log: MessageLog, text: Text, eventually: Eventually, how: str
) -> None:
    log.insert_many([text() for _ in range(3)])
    inbox = live()
    number = inbox.number
    messages = database.db["messages"]

    if how == "drop":
        messages.drop()
    elif how == "rename":
        messages.rename("kept")
    else:
        database.client.drop_database(database.name)

    eventually(lambda: len(inbox.frame) == 0)
    log.insert_many([document := text()])
    eventually(lambda: inbox.frame["sid"].to_list() == [document["_id"]])
    assert next(inbox.changes(since=number)).reloaded


def test_a_stream_that_is_dropped_goes_on_from_where_it_was(
    live: Live, database: Database, log: MessageLog, text: Text
) -> None:
    inbox = live()
    number = inbox.number

    killed = 0
    for _ in range(30):
        log.insert_many([text()])
        killed += kill_streams(database)
        log.insert_many([text()])
        inbox.frame  # noqa: B018

    assert killed > 0
    assert len(inbox) == 60
    assert is_fresh(inbox, database)
    assert not next(inbox.changes(since=number)).reloaded


def test_a_stream_that_is_dropped_before_it_heard_anything_is_no_lost_history(
    serve: Callable[..., Server], text: Text, eventually: Eventually
) -> None:
    server = serve("--replSet", "rs0", "--setParameter", "enableTestCommands=1")
    server.initiate()
    with Database.open("t") as database:
        admin = database.client.admin
        dropped = {"failCommands": ["getMore"], "errorCode": 237}  # what a killed cursor is answered
        admin.command("configureFailPoint", "failCommand", mode={"times": 3}, data=dropped)

        with LiveFrame(database, "s") as inbox:
            number = inbox.number
            point = "failpoint.failCommand"
            asked = {"getParameter": 1, point: 1}
            eventually(lambda: admin.command(asked)[point]["timesEntered"] == 3)
            assert inbox.following
            MessageLog(database).insert_many([text()])
            assert [(len(told.table), told.reloaded) for told in (next(inbox.changes(since=number)),)] == [
                (1, False)
            ]


def kill_streams(database: Database) -> int:
    """End all change streams over the texts at the server, and return how many there were."""
    operations = database.client.admin.aggregate([{"$currentOp": {"idleCursors": True, "allUsers": True}}])
    cursors = [
        Int64(operation["cursor"]["cursorId"])
        for operation in operations
        if operation.get("ns") == f"{database.name}.messages" and operation.get("cursor")
    ]
    database.db.command("killCursors", "messages", cursors=cursors or [Int64(0)])
    return len(cursors)
