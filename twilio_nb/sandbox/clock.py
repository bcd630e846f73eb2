"""The account's clock: seconds that pass by themselves, and at the word of who tests."""

import asyncio
import contextlib
import time


class Clock:
    """Tells seconds and never goes back; for what waits or expires, not for dates."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved = asyncio.Event()

    def __call__(self) -> float:
        """Return the seconds since some moment of the past."""
        return time.monotonic() + self._ahead

    def skip(self, seconds: float) -> None:
        """Let time pass at once: what waits for it happens, what it outdates expires."""
        self._ahead += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def reach(self, moment: float) -> None:
        """Wait until the clock shows this many seconds."""
        while (left := moment - self()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._moved.wait()
