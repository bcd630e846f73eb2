"""A text, and what came of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from twilio_nb.sandbox.messages import Message
from twilio_nb.sandbox.wire import Form


@dataclass
class Exchange:
    """A text, and what came of it.

    Attributes
    ----------
    inbound : Message
        The text as the account received it.
    form : sequence of (str, str)
        The fields of its webhook.
    own_reply : Message or None
        What Twilio answered by itself.
    sent : list of Message
        What the webhook's answers sent, on its way or not.
    error : dict or None
        Code and message of the first thing that went wrong.
    note : str
        What Twilio tells nobody, and who tests should know.
    """

    inbound: Message
    form: Form
    own_reply: Message | None = None
    sent: list[Message] = field(default_factory=list)
    error: dict[str, Any] | None = None
    note: str = ""
    _arrivals: list[asyncio.Event] = field(default_factory=list)

    def add(self, message: Message, arrived: asyncio.Event) -> None:
        """Note a message that a webhook's answer sent."""
        self.sent.append(message)
        self._arrivals.append(arrived)

    def blame(self, code: int, text: str) -> None:
        """Note what went wrong, if it is the first."""
        self.error = self.error or {"code": code, "message": text}

    async def settled(self) -> None:
        """Wait until each message is on its phone, or never will be."""
        for arrived in self._arrivals:
            await arrived.wait()

    def record(self) -> dict[str, Any]:
        """Return the exchange as JSON; its replies are what reached a phone."""
        arrived = [message for message in self.sent if message.on_phone]
        replies = [self.own_reply, *arrived] if self.own_reply else arrived
        return {
            "inbound": shown(self.inbound),
            "replies": [shown(reply) for reply in replies],
            "own_reply": self.own_reply and self.own_reply.sid,
            "error": self.error,
            "note": self.note or None,
        }


def shown(message: Message) -> dict[str, Any]:
    """Return a message's REST record, and what a phone would show: its files, its exact time, if it is being answered.

    ``change`` counts all changes of messages; of two records of the same message the one with the greater is newer.
    """
    return {
        **message.record(),
        "media_url": [media.url for media in message.media],
        "media_type": [media.content_type for media in message.media],
        "time": message.created.isoformat(timespec="microseconds"),
        "asking": message.asking,
        "change": message.change,
    }
