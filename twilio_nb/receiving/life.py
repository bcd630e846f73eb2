"""When a receiver begins and when it ends."""

import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from twilio_nb.storage.directories import private_file

_WATCH = 0.25  # seconds between two looks at the parent
_RECENT = 60.0  # starts within this many seconds count as a crash loop
_FREE_STARTS = 4
_LONGEST_PAUSE = 10.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


def pause_before_start(directory: Path, now: float) -> float:
    """Record this start, and say how long to wait before it, so that a crash loop does not burn a processor.

    Parameters
    ----------
    directory : Path
        The runtime directory, where recent starts are recorded.
    now : float
        The time in seconds, on the clock of the machine that nobody sets.

    Returns
    -------
    float
        Seconds: none for the first starts within a minute, then twice as long each time, up to ten.

    Examples
    --------
    >>> pause_before_start(directory, time.monotonic())
    0.0
    """
    record = directory / "starts"
    starts: list[float] = []
    with contextlib.suppress(OSError, ValueError):
        starts = [start for start in json.loads(record.read_text()) if 0 <= now - start < _RECENT]
    excess = len(starts) - _FREE_STARTS
    private_file(record, json.dumps([*starts[-20:], now]))
    return 0.0 if excess < 0 else min(_LONGEST_PAUSE, 0.2 * 2**excess)


class Life:
    """When this process ends: on a signal, and when its parent or its directory is gone.

    A thread of its own watches, so that nothing that the event loop does can keep an orphan alive.

    Parameters
    ----------
    directory : Path
        The runtime directory.
    parent : int
        The parent's process id.
    """

    def __init__(self, directory: Path, parent: int) -> None:
        self._directory = directory
        self._parent = parent
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        # Ctrl-C in the terminal and a kernel's interrupt reach the whole process group. They mean the
        # parent, which decides; if it goes, so do we.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        _wake_without_parent()
        threading.Thread(target=self._watch, name="parent", daemon=True).start()

    async def end(self) -> None:
        """Wait for the end."""
        self._ended, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self._ended.wait()

    def _end(self) -> None:
        if self._loop is None or self._ended is None:
            self.over()  # nothing is being served yet
        else:
            self._loop.call_soon_threadsafe(self._ended.set)

    def _watch(self) -> None:
        while os.getppid() == self._parent and self._directory.is_dir():
            time.sleep(_WATCH)
        self._end()
        time.sleep(2.0)
        self._leave_nothing()
        os._exit(1)  # the event loop is stuck

    def _leave_nothing(self) -> None:
        """Remove the parent's directory, which it is no longer there to do."""
        if os.getppid() != self._parent:
            shutil.rmtree(self._directory, ignore_errors=True)

    def over(self) -> None:
        """Leave, now: threads that wait for a store which is away must not be waited for."""
        self._leave_nothing()
        os._exit(0)


def _wake_without_parent() -> None:
    """Have a receiver that was stopped (SIGSTOP, a debugger) go on when its parent ends, to see that.

    Only Linux can do it. It also happens when the thread that started it ends, and does no harm then.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)
