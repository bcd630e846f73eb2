"""What a text message is: its document, and how that is read from what Twilio sends.

One shape of document holds a message whichever way we learnt of it. Field names are those of Twilio's
REST interface in snake_case, ``_id`` is the Message SID. Nothing here knows MongoDB, HTTP or the time.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from twilio_nb.domain.statuses import Status
from twilio_nb.errors import InvalidMessage

Document = dict[str, Any]
Form = Sequence[tuple[str, str]]


class Direction(StrEnum):
    """Twilio's words for which way a message went."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_CALL = "outbound-call"
    OUTBOUND_REPLY = "outbound-reply"


class HandlingState(StrEnum):
    """How far the handling of an inbound text has come."""

    STORED = "stored"  # nobody is to be asked
    PENDING = "pending"  # somebody is, and nobody has been
    RUNNING = "running"
    ANSWERED = "answered"
    LATE = "late"  # Twilio was answered before the function was done
    FAILED = "failed"
    REFUSED = "refused"  # the webhook's condition did not hold for it
    INTERRUPTED = "interrupted"  # whoever ran it went away


# fmt: off
#: What every message's document has, whichever way the message went.
FIELDS = (
    "_id", "account_sid", "service", "webhook", "messaging_service_sid", "direction", "from", "to", "body",
    "status", "num_segments", "num_media", "media", "error_code", "error_message", "price", "price_unit",
    "date_created", "date_sent", "date_updated", "time", "source",
)
# fmt: on
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_CLOCKS_AGREE = timedelta(seconds=5)
_MOST_MEDIA = 10  # Twilio's own limit; a form cannot make us look for more


def is_sid(text: str) -> bool:
    """Tell whether a text is a Message SID.

    Parameters
    ----------
    text : str
        Anything.

    Returns
    -------
    bool
        True for ``SM`` or ``MM`` and 32 hexadecimal digits.
    """
    return _SID.fullmatch(text) is not None


def storable(value: Any) -> Any:
    r"""Return a value with every lone surrogate replaced by U+FFFD, which is all that UTF-8 cannot hold.

    Parameters
    ----------
    value : object
        A string, or lists, tuples and mappings of them, however deep; anything else is returned as it is.

    Returns
    -------
    object
        The same value, tuples as lists.

    Examples
    --------
    >>> storable(["café", "\ud83d"])
    ['café', '\ufffd']
    """
    if isinstance(value, str):
        if value.isascii():  # most are, and this is the cheapest way to know
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            # UTF-16 joins the two halves of a pair that came apart, and marks a half that stands alone.
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, Mapping):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def inbound(
    form: Form, *, service: str, webhook: str, source: str, time: datetime, store_only: bool
) -> Document:
    """Make the document of a text that arrived.

    Parameters
    ----------
    form : sequence of (str, str)
        The webhook's form as received. Names and values may be anything: they are kept as pairs in
        ``payload``, and none becomes the name of a field.
    service, webhook : str
        Where it arrived.
    source : str
        How it arrived, such as "webhook".
    time : datetime
        When it arrived, aware.
    store_only : bool
        Whether nobody is to be asked for an answer.

    Returns
    -------
    dict
        The document, ready to be stored.

    Raises
    ------
    InvalidMessage
        If the form has no well-formed MessageSid, no From or no To.
    """
    payload: list[list[str]] = storable(form)
    # Of a name that comes twice, the first counts.
    fields = dict(reversed(payload))
    sid = fields.get("MessageSid", "")
    if not is_sid(sid):
        found = "malformed" if sid else "missing"
        message = (
            f"The form is no text message: its MessageSid is {found}; expected SM or MM and 32 hex digits."
        )
        raise InvalidMessage(message)
    for name in ("From", "To"):
        if not fields.get(name):
            message = (
                f"The form is no text message: its {name} is missing or empty, and Twilio always sends one."
            )
            raise InvalidMessage(message)
    num_media = _count(fields.get("NumMedia"), 0)
    media = [
        {"url": fields[f"MediaUrl{n}"], "content_type": fields.get(f"MediaContentType{n}")}
        for n in range(min(num_media, _MOST_MEDIA))
        if f"MediaUrl{n}" in fields
    ]
    handling: Document = {
        "state": (HandlingState.STORED if store_only else HandlingState.PENDING).value,
        "owner": None,
        "lease": None,
        "request_id": None,
        "answer": None,
        "replies": [],
        "error": None,
    }
    return {
        **dict.fromkeys(FIELDS),
        "_id": sid,
        "account_sid": fields.get("AccountSid") or None,
        "service": service,
        "webhook": webhook,
        "messaging_service_sid": fields.get("MessagingServiceSid") or None,
        "direction": Direction.INBOUND.value,
        "from": fields["From"],
        "to": fields["To"],
        "body": fields.get("Body", ""),
        "status": Status.RECEIVED.value,
        "num_segments": _count(fields.get("NumSegments"), 1),
        "num_media": num_media,
        "media": media,
        "time": time,
        "source": source,
        "handling": handling,
        "payload": payload,
    }


def outbound(
    record: Mapping[str, Any], *, service: str, source: str, sent: datetime | None = None
) -> Document:
    """Make the document of a message that left, from Twilio's own record of it.

    Parameters
    ----------
    record : Mapping
        Twilio's REST record with its snake_case keys, aware datetimes, None for what is absent.
    service : str
        The service it belongs to.
    source : str
        How we learnt of it, such as "send".
    sent : datetime, optional
        When we sent it, aware. Twilio's dates are whole seconds, in which a conversation would lose its
        order; ours counts while it agrees with Twilio's to five seconds.

    Returns
    -------
    dict
        The document, ready to be stored. It has no ``handling``: nobody is to answer it.

    Raises
    ------
    InvalidMessage
        If the record has no well-formed SID or no date at all.
    """
    sid = record.get("sid") or ""
    if not is_sid(sid):
        message = "Twilio's record is no text message: expected a sid of SM or MM and 32 hexadecimal digits."
        raise InvalidMessage(message)
    time = record.get("date_created") or record.get("date_sent") or record.get("date_updated")
    if sent is not None and time is not None and abs(sent - time) < _CLOCKS_AGREE:
        time = sent
    if time is None:
        message = f"Twilio's record of {sid} has no date_created, so that it has no place in time."
        raise InvalidMessage(message)
    document: Document = storable({name: record.get(name) for name in FIELDS})
    return document | {
        "_id": sid,
        "service": service,
        "webhook": None,
        "direction": record.get("direction") or Direction.OUTBOUND_API.value,
        "num_segments": _count(record.get("num_segments"), 0),
        "num_media": _count(record.get("num_media"), 0),
        "media": [],
        "error_code": _code(record.get("error_code")),
        "time": time,
        "source": source,
    }


def called_back(form: Form) -> Document:
    """Read what a status callback says of a message, besides its status.

    Parameters
    ----------
    form : sequence of (str, str)
        The callback's form as received.

    Returns
    -------
    dict
        Those of account_sid, messaging_service_sid, from, to and error_code that it holds, else None.
    """
    fields = dict(reversed(storable(form)))
    return {
        "account_sid": fields.get("AccountSid") or None,
        "messaging_service_sid": fields.get("MessagingServiceSid") or None,
        "from": fields.get("From") or None,
        "to": fields.get("To") or None,
        "error_code": _code(fields.get("ErrorCode")),
    }


def _count(value: Any, default: int) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else default


def _code(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 and int(text) else None
