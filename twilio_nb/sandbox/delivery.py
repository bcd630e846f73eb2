"""The way of a message out: queued, sent, delivered, and a status callback for each step."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.webhooks import Caller, CallFailed, Form

PACE = 0.02
"""Seconds a message stays queued, and then sent, unless the sandbox is told otherwise."""


class Delivery:
    """Moves messages to their phones in the background.

    Parameters
    ----------
    account : Account
        Whose messages these are.
    caller : Caller
        Posts the callbacks.
    pace : float, optional
        Seconds between two states.
    """

    def __init__(self, account: Account, caller: Caller, pace: float = PACE) -> None:
        self._account = account
        self._caller = caller
        self._pace = pace
        self._tasks: set[asyncio.Task[None]] = set()

    def dispatch(self, message: Message) -> asyncio.Event:
        """Send a queued message on its way.

        Returns
        -------
        asyncio.Event
            Set once the message is on the phone.
        """
        arrived = asyncio.Event()
        self._start(self._life(message, arrived))
        return arrived

    def cancel(self, message: Message) -> None:
        """Stop a message that has not been sent yet, and say so to its status callback."""
        message.move("canceled")
        self._start(self._report(message, None))

    async def close(self) -> None:
        """Drop whatever is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _life(self, message: Message, arrived: asyncio.Event) -> None:
        reported = None
        for status in ("sent", "delivered"):
            await asyncio.sleep(self._pace)
            if message.status == "canceled":
                break
            message.move(status)
            arrived.set()
            reported = self._start(self._report(message, reported))
        arrived.set()

    async def _report(self, message: Message, earlier: asyncio.Task[None] | None) -> None:
        """Post the message's state as it is now; after the callback of the state before it.

        A slow callback holds up the next callback of this message, and not the message.
        """
        if not message.status_callback:
            return
        form = self._form(message)
        if earlier:
            await asyncio.wait([earlier])
        try:
            await self._caller.call(message.status_callback, form)
        except CallFailed as failure:
            self._account.notify(
                failure.code,
                f"Status callback ({form[-1][1]}): {failure}",
                message_sid=message.sid,
                url=message.status_callback,
                method="POST",
            )

    def _form(self, message: Message) -> Form:
        form = [
            ("SmsSid", message.sid),
            ("SmsStatus", message.status),
            ("To", message.to),
            ("MessageSid", message.sid),
            ("AccountSid", self._account.sid),
            ("From", message.from_),
            ("ApiVersion", API_VERSION),
        ]
        if message.status == "delivered":
            form.append(("RawDlrDoneDate", datetime.now(UTC).strftime("%y%m%d%H%M")))
        return [*form, ("MessageStatus", message.status)]

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
        return task
