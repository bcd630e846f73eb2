"""A live frame holds, at any time, what a fresh read would: the same rows in the same order."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.storage.fresh import is_fresh
from twilio_nb.domain.messages import Document, outbound
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage import frames
from twilio_nb.storage.columns import DEFAULT, SCHEMA
from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import table
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.messages import MessageLog

Live = Callable[..., LiveFrame]
Text = Callable[..., Document]


def test_it_begins_with_all_texts_of_its_service(
    live: Live, database: Database, log: MessageLog, text: Text
) -> None:
    log.insert_many([text() for _ in range(5)] + [text(service="other")])

    inbox = live()

    assert list(inbox.frame.columns) == list(DEFAULT)
    assert len(inbox) == 5
    assert is_fresh(inbox, database)


def test_what_was_stored_a_moment_ago_is_in_the_frame(live: Live, log: MessageLog, text: Text) -> None:
    inbox = live()

    for _ in range(20):
        document = text()
        log.insert_many([document])
        assert inbox.frame["sid"].iloc[-1] == document["_id"]


def test_a_frame_that_was_taken_stays_as_it_was(live: Live, log: MessageLog, text: Text) -> None:
    log.insert_many([text("first")])
    inbox = live()
    taken = inbox.frame

    log.insert_many([text("second")])
    log.claim(taken["sid"].iloc[0], owner="o", request_id="r")
    later = inbox.frame
    later.loc[0, "body"] = "changed by its reader"

    assert taken[["body", "state"]].to_numpy().tolist() == [["first", "pending"]]
    assert inbox.frame["body"].to_list() == ["first", "second"]


def test_changes_and_deletions_are_applied(
    live: Live, database: Database, log: MessageLog, text: Text, now: datetime
) -> None:
    documents = [text() for _ in range(3)]
    log.insert_many(documents)
    inbox = live()

    log.claim(documents[0]["_id"], owner="o", request_id="r")
    log.delete(documents[1]["_id"])
    log.update_status("SM" + "f" * 32, "sent", service="s", form=[("MessageStatus", "sent")], time=now)
    log.update_status("SM" + "f" * 32, "failed", service="s", form=[("MessageStatus", "failed")], time=now)

    assert inbox.frame.set_index("sid")["state"].get(documents[0]["_id"]) == "running"
    assert inbox.frame.set_index("sid")["status"].get("SM" + "f" * 32) == "failed"
    assert documents[1]["_id"] not in set(inbox.frame["sid"])
    assert is_fresh(inbox, database)


def test_a_text_that_is_deleted_and_stored_again_is_there_once(
    live: Live, database: Database, log: MessageLog, text: Text
) -> None:
    document = text()
    log.insert_many([document, text()])
    inbox = live()

    log.delete(document["_id"])
    log.insert_many([document | {"body": "again"}])
    assert is_fresh(inbox, database)
    log.delete(document["_id"])
    log.insert_many([document | {"body": "and again"}])
    log.delete(document["_id"])

    assert len(inbox.frame) == 1
    assert is_fresh(inbox, database)


def test_a_text_that_is_stored_late_comes_to_its_place(
    live: Live, database: Database, log: MessageLog, text: Text, now: datetime
) -> None:
    log.insert_many([text() for _ in range(9)])
    inbox = live()

    late = [text(time=now + timedelta(seconds=seconds)) for seconds in (-5, 3.5, 3, 8, 100, 7)]
    log.insert_many(late[:3])
    assert is_fresh(inbox, database)
    log.insert_many(late[3:])

    assert inbox.frame["sid"].iloc[0] == late[0]["_id"]
    assert is_fresh(inbox, database)


def test_a_text_whose_time_or_service_changes_moves(
    live: Live, database: Database, log: MessageLog, text: Text, now: datetime
) -> None:
    documents = [text() for _ in range(5)] + [text(service="other") for _ in range(2)]
    log.insert_many(documents)
    inbox, other = live(), live("other")
    messages = database.db["messages"]

    def update(n: int, change: dict[str, Any]) -> None:
        messages.update_one({"_id": documents[n]["_id"]}, change)

    update(0, {"$set": {"time": now + timedelta(hours=1)}})
    update(1, {"$set": {"service": "other"}})
    update(2, {"$unset": {"service": True}})
    update(5, {"$set": {"service": "s", "time": now - timedelta(hours=1)}})
    messages.replace_one({"_id": documents[3]["_id"]}, documents[3] | {"service": "other"})
    messages.replace_one({"_id": documents[6]["_id"]}, documents[6] | {"service": "s"})
    update(6, {"$set": {"body": "and changed"}})

    assert [len(inbox.frame), len(other.frame)] == [4, 2]
    assert is_fresh(inbox, database)
    assert is_fresh(other, database, "other")


@pytest.mark.parametrize("columns", [["body"], ["state", "sid"], "all"])
def test_it_has_the_columns_that_were_asked_for(
    live: Live, database: Database, log: MessageLog, text: Text, columns: Any
) -> None:
    inbox = live(columns=columns)

    log.insert_many([text("b"), text("a")])

    assert list(inbox.frame.columns) == (SCHEMA.names if columns == "all" else columns)
    assert is_fresh(inbox, database)
    with pytest.raises(ConfigurationError, match="no column"):
        live(columns=["boddy"])


def test_nothing_that_happens_while_all_is_read_is_missed_or_doubled(
    live: Live,
    database: Database,
    log: MessageLog,
    text: Text,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = [text() for _ in range(10)]
    log.insert_many(documents)

    def meanwhile(database_: Database, *args: Any, **options: Any) -> Any:
        log.insert_many([text(), late := text(time=now)])
        found = table(database_, *args, **options)
        log.delete(documents[0]["_id"])
        log.insert_many([text()])
        database.db["messages"].update_one({"_id": late["_id"]}, {"$set": {"time": now + timedelta(hours=2)}})
        log.claim(documents[5]["_id"], owner="o", request_id="r")
        return found

    monkeypatch.setattr("twilio_nb.storage.following.frames.table", meanwhile)

    inbox = live()

    assert is_fresh(inbox, database)
    assert len(inbox) == 12


def test_what_happens_between_two_batches_of_the_first_read_is_not_missed(
    live: Live,
    database: Database,
    log: MessageLog,
    text: Text,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = [text() for _ in range(10)]
    log.insert_many(documents)
    raw = frames._raw

    def meanwhile(*args: Any) -> Iterator[bytes]:
        batches = raw(*args)
        yield next(batches)
        # All of it where the read has been already.
        log.insert_many([text(time=now - timedelta(days=1))])
        log.delete(documents[0]["_id"])
        log.claim(documents[1]["_id"], owner="o", request_id="r")
        yield from batches

    with monkeypatch.context() as patch:
        patch.setattr(frames, "_BATCH", 3)
        patch.setattr(frames, "_raw", meanwhile)
        inbox = live()

    assert is_fresh(inbox, database)
    assert inbox.frame["state"].to_list() == ["pending", "running", *["pending"] * 8]


def test_an_answer_that_is_cut_off_because_texts_are_large_is_not_taken_for_the_whole(
    live: Live, log: MessageLog, text: Text
) -> None:
    inbox = live()
    following, place = inbox._following, inbox._following.inbox.last

    log.insert_many([text("x" * (1 << 20)) for _ in range(20)])
    answer = following._events.until(following._now(), place)

    assert (len(answer.events) < 20, answer.whole) == (True, False)
    assert len(inbox.frame) == 20


def test_several_thousand_changes_are_put_in_their_places_unasked(
    live: Live, log: MessageLog, text: Text, eventually: Callable[..., None]
) -> None:
    inbox = live()

    log.insert_many([text() for _ in range(6000)])

    eventually(lambda: len(inbox) == 6000)
    eventually(lambda: len(inbox._following.inbox) == 0)  # and are not kept twice


def test_texts_stay_in_few_blocks_and_order_however_they_come(
    live: Live, database: Database, log: MessageLog, text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_nb.storage.blocks._MOST", 64)
    monkeypatch.setattr("twilio_nb.storage.blocks._LARGE", 96)
    monkeypatch.setattr("twilio_nb.storage.blocks._FEW", 8)
    inbox = live()

    for n in range(40):
        log.insert_many([text() for _ in range(n % 7 + 1)])
        assert len(inbox.frame) == database.db["messages"].count_documents({})

    assert is_fresh(inbox, database)
    assert inbox.table.column("sid").num_chunks < 12


def test_outbound_messages_are_told_as_they_advance(
    live: Live, database: Database, log: MessageLog, now: datetime
) -> None:
    inbox = live()
    record = {"sid": "SM" + "e" * 32, "date_created": now, "status": "queued"}

    log.record_outbound(outbound(record, service="s", source="send"))
    log.record_outbound(outbound(record | {"status": "delivered"}, service="s", source="send"))

    assert inbox.frame[["direction", "status"]].to_numpy().tolist() == [["outbound-api", "delivered"]]
    assert is_fresh(inbox, database)
