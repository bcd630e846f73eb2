"""Which texts are meant, as a filter that MongoDB applies."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from twilio_nb.errors import ConfigurationError

_DIRECTIONS = ("inbound", "outbound", "outbound-api", "outbound-reply", "outbound-call")

#: The first and the last moment that Python's datetimes have.
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Which(TypedDict, total=False):
    """The arguments that choose texts; `condition` says what each means."""

    direction: str | None
    with_: str | None
    since: datetime | None
    until: datetime | None
    words: str | Sequence[str] | None
    webhook: str | None
    status: str | Sequence[str] | None


def condition(
    service: str | None = None,
    *,
    direction: str | None = None,
    with_: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    words: str | Sequence[str] | None = None,
    webhook: str | None = None,
    status: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the filter for texts that meet all that is given.

    Parameters
    ----------
    service : str, optional
        Only those of one service.
    direction : str, optional
        "inbound", "outbound" (however it was sent), or one of Twilio's own words, such as "outbound-reply".
    with_ : str, optional
        Only those from or to this address, as it is stored.
    since, until : datetime, optional
        Only those at or after, and before, an aware time.
    words : str or sequence of str, optional
        Only those whose body has each of these words, whole, in upper or lower case; the words of a
        string are parted by blanks, and an item of a sequence may be a phrase.
    webhook : str, optional
        Only those that came in by this webhook.
    status : str or sequence of str, optional
        Only those whose status is this, or one of these.

    Returns
    -------
    dict
        For ``find`` or ``$match``.

    Raises
    ------
    ConfigurationError
        If a time is not aware, a direction not known, or an argument of another type than it should be.
    """
    wanted: dict[str, Any] = {}
    # An object instead of a text would be an operator of MongoDB's.
    if service is not None:
        wanted["service"] = _text("service", service)
    if webhook is not None:
        wanted["webhook"] = _text("webhook", webhook)
    if direction is not None:
        word = _text("direction", direction)
        if word not in _DIRECTIONS:
            message = f"There is no direction {word!r}; choose {', '.join(_DIRECTIONS)}."
            raise ConfigurationError(message)
        wanted["direction"] = {"$regex": "^outbound"} if word == "outbound" else word
    if status is not None:
        wanted["status"] = {"$in": _texts("status", status)}
    if with_ is not None:
        address = _text("with_", with_)
        wanted["$or"] = [{"from": address}, {"to": address}]
    if words is not None and (found := _texts("words", words)):
        wanted["$and"] = [{"body": {"$regex": _whole(word), "$options": "i"}} for word in found]
    if since is not None or until is not None:
        # A date beyond the year 9999 is null in a frame, and within no bounds.
        wanted["time"] = {"$gte": FIRST if since is None else aware(since)}
        wanted["time"] |= {"$lte": LAST} if until is None else {"$lt": aware(until)}
    return wanted


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        # Not what it is: the representation of a phone, for one, is its conversation.
        message = f"{name} takes a string, and a {type(value).__name__} is none."
        raise ConfigurationError(message)
    return str(value)


def _texts(name: str, value: Any) -> list[str]:
    texts = (
        value.split() if isinstance(value, str) else list(value) if isinstance(value, Iterable) else [value]
    )
    for text in texts:
        if not isinstance(text, str):
            message = f"{name} takes a string or several, and a {type(text).__name__} is none."
            raise ConfigurationError(message)
    return [text for text in texts if text.strip()]


def _whole(phrase: str) -> str:
    """Return a pattern that finds words as they stand in a text, with whatever blanks between them."""
    words = r"\s+".join(re.escape(word).replace("\0", r"\x00") for word in phrase.split())
    return rf"(?<![\p{{L}}\p{{N}}_]){words}(?![\p{{L}}\p{{N}}_])"


def aware(moment: Any) -> datetime:
    """Return a time that says in which zone it is.

    Parameters
    ----------
    moment : object
        What somebody gave.

    Returns
    -------
    datetime
        The same.

    Raises
    ------
    ConfigurationError
        If it is no datetime, or a naive one.
    """
    if not isinstance(moment, datetime) or moment != moment:  # "1h", as the magic takes it; pandas' NaT
        message = (
            f"{moment!r} is no time; give an aware datetime, such as datetime.now(UTC) - timedelta(hours=1)."
        )
        raise ConfigurationError(message)
    if moment.tzinfo is None:
        message = f"{moment!r} has no time zone; .replace(tzinfo=UTC) gives it one, with UTC from datetime."
        raise ConfigurationError(message)
    return moment
