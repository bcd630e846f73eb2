"""Threads that nobody waits for: an event loop of its own, and an executor of daemon threads.

Handlers may block for as long as they like, so nothing here may keep the interpreter from exiting. That
rules out the executors of the standard library, whose threads are joined at exit.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(ThreadPoolExecutor):
    """An executor that starts a fresh daemon thread for each task.

    It is a `ThreadPoolExecutor` in name only, because event loops take nothing else as their default.

    Parameters
    ----------
    name : str
        Name of its threads.
    """

    def __init__(self, name: str) -> None:
        super().__init__(max_workers=1)
        self._name = name

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a thread of its own, at once.

        Returns
        -------
        concurrent.futures.Future
            Its result or exception.
        """
        future: Future[T] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)

        threading.Thread(target=work, name=self._name, daemon=True).start()
        return future


class LoopThread:
    """A daemon thread that runs an event loop until it is stopped.

    Parameters
    ----------
    name : str
        Name of the thread.

    Attributes
    ----------
    loop : asyncio.AbstractEventLoop
        The loop, running from the start.
    """

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        # Also what asyncio.to_thread uses in a handler: its threads must not hold up the exit either.
        self.loop.set_default_executor(DaemonThreads(f"{name} worker"))
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine on the loop, from another thread.

        Returns
        -------
        concurrent.futures.Future
            Its result; cancelling it cancels the coroutine's task.
        """
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def stop(self) -> None:
        """Stop and close the loop as soon as it is free; waits for nothing."""
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        # Where a coroutine was made is what a person must know when it was never awaited.
        sys.set_coroutine_origin_tracking_depth(1)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()


class HandlersLoop:
    """The event loop of all ``async def`` handlers of this process, in a thread of its own.

    It is not the transport's, so that a handler that blocks it holds up other handlers only.
    """

    def __init__(self) -> None:
        self._thread: LoopThread | None = None
        self._pid = 0

    def thread(self) -> LoopThread:
        """Return its thread; a forked process gets a new one."""
        if self._thread is None or self._pid != os.getpid():
            self._thread, self._pid = LoopThread("twilio_nb async handlers"), os.getpid()
        return self._thread

    def replace(self, blocked: LoopThread) -> None:
        """Use another loop from now on; what else runs on a blocked one goes on when it is free again."""
        if self._thread is blocked:
            self._thread = None


handlers_loop = HandlersLoop()
