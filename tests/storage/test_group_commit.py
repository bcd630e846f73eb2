"""Texts that arrive together are made durable together, and what befalls one befalls no other."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.errors import StorageError, StoreUnavailable
from twilio_nb.storage.group_commit import GroupCommit
from twilio_nb.storage.messages import MessageLog

Text = Callable[..., Document]


class Store:
    """Remembers its batches; holds each back until `release`, if told to, and fails where it is told to."""

    def __init__(self, *, held: bool = False) -> None:
        self.batches: list[list[Any]] = []
        self.open = threading.Event()
        self.entered = threading.Event()
        self.failures: list[Exception] = []
        if not held:
            self.open.set()

    def insert_many(self, documents: list[Document]) -> list[bool | Exception]:
        self.batches.append([document["_id"] for document in documents])
        self.entered.set()
        assert self.open.wait(5)
        if self.failures:
            raise self.failures.pop(0)
        return [document.get("outcome", True) for document in documents]

    async def until_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 5)


def test_what_arrives_during_a_commit_shares_the_next_one() -> None:
    async def scene(store: Store) -> list[bool]:
        commit = GroupCommit(store.insert_many)
        first = asyncio.ensure_future(commit.put({"_id": 0}))
        await store.until_entered()
        rest = [asyncio.ensure_future(commit.put({"_id": n})) for n in range(1, 65)]
        await asyncio.sleep(0)
        store.open.set()
        return list(await asyncio.gather(first, *rest))

    store = Store(held=True)

    assert asyncio.run(scene(store)) == [True] * 65
    assert store.batches == [[0], list(range(1, 65))]


def test_a_text_that_comes_alone_waits_for_nobody() -> None:
    async def scene(store: Store) -> None:
        commit = GroupCommit(store.insert_many)
        for n in range(3):
            await commit.put({"_id": n})

    store = Store()
    asyncio.run(scene(store))

    assert store.batches == [[0], [1], [2]]


def test_a_batch_has_a_limit() -> None:
    async def scene(store: Store) -> list[bool]:
        commit = GroupCommit(store.insert_many)
        return list(await asyncio.gather(*(commit.put({"_id": n}) for n in range(2500))))

    store = Store()

    assert asyncio.run(scene(store)) == [True] * 2500
    assert [len(batch) for batch in store.batches] == [1000, 1000, 500]


def test_each_waiter_gets_its_own_outcome() -> None:
    async def scene(store: Store) -> list[Any]:
        commit = GroupCommit(store.insert_many)
        outcomes = [True, False, StorageError("refused"), True]
        waits = [commit.put({"_id": n, "outcome": outcome}) for n, outcome in enumerate(outcomes)]
        return list(await asyncio.gather(*waits, return_exceptions=True))

    first, second, third, fourth = asyncio.run(scene(Store()))

    assert (first, second, fourth) == (True, False, True)
    assert isinstance(third, StorageError)


def test_a_failure_reaches_every_waiter_of_its_batch_and_no_later_one() -> None:
    async def scene(store: Store) -> tuple[list[Any], bool]:
        commit = GroupCommit(store.insert_many)
        failed = await asyncio.gather(*(commit.put({"_id": n}) for n in range(5)), return_exceptions=True)
        return list(failed), await commit.put({"_id": 5})

    store = Store()
    store.failures.append(StoreUnavailable("away"))
    failed, later = asyncio.run(scene(store))

    assert [type(outcome) for outcome in failed] == [StoreUnavailable] * 5
    assert later is True


def test_a_waiter_that_is_cancelled_harms_nobody_and_its_text_is_stored() -> None:
    async def scene(store: Store) -> list[Any]:
        commit = GroupCommit(store.insert_many)
        waits = [asyncio.ensure_future(commit.put({"_id": n})) for n in range(3)]
        await store.until_entered()
        later = [asyncio.ensure_future(commit.put({"_id": n})) for n in range(3, 6)]
        await asyncio.sleep(0)
        waits[1].cancel()
        later[0].cancel()
        store.open.set()
        return list(await asyncio.gather(*waits, *later, return_exceptions=True))

    store = Store(held=True)
    outcomes = asyncio.run(scene(store))

    assert [outcome is True for outcome in outcomes] == [True, False, True, False, True, True]
    assert store.batches == [[0, 1, 2], [3, 4, 5]]


def test_a_loop_that_ends_leaves_no_waiter_behind() -> None:
    async def scene(store: Store) -> Any:
        commit = GroupCommit(store.insert_many)
        waits = [asyncio.ensure_future(commit.put({"_id": n})) for n in range(3)]
        await store.until_entered()
        assert commit._commits is not None
        commit._commits.cancel()
        outcomes = await asyncio.gather(*waits, return_exceptions=True)
        store.open.set()
        return outcomes

    outcomes = asyncio.run(scene(Store(held=True)))

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 3


def test_many_arrivals_are_durable_in_few_writes_of_a_real_mongod(log: MessageLog, text: Text) -> None:
    sizes: list[int] = []

    def insert_many(documents: list[Document]) -> list[bool | StorageError]:
        sizes.append(len(documents))
        return log.insert_many(documents)

    async def scene() -> list[bool]:
        commit = GroupCommit(insert_many)

        async def sender() -> list[bool]:
            return [await commit.put(text()) for _ in range(10)]

        return [stored for each in await asyncio.gather(*(sender() for _ in range(64))) for stored in each]

    assert asyncio.run(scene()) == [True] * 640
    assert sum(sizes) == 640
    assert len(sizes) <= 640 // 8


def test_of_one_text_delivered_many_times_at_once_one_is_stored(log: MessageLog, text: Text) -> None:
    document = text()

    async def scene() -> list[bool]:
        commit = GroupCommit(log.insert_many)
        return list(await asyncio.gather(*(commit.put(document) for _ in range(50))))

    assert sum(asyncio.run(scene())) == 1


@pytest.mark.parametrize("count", [0, 2])
def test_a_store_that_miscounts_is_an_error_for_everybody(count: int) -> None:
    async def scene() -> list[Any]:
        commit = GroupCommit(lambda documents: [True] * count)
        return list(await asyncio.gather(commit.put({"_id": 0}), return_exceptions=True))

    (outcome,) = asyncio.run(asyncio.wait_for(scene(), 5))

    assert isinstance(outcome, BaseException)
