"""The way of a message out: queued, sent, and delivered or not, and a status callback for each step."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.callbacks import Callbacks, Posting
from twilio_nb.sandbox.media import LARGEST, accepted
from twilio_nb.sandbox.messages import Message
from twilio_nb.sandbox.outcomes import Outcome, Outcomes
from twilio_nb.sandbox.overrides import OFF_THIS_MACHINE, CallFailed
from twilio_nb.sandbox.webhooks import Caller
from twilio_nb.sandbox.whatsapp import channel

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
        """Send a message on its way.

        Parameters
        ----------
        message : Message
            Queued, accepted or scheduled.
        outcome : Outcome, optional
            How it ends; by default as its recipient or the controls say, else delivered.

        Returns
        -------
        asyncio.Event
            Set once the message is on the phone, or never will be.
        """
        arrived = asyncio.Event()
        self._start(self._life(message, outcome or self._outcome(message), arrived))
        return arrived

    def _outcome(self, message: Message) -> Outcome:
        outcome = self.outcomes.take(message.to)
        if (
            channel(message.to)
            and not outcome.error_code
            and (code := self._account.whatsapp.bars(message.to))
        ):
            return Outcome.failing(code)
        return outcome

    def cancel(self, message: Message) -> None:
        """Stop a message that is still scheduled, and say so to its status callback."""
        message.move("canceled")
        self._callbacks(message, Outcome()).report()

    async def close(self) -> None:
        """Drop whatever is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _life(self, message: Message, outcome: Outcome, arrived: asyncio.Event) -> None:
        if message.due is not None:
            await self._account.clock.reach(message.due)
        if message.status == "canceled":
            return
        callbacks = self._callbacks(message, outcome)
        if message.status != "queued":
            await asyncio.sleep(self._pace)
            outcome = self._assign(message) or outcome
            message.move("queued")
            callbacks.report()
        outcome = await self._fetch(message) or outcome
        for status in (*outcome.path, *(["read"] if _is_read(message, outcome) else [])):
            await asyncio.sleep(self._pace)
            if status == outcome.status:
                self._explain(message, outcome)
            message.move(status)
            if outcome.status in (status, "delivered"):
                arrived.set()
            callbacks.report()
        arrived.set()
        callbacks.release()

    def _callbacks(self, message: Message, outcome: Outcome) -> Callbacks:
        return Callbacks(self._account, self._caller, self._start, message, outcome.callbacks)

    def _assign(self, message: Message) -> Outcome | None:
        """Let the Messaging Service choose a sender; return the message's end if it may not, or cannot, any more."""
        service = self._account.services.get(message.messaging_service_sid or "")
        if service and self._account.opt_outs.stopped(service.sid, message.to):
            return Outcome.failing(21610)  # since it was scheduled
        if message.from_:
            return None
        number = service.choose(message.to) if service else None
        if number is None:
            return Outcome.failing(21703)
        message.from_ = number.phone_number
        return None

    async def _fetch(self, message: Message) -> Outcome | None:
        """Fetch the message's files; return its end if one cannot be had, or not be sent."""
        left = LARGEST[channel(message.to)]
        for media in message.media:
            try:
                content_type, content = await self._caller.fetch(media.source, left)
                if not accepted(content_type):
                    text = f"Messages carry no files of type {content_type or 'unknown'}."
                    raise CallFailed(12300, text)
            except CallFailed as failure:
                self._account.notify(
                    failure.code, str(failure), message_sid=message.sid, url=media.source, method="GET"
                )
                if failure.code != OFF_THIS_MACHINE:
                    return Outcome.failing(failure.code)
            else:
                media.fill(content_type, content)
                left -= len(content)
        return None

    def _explain(self, message: Message, outcome: Outcome) -> None:
        """Note why a message does not arrive."""
        if outcome.error_code:
            message.error_code, message.error_message = outcome.error_code, outcome.error_message
            text = f"The message ended as {outcome.status}: {outcome.error_message or 'no reason given'}."
            self._account.notify(outcome.error_code, text, message_sid=message.sid)

    def _start(self, work: Coroutine[Any, Any, None]) -> Posting:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
        return task


def _is_read(message: Message, outcome: Outcome) -> bool:
    """Whether its reader's phone says so: WhatsApp's do."""
    return outcome.status == "delivered" and channel(message.to) == "whatsapp"
