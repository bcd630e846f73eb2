"""What is new on the phones, for who waits for it: a long poll, by which a phone on a screen hears its texts."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import TYPE_CHECKING

from twilio_nb.sandbox.errors import Refusal

if TYPE_CHECKING:
    from twilio_nb.sandbox.messages import Message

PATIENCE = 20.0
"""Seconds after which who waits is answered all the same."""
MOST_WAITING = 64
MOST_AT_ONCE = 200


class News:
    """The messages in the order in which they changed last.

    Places in this order belong to one run of the sandbox, which forgets its messages when it ends; a place of an
    earlier run is told by its mark.
    """

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex[:8]
        self._count = 0
        self._changed: dict[str, Message] = {}
        self._bell = asyncio.Event()
        self._waiting = 0

    @property
    def place(self) -> str:
        """Where the order ends now."""
        return f"{self._run}-{self._count}"

    def note(self, message: Message) -> None:
        """Take a message that is new, or that changed."""
        self._count += 1
        message.change = self._count
        self._changed.pop(message.sid, None)
        self._changed[message.sid] = message
        self._bell.set()
        self._bell = asyncio.Event()

    def forget(self, sid: str) -> None:
        """Drop a message that was deleted."""
        self._changed.pop(sid, None)

    async def after(self, place: str) -> tuple[list[Message], str, bool]:
        """Wait until something on a phone is new since a place.

        Parameters
        ----------
        place : str
            Where the last answer ended; empty for one that comes at once.

        Returns
        -------
        messages : list of Message
            What changed, in this order, 200 at most; empty after `PATIENCE`.
        place : str
            Where this answer ends.
        lost : bool
            Whether the place was one of an earlier run, whose messages are gone.

        Raises
        ------
        Refusal
            If too many wait already (20429).
        """
        run, _, number = place.partition("-")
        if run != self._run or not number.isdecimal():
            return [], self.place, bool(place)
        if self._waiting >= MOST_WAITING:
            raise Refusal(20429)
        self._waiting += 1
        found: list[Message] = []
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    while not (found := self._since(int(number))):
                        await self._bell.wait()
        finally:
            self._waiting -= 1
        full = len(found) == MOST_AT_ONCE
        return found, f"{run}-{found[-1].change}" if full else self.place, False

    def _since(self, number: int) -> list[Message]:
        found = []
        for message in reversed(self._changed.values()):
            if message.change <= number:
                break
            if message.on_phone:
                found.append(message)
        return found[::-1][:MOST_AT_ONCE]
