"""Messages that go out later: https://www.twilio.com/docs/messaging/features/message-scheduling."""

from datetime import UTC, datetime

from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.forms import first
from twilio_nb.sandbox.settings import Form

EARLIEST, LATEST = 300, 35 * 24 * 3600
"""Seconds from the request to when the message goes out."""


def delay(form: Form, *, has_service: bool, now: datetime | None = None) -> float | None:
    """Return for how many seconds a request postpones its message; None if it does not.

    Parameters
    ----------
    form : mapping of str to list of str
        The request's parameters; SendAt alone, without ScheduleType, postpones nothing.
    has_service : bool
        Whether a Messaging Service sends it.
    now : datetime, optional
        When the request came, aware; by default at this moment.

    Raises
    ------
    Refusal
        If the time is missing (35111), none (35115), or too near or too far (35117), or no
        Messaging Service sends it (35118).
    """
    kind, text = first(form, "ScheduleType"), first(form, "SendAt")
    if not kind:
        return None
    if kind != "fixed":
        raise Refusal(20001, what=f"ScheduleType={kind}")
    if not has_service:
        raise Refusal(35118)
    if not text:
        raise Refusal(35111)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(35115, what=text[:40]) from None
    now = now or datetime.now(UTC)
    seconds = (time.replace(tzinfo=time.tzinfo or UTC) - now).total_seconds()
    if not EARLIEST <= seconds <= LATEST:
        raise Refusal(35117)
    return seconds
