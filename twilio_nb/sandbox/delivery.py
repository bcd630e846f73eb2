"""The way of a message out: queued, sent, and delivered or not, and a status callback for each step."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.outcomes import Outcome, Outcomes
from twilio_nb.sandbox.overrides import CallFailed
from twilio_nb.sandbox.webhooks import Caller, Form

Posting = asyncio.Task[None]

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

    Attributes
    ----------
    outcomes : Outcomes
        How the next messages end.
    """

    def __init__(self, account: Account, caller: Caller, pace: float = PACE) -> None:
        self._account = account
        self._caller = caller
        self._pace = pace
        self.outcomes = Outcomes()
        self._tasks: set[Posting] = set()

    def dispatch(self, message: Message, outcome: Outcome | None = None) -> asyncio.Event:
        """Send a queued message on its way.

        Parameters
        ----------
        message : Message
            Queued.
        outcome : Outcome, optional
            How it ends; by default as its recipient or the controls say, else delivered.

        Returns
        -------
        asyncio.Event
            Set once the message is on the phone, or never will be.
        """
        arrived = asyncio.Event()
        self._start(self._life(message, outcome or self.outcomes.take(message.to), arrived))
        return arrived

    def cancel(self, message: Message) -> None:
        """Stop a message that has not been sent yet, and say so to its status callback."""
        message.move("canceled")
        self._report(message, None)

    async def close(self) -> None:
        """Drop whatever is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _life(self, message: Message, outcome: Outcome, arrived: asyncio.Event) -> None:
        posted, held = None, []
        for status in outcome.path:
            await asyncio.sleep(self._pace)
            if message.status == "canceled":
                break
            if status == outcome.status:
                self._explain(message, outcome)
            message.move(status)
            if outcome.status in (status, "delivered"):
                arrived.set()
            if outcome.callbacks == "out of order":
                held.append(self.form(message, message.status))
            elif outcome.callbacks != "lost":
                posted = self._report(message, posted)
                if outcome.callbacks == "repeated":
                    posted = self._report(message, posted)
        arrived.set()
        for form in reversed(held):
            posted = self._start(self._post(message, form, posted))

    def _explain(self, message: Message, outcome: Outcome) -> None:
        """Note why a message does not arrive."""
        if outcome.error_code:
            message.error_code, message.error_message = outcome.error_code, outcome.error_message
            text = f"The message ended as {outcome.status}: {outcome.error_message or 'no reason given'}."
            self._account.notify(outcome.error_code, text, message_sid=message.sid)

    def _report(self, message: Message, earlier: Posting | None) -> Posting:
        """Post the message's state as it is now; after the callback of the state before it."""
        return self._start(self._post(message, self.form(message, message.status), earlier))

    async def _post(self, message: Message, form: Form, earlier: Posting | None) -> None:
        """Post a callback once the earlier one is through: it holds up the next one, and not the message."""
        if not message.status_callback:
            return
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

    def form(self, message: Message, status: str) -> Form:
        """Return what a webhook is told about a message in this status."""
        form = [
            ("SmsSid", message.sid),
            ("SmsStatus", status),
            ("To", message.to),
            ("MessageSid", message.sid),
            ("AccountSid", self._account.sid),
            ("From", message.from_),
            ("ApiVersion", API_VERSION),
        ]
        if message.error_code:
            form.append(("ErrorCode", str(message.error_code)))
        if status in ("delivered", "undelivered"):
            form.append(("RawDlrDoneDate", datetime.now(UTC).strftime("%y%m%d%H%M")))
        return [*form, ("MessageStatus", status)]

    def _start(self, work: Coroutine[Any, Any, None]) -> Posting:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
        return task
