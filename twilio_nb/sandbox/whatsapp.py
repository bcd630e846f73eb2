"""The WhatsApp sandbox that Twilio lends each account: who joined it, and who may be written to.

https://www.twilio.com/docs/whatsapp/sandbox
"""

from collections.abc import Callable, Mapping
from typing import Any

from twilio_nb.sandbox.numbers import Number

CHANNEL = "whatsapp:"
SENDER = "whatsapp:+14155238886"
"""The number that all accounts share; the word with which somebody joins is the account's own."""
JOIN = "join quiet-otter"

DAY = 24 * 3600.0
MEMBERSHIP, WINDOW = 3 * DAY, DAY
"""Seconds after which somebody must join anew, and after whose last text only templates may be sent."""

JOINED = "You have joined the sandbox. It lasts three days."
STRANGER = f"You are in no sandbox. Send {JOIN!r} to join."
"""What Twilio answers, in substance: a program must not depend on its wording."""


class WhatsApp:
    """The account's WhatsApp sandbox.

    Parameters
    ----------
    account_sid : str
        Whose it is.
    clock : callable
        Tells seconds, and never goes back.
    settings : mapping, optional
        What was set in the console, by the keys of a number's record.

    Attributes
    ----------
    number : Number
        The sender, with the addresses where its texts go.
    """

    def __init__(
        self, account_sid: str, clock: Callable[[], float], settings: Mapping[str, str] | None = None
    ) -> None:
        self.number = Number(account_sid, SENDER, settings=dict(settings or {}))
        self._clock = clock
        self._joined: dict[str, float] = {}
        self._heard: dict[str, float] = {}

    def hear(self, phone: str, body: str) -> str | None:
        """Note that somebody wrote; return what Twilio answers instead of asking the webhook, or None."""
        if body.strip().lower() == JOIN:
            self._joined[phone] = self._heard[phone] = self._clock()
            return JOINED
        if not self._member(phone):
            return STRANGER
        self._heard[phone] = self._clock()
        return None

    def bars(self, phone: str) -> int | None:
        """Return why nothing free-form reaches somebody: not a member (63015), too long ago (63016)."""
        if not self._member(phone):
            return 63015
        return None if self._clock() - self._heard[phone] < WINDOW else 63016

    def _member(self, phone: str) -> bool:
        return phone in self._joined and self._clock() - self._joined[phone] < MEMBERSHIP

    def record(self) -> dict[str, Any]:
        """Show what the console's page shows."""
        return {"sender": SENDER, "join": JOIN, **self.number.settings}


def channel(address: str) -> str:
    """Return the channel of an address, such as ``whatsapp``; empty for a plain number."""
    return address.partition(":")[0] if ":" in address else ""
