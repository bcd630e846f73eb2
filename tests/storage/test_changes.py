"""A live frame's changes come in numbered batches that lead from one state to the next, to each who asks."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pyarrow as pa
import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.storage.changes import Batch
from twilio_nb.storage.database import Database
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.messages import MessageLog

Live = Callable[..., LiveFrame]
Text = Callable[..., Document]
Rows = dict[str, dict[str, object]]


def rows(table: pa.Table) -> Rows:
    return {row["sid"]: row for row in table.to_pylist()}


def applied(batch: Batch, before: Rows) -> Rows:
    """What somebody shows who goes by the batches alone."""
    kept = {} if batch.reloaded else {sid: row for sid, row in before.items() if sid not in batch.deleted}
    return kept | rows(batch.table)


def test_a_batch_tells_what_came_what_changed_and_what_went(live: Live, log: MessageLog, text: Text) -> None:
    first, second = text("first"), text("second")
    log.insert_many([first, second])
    inbox = live()
    changes = inbox.changes()

    log.insert_many([third := text("third")])
    log.claim(first["_id"], owner="o", request_id="r")
    log.delete(second["_id"])
    inbox.frame  # noqa: B018 - which puts all of it into one batch
    batch = next(changes)

    assert batch.number == inbox.number
    assert batch.frame["sid"].to_list() == [first["_id"], third["_id"]]
    assert batch.frame["state"].to_list() == ["running", "pending"]
    assert batch.deleted == (second["_id"],)
    assert not batch.reloaded


def test_texts_that_others_store_are_told_without_being_asked_for(
    live: Live, log: MessageLog, text: Text
) -> None:
    inbox = live()

    with ThreadPoolExecutor(2) as threads:
        told = [threads.submit(lambda: next(inbox.changes(since=inbox.number))) for _ in range(2)]
        log.insert_many([document := text()])

        assert [batch.result().frame["sid"].to_list() for batch in told] == [[document["_id"]]] * 2


def test_a_burst_comes_as_few_batches(live: Live, log: MessageLog, text: Text) -> None:
    inbox = live()
    before = inbox.number
    seen = 0

    with ThreadPoolExecutor(1) as threads:
        storing = threads.submit(lambda: [log.insert_many([text() for _ in range(50)]) for _ in range(10)])
        for batch in inbox.changes(since=before):
            seen += len(batch.table)
            if seen == 500:
                break
        storing.result()

    assert inbox.number - before < 50


def test_numbers_are_consecutive_and_batches_lead_from_one_state_to_the_next(
    live: Live, log: MessageLog, text: Text
) -> None:
    documents = [text(str(n)) for n in range(60)]
    log.insert_many(documents[:20])
    inbox = live()
    number, shown = inbox.number, rows(inbox.table)

    for n, document in enumerate(documents[20:]):
        log.insert_many([document])
        log.claim(documents[n]["_id"], owner="o", request_id="r")
        if n % 5 == 0:
            log.delete(documents[n + 1]["_id"])
        inbox.frame  # noqa: B018
    batches = list(islice(inbox.changes(since=number), 40))
    for batch in batches:
        shown = applied(batch, shown)

    assert [batch.number for batch in batches] == list(range(number + 1, number + 41))
    assert shown == rows(inbox.table)


def test_what_changes_nothing_that_is_seen_is_not_told(live: Live, log: MessageLog, text: Text) -> None:
    log.insert_many([one := text()])
    log.claim(one["_id"], owner="o", request_id="r")
    inbox = live()
    before = inbox.number

    log.renew("o")
    log.insert_many([text(service="other")])
    inbox.frame  # noqa: B018

    assert inbox.number == before


@pytest.mark.parametrize("since", [0, 10_000])
def test_who_is_far_behind_or_counts_otherwise_is_given_everything(
    live: Live, log: MessageLog, text: Text, monkeypatch: pytest.MonkeyPatch, since: int
) -> None:
    monkeypatch.setattr("twilio_nb.storage.changes._MOST", 10)
    inbox = live()
    for _ in range(4):
        log.insert_many([text() for _ in range(5)])
        inbox.frame  # noqa: B018

    batch = next(inbox.changes(since=since))

    assert batch.reloaded
    assert batch.number == inbox.number
    assert batch.table.equals(inbox.table)
    assert not next(inbox.changes(since=inbox.number - 1)).reloaded


def test_a_slow_reader_costs_no_memory_and_misses_nothing(
    live: Live, log: MessageLog, text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_nb.storage.changes._MOST_BATCHES", 3)
    inbox = live()
    changes = inbox.changes()

    for _ in range(9):
        log.insert_many([text()])
        inbox.frame  # noqa: B018

    assert len(inbox._state.batches.kept) <= 4
    assert applied(next(changes), {}) == rows(inbox.table)


def test_closing_the_frame_or_the_iteration_ends_a_loop_that_waits(live: Live) -> None:
    inbox = live()
    changes = [inbox.changes() for _ in range(3)]
    threads = [threading.Thread(target=lambda one=one: list(one)) for one in changes]
    for thread in threads:
        thread.start()

    changes[0].close()
    threads[0].join(5)
    assert [thread.is_alive() for thread in threads] == [False, True, True]
    inbox.close()
    for thread in threads:
        thread.join(5)

    assert not any(thread.is_alive() for thread in threads)
    assert list(inbox.changes(since=0)) == []


def test_a_forked_process_goes_on_by_itself_and_does_its_parent_no_harm(
    live: Live, database: Database, log: MessageLog, text: Text
) -> None:
    import multiprocessing
    import warnings

    log.insert_many([text("before")])
    inbox = live()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()

    def child() -> None:
        changes = inbox.changes()
        there.send(inbox.frame["body"].to_list())
        there.send(next(changes).frame["body"].to_list())  # by a thread of its own
        there.send(inbox.frame["body"].to_list())
        inbox.close()
        there.send([thread.name for thread in threading.enumerate() if thread.name == "twilio_nb-live"])

    def received() -> object:
        assert here.poll(20), "the child says nothing"
        return here.recv()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against forks of threads
        process = context.Process(target=child)
        process.start()
    try:
        assert received() == ["before"]
        log.insert_many([text("after")])

        assert received() == ["after"]
        assert received() == ["before", "after"]
        assert received() == []
        process.join(20)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
    log.insert_many([text("later")])
    assert inbox.frame["body"].to_list() == ["before", "after", "later"]
    assert inbox.following


def test_who_has_something_else_to_do_waits_no_longer_than_told(
    live: Live, log: MessageLog, text: Text
) -> None:
    inbox = live()
    changes = inbox.changes()

    assert changes.next(0.05) is None
    log.insert_many([document := text()])

    batch = changes.next(20)
    assert batch is not None
    assert batch.frame["sid"].to_list() == [document["_id"]]
    changes.close()
    assert changes.next() is None


def test_a_snapshot_and_the_changes_since_are_all_there_is(live: Live, log: MessageLog, text: Text) -> None:
    log.insert_many([first := text()])
    inbox = live()
    number, frame = inbox.snapshot()

    log.insert_many([second := text()])
    batch = next(inbox.changes(since=number))

    assert frame["sid"].to_list() == [first["_id"]]
    assert batch.frame["sid"].to_list() == [second["_id"]]
    assert inbox.snapshot()[0] == batch.number
