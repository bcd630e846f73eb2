"""Status callbacks: what they say, and in which order they travel.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.overrides import CallFailed
from twilio_nb.sandbox.webhooks import Caller
from twilio_nb.sandbox.whatsapp import channel
from twilio_nb.sandbox.wire import Form

Posting = asyncio.Task[None]
Start = Callable[[Coroutine[Any, Any, None]], Posting]

INSTALLATION = "XE" + "0" * 32
"""SID of the WhatsApp sandbox among Twilio's installed channels."""


def told(message: Message, status: str) -> Form:
    """Return what a webhook is told about a message in this status."""
    form = [
        ("SmsSid", message.sid),
        ("SmsStatus", status),
        ("To", message.to),
        ("MessageSid", message.sid),
        ("AccountSid", message.account_sid),
        ("ApiVersion", API_VERSION),
    ]
    if message.from_:
        form.append(("From", message.from_))
    if message.messaging_service_sid:
        form.append(("MessagingServiceSid", message.messaging_service_sid))
    if message.error_code:
        form.append(("ErrorCode", str(message.error_code)))
    if prefix := channel(message.to):
        form += [
            ("ChannelInstallSid", INSTALLATION),
            ("ChannelPrefix", prefix),
            ("ChannelToAddress", message.to.removeprefix(f"{prefix}:")),
        ]
        if status in ("delivered", "undelivered", "read"):
            form.append(("EventType", status.upper()))
    elif status in ("delivered", "undelivered"):
        form.append(("RawDlrDoneDate", datetime.now(UTC).strftime("%y%m%d%H%M")))
    return [*form, ("MessageStatus", status)]


class Callbacks:
    """The status callbacks of one message.

    Each waits for the one before it, and none of them holds up the message.

    Parameters
    ----------
    account : Account
        Is told of those that fail.
    caller : Caller
        Posts them.
    start : callable
        Lets work go on in the background.
    message : Message
        Whose they are.
    order : str
        How they travel, one of `outcomes.CALLBACKS`.
    """

    def __init__(self, account: Account, caller: Caller, start: Start, message: Message, order: str) -> None:
        self._account, self._caller, self._start = account, caller, start
        self._message, self._order = message, order
        self._held: list[Form] = []
        self._last: Posting | None = None

    def report(self) -> None:
        """Post the message's status as it is now, if it is one that gets through in time."""
        form = told(self._message, self._message.status)
        if self._order == "out of order":
            self._held.append(form)
        elif self._order != "lost":
            for _ in range(2 if self._order == "repeated" else 1):
                self._post(form)

    def release(self) -> None:
        """Post what was held, the last first."""
        for form in reversed(self._held):
            self._post(form)

    def _post(self, form: Form) -> None:
        if self._message.status_callback:
            self._last = self._start(self._posting(self._message.status_callback, form, self._last))

    async def _posting(self, url: str, form: Form, earlier: Posting | None) -> None:
        if earlier:
            await asyncio.wait([earlier])
        try:
            await self._caller.call(url, form)
        except CallFailed as failure:
            text = f"Status callback ({form[-1][1]}): {failure}"
            self._account.notify(failure.code, text, message_sid=self._message.sid, url=url, method="POST")
