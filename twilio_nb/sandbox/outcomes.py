"""How a message ends: delivered, unless its number or somebody at the controls says otherwise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from twilio_nb.sandbox.errors import Refusal

ENDINGS: dict[int, tuple[str, str]] = {
    11200: ("failed", "Media could not be retrieved"),
    11205: ("failed", "No connection to the host of the media"),
    11751: ("failed", "Media exceeds the size limit"),
    12300: ("failed", "Media of a type that messages do not carry"),
    14107: ("failed", "Too many replies between two numbers in a short time"),
    21610: ("failed", "Attempt to send to unsubscribed recipient"),
    21703: ("failed", "The Messaging Service has no phone number to send from"),
    30001: ("failed", "Queue overflow"),
    30002: ("failed", "Account suspended"),
    30003: ("undelivered", "Unreachable destination handset"),
    30004: ("undelivered", "Message blocked"),
    30005: ("undelivered", "Unknown destination handset"),
    30006: ("undelivered", "Landline or unreachable carrier"),
    30007: ("undelivered", "Message filtered"),
    30008: ("undelivered", "Unknown error"),
    30022: ("undelivered", "US A2P 10DLC rate limits exceeded"),
    30032: ("undelivered", "Toll-free number has not been verified"),
    30034: ("undelivered", "Message from an unregistered number"),
    30036: ("failed", "Validity period expired"),
    30044: ("failed", "Trial message length exceeded"),
    30450: ("failed", "Message delivery blocked"),
    63003: ("failed", "Channel could not find the 'To' address"),
    63015: ("failed", "The 'To' address has not joined the sandbox of the channel"),
    63016: ("undelivered", "Free-form message outside the allowed window; use a template"),
    63017: ("failed", "Rate limit of the account on the channel exceeded"),
    63018: ("failed", "Rate limit of the channel exceeded"),
    63024: ("undelivered", "Invalid recipient of the message"),
    63038: ("failed", "Daily message limit of the account exceeded"),
}
"""The status a code comes with, and its name. What Twilio stops has failed; what a carrier stops is undelivered."""

MAGIC = "+150050"
"""A recipient of this and a code of `ENDINGS`, such as +15005030003, always meets that end."""

CALLBACKS = ("in order", "repeated", "out of order", "lost")

EXPECTED = (
    "the body is {to, error_code, status, callbacks, times} as JSON; error_code has five digits, status is "
    f"failed or undelivered, callbacks one of {', '.join(CALLBACKS)}, times a number from 1 or null"
)


@dataclass(frozen=True)
class Outcome:
    """One way for a message to end.

    Attributes
    ----------
    status : {"delivered", "undelivered", "failed"}
        Its last status.
    error_code : int or None
        Twilio's code for why.
    callbacks : str
        How its status callbacks travel, one of `CALLBACKS`.
    """

    status: str = "delivered"
    error_code: int | None = None
    callbacks: str = "in order"

    @classmethod
    def failing(cls, code: int) -> "Outcome":
        """Return the end that Twilio would make with this code."""
        return cls(ENDINGS[code][0] if code in ENDINGS else "failed", code)

    @property
    def error_message(self) -> str | None:
        """The name of its code."""
        return ENDINGS.get(self.error_code or 0, ("", None))[1]

    @property
    def path(self) -> tuple[str, ...]:
        """The statuses a queued message goes through: what failed was never sent."""
        return ("failed",) if self.status == "failed" else ("sent", self.status)


@dataclass
class _Told:
    to: str | None
    times: int | None
    outcome: Outcome


class Outcomes:
    """What was told about the next messages."""

    def __init__(self) -> None:
        self._told: list[_Told] = []

    def tell(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Take an order from the controls.

        Parameters
        ----------
        given : mapping
            ``to``: the recipient, all of them if missing. ``error_code``: why its messages end badly.
            ``status``: how, by default as Twilio does with that code. ``callbacks``: one of `CALLBACKS`.
            ``times``: how many messages are concerned, by default 1; null until told otherwise.

        Returns
        -------
        dict
            The order, complete.

        Raises
        ------
        Refusal
            If it makes no sense (20001).
        """
        to, code, status = given.get("to"), given.get("error_code"), given.get("status")
        times, callbacks = given.get("times", 1), given.get("callbacks", "in order")
        if not (
            set(given) <= {"to", "error_code", "status", "callbacks", "times"}
            and (to is None or (isinstance(to, str) and to))
            and (code is None or (type(code) is int and 10_000 <= code < 100_000))
            and (status is None or (code and status in ("failed", "undelivered")))
            and callbacks in CALLBACKS
            and (times is None or (type(times) is int and times > 0))
        ):
            raise Refusal(20001, what=EXPECTED)
        ending = Outcome.failing(code) if code else Outcome()
        outcome = Outcome(status or ending.status, code, callbacks)
        self._told.append(_Told(to, times, outcome))
        return self.left()[-1]

    def take(self, to: str) -> Outcome:
        """Return how the next message to this address ends: as told first and not used up."""
        number = to.rpartition(":")[2]
        for told in self._told:
            if told.to in (None, to, number):
                if told.times is not None:
                    told.times -= 1
                    if not told.times:
                        self._told.remove(told)
                return told.outcome
        code = number.removeprefix(MAGIC) if number.startswith(MAGIC) else ""
        return Outcome.failing(int(code)) if code.isdecimal() and int(code) in ENDINGS else Outcome()

    def left(self) -> list[dict[str, Any]]:
        """Return what is left of the orders."""
        return [{"to": told.to, "times": told.times, **asdict(told.outcome)} for told in self._told]

    def clear(self) -> None:
        """Forget what was told."""
        self._told.clear()
