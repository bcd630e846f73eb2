"""The queue of one webhook: its texts in order of arrival, no more at a time than its handler allows."""

import asyncio
import time
from collections import deque
from concurrent.futures import Future

from twilio_nb.errors import HandlerTimeout
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.runs import Text, run, run_async
from twilio_nb.receiving.threads import DaemonThreads, LoopThread, handlers_loop

_PATIENCE = 60.0
_PATIENCE_IN_TIMEOUTS = 6
_CANCELLED_WITHIN = 1.0  # seconds in which a cancelled task ends, unless it holds up its whole loop

_threads = DaemonThreads("twilio_nb handler")


def start(handler: Handler, text: Text, cell: Cell | None = None) -> "Future[Outcome]":
    """Start a handler in a thread of its own, or on the handlers' loop.

    Parameters
    ----------
    handler : Handler
        What to run.
    text : Text
        What to run it on.
    cell : Cell, optional
        Where its output appears; by default the cell that defined it.

    Returns
    -------
    concurrent.futures.Future
        The outcome. It can be cancelled while an ``async def`` handler waits for something.
    """
    if handler.is_async:
        return handlers_loop.thread().submit(run_async(handler, text, cell))
    return _threads.submit(run, handler, text, cell)


class Lane:
    """One webhook's queue. All its methods are called on the transport's loop.

    Parameters
    ----------
    handler : Handler
        What its texts are run on.

    Attributes
    ----------
    handler : Handler
        May be replaced at any time: texts that are running finish, those that wait get the new one.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def run(self, text: Text) -> Outcome:
        """Run the handler on a text when its turn has come.

        Parameters
        ----------
        text : Text
            The text.

        Returns
        -------
        Outcome
            Always: of a handler that does not end, it says so, and the next text has its turn.
        """
        if self._waiting or self._running >= self.handler.concurrency:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            self._admit()
            await turn
        else:
            self._running += 1
        try:
            return await self._ended(self.handler, text)
        finally:
            self._running -= 1
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self._running < self.handler.concurrency:
            self._running += 1
            self._waiting.popleft().set_result(None)

    async def _ended(self, handler: Handler, text: Text) -> Outcome:
        patience = max(_PATIENCE, _PATIENCE_IN_TIMEOUTS * handler.timeout)
        thread = handlers_loop.thread() if handler.is_async else None
        began = time.monotonic()
        running = start(handler, text)
        await asyncio.wait([asyncio.wrap_future(running)], timeout=patience)
        if running.done() and not running.cancelled():
            return _result(running)
        message = (
            f"{handler.function_name} has not ended after {patience:.0f} s and was abandoned, so that the "
            "next texts go on; this one stays without an answer. What it is running cannot be stopped."
        )
        handler.cell.say(message)
        running.add_done_callback(lambda _: _say_ended(handler, time.monotonic() - began))
        if thread is not None:
            running.cancel()
            asyncio.get_running_loop().create_task(_free(thread))
        return Outcome(
            ok=False,
            error=f"{HandlerTimeout.__name__}: no end after {patience:.0f} s; abandoned",
            duration=patience,
        )


async def _free(thread: LoopThread) -> None:
    """Replace the handlers' loop if the handler that was abandoned blocks it."""
    sign_of_life: Future[None] = Future()
    thread.loop.call_soon_threadsafe(sign_of_life.set_result, None)
    await asyncio.wait([asyncio.wrap_future(sign_of_life)], timeout=_CANCELLED_WITHIN)
    if not sign_of_life.done():
        handlers_loop.replace(thread)


def _result(running: "Future[Outcome]") -> Outcome:
    error = running.exception()  # an object of the handler's that cannot even be shown
    if error is not None:
        return Outcome(ok=False, error=f"{type(error).__name__}, raised while the outcome was shown")
    return running.result()


def _say_ended(handler: Handler, seconds: float) -> None:
    handler.cell.say(f"{handler.function_name}, abandoned before, ended after {seconds:.0f} s.")
