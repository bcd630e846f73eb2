"""The queue of a webhook."""

import asyncio
import threading
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import Lane
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.runs import Text

NOWHERE = Cell()


def text(body: str) -> Text:
    return Text((("Body", body),))


async def run_all(lane: Lane, count: int) -> list[Outcome]:
    return await asyncio.gather(*(lane.run(text(str(n))) for n in range(count)))


@settings(max_examples=20, deadline=None)
@given(concurrency=st.integers(1, 4), count=st.integers(1, 9))
def test_texts_begin_in_their_order_and_no_more_than_allowed_at_a_time(concurrency: int, count: int) -> None:
    lock = threading.Lock()
    begun: list[str] = []
    running = most = 0

    def work(payload: dict[str, str]) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if concurrency == 1:
                begun.append(payload["Body"])
        time.sleep(0.002)
        with lock:
            running -= 1
        return payload["Body"]

    handler = Handler(work, "s", "w", respond_result=True, concurrency=concurrency, cell=NOWHERE)
    outcomes = asyncio.run(run_all(Lane(handler), count))

    assert [outcome.replies[0].body for outcome in outcomes] == [str(n) for n in range(count)]
    assert most <= concurrency
    assert begun == ([str(n) for n in range(count)] if concurrency == 1 else [])


def test_texts_that_wait_get_the_function_that_replaced_the_old_one() -> None:
    release = threading.Event()

    def old(payload: dict[str, str]) -> str:
        release.wait(5)
        return "old"

    async def replacing() -> list[Outcome]:
        lane = Lane(Handler(old, "s", "w", respond_result=True, cell=NOWHERE))
        running = asyncio.ensure_future(run_all(lane, 3))
        await asyncio.sleep(0.05)
        lane.handler = Handler(lambda payload: "new", "s", "w", respond_result=True, cell=NOWHERE)
        release.set()
        return await running

    assert [outcome.replies[0].body for outcome in asyncio.run(replacing())] == ["old", "new", "new"]


def test_a_higher_concurrency_admits_those_that_wait_with_the_next_text() -> None:
    meet = threading.Barrier(3, timeout=5)

    def work(payload: dict[str, str]) -> str:
        meet.wait()
        return "met"

    async def widening() -> list[Outcome]:
        lane = Lane(Handler(work, "s", "w", respond_result=True, cell=NOWHERE))
        running = asyncio.ensure_future(run_all(lane, 2))
        await asyncio.sleep(0.05)
        lane.handler = Handler(work, "s", "w", respond_result=True, concurrency=3, cell=NOWHERE)
        last = await lane.run(text("third"))
        return [*await running, last]

    assert all(outcome.ok for outcome in asyncio.run(widening()))
