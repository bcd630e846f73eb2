"""An attempt to send, and how it is found out what became of one whose answer never came.

Twilio knows no key that would make a repetition harmless, so its message log is read. A list can be
filtered by the date of sending, but a queued message has none yet, and a list is sorted by that date: so all
messages to the recipient are asked for, as far as one page holds them, and only beyond that by date.
"""

import hashlib
import json
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio_nb.errors import GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.inventory import PAGE_SIZE, Record
from twilio_nb.storage.messages import MessageLog

# Seconds before each look into Twilio's log, which may be a moment behind.
LOOKS = (0.0, 1.0, 2.0)
# Twilio's dates are whole seconds, on both sides of the comparison.
_SLACK = timedelta(seconds=3)
_TRIAL = "Sent from your Twilio trial account - "


@dataclass(frozen=True)
class Attempt:
    """What was, or is to be, handed to Twilio.

    Attributes
    ----------
    to : str
        Recipient.
    from_, messaging_service_sid : str or None
        Sender: an address, a Messaging Service, or both.
    body : str
        The text, possibly empty.
    media_url : tuple of str
        Addresses of media.
    began : datetime
        When, aware.
    """

    to: str
    from_: str | None
    messaging_service_sid: str | None
    body: str
    media_url: tuple[str, ...] = ()
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def digest(self) -> str:
        """What two attempts at the same message have in common."""
        same = [self.to, self.from_, self.messaging_service_sid, self.body, *self.media_url]
        return hashlib.sha256(json.dumps(same).encode()).hexdigest()

    def to_document(self) -> dict[str, Any]:
        """Return the attempt as MongoDB keeps it."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Attempt":
        """Read what `to_document` returned."""
        return cls(**{**document, "media_url": tuple(document["media_url"])})

    def made(self, record: Record, since: datetime) -> bool:
        """Tell whether a message at Twilio can be what this attempt made.

        Parameters
        ----------
        record : dict
            Twilio's record.
        since : datetime
            When the attempt began by Twilio's clock.
        """
        created = record.get("date_created")
        sender = "messaging_service_sid" if self.messaging_service_sid else "from"
        wanted = self.messaging_service_sid or self.from_
        return (
            record.get("direction") == "outbound-api"
            and record.get("to") == self.to
            and record.get(sender) == wanted
            and (created is None or created >= since)
            and _alike(self.body, record.get("body") or "")
        )


def create(
    gateway: Gateway, log: MessageLog, attempt: Attempt, *, status_callback: str | None
) -> tuple[Record, bool]:
    """Send a message; if it stays open whether that worked, look for it in Twilio's log.

    Parameters
    ----------
    gateway : Gateway
        The way to Twilio.
    log : MessageLog
        Where our messages are: none of them is taken for this one.
    attempt : Attempt
        The message.
    status_callback : str or None
        Where Twilio reports its status.

    Returns
    -------
    record : dict
        Twilio's record.
    found : bool
        Whether it was found in the log, because Twilio's answer had not come.

    Raises
    ------
    GatewayError
        If Twilio refused it; with ``unknown`` true if even the log does not tell (yet).
    """
    try:
        record = gateway.create_message(
            to=attempt.to,
            from_=attempt.from_,
            messaging_service_sid=attempt.messaging_service_sid,
            body=attempt.body or None,
            media_url=attempt.media_url or None,
            status_callback=status_callback,
        )
    except GatewayError as error:
        if not error.unknown:
            raise
        failure = error
    else:
        return record, False
    for pause in LOOKS:
        time.sleep(pause)
        try:
            found = look(gateway, log, attempt)
        except GatewayError:
            break  # the first failure says what to do
        if found is not None:
            return found, True
    raise failure


def look(gateway: Gateway, log: MessageLog, attempt: Attempt) -> Record | None:
    """Look for what an attempt made in Twilio's log.

    Parameters
    ----------
    gateway, log, attempt
        As for `create`.

    Returns
    -------
    dict or None
        Twilio's record; None if there is certainly none at the moment.

    Raises
    ------
    GatewayError
        If the log could not be read, or is too long to be sure of.
    """
    listed = gateway.messages(to=attempt.to, from_=_filter(attempt), limit=PAGE_SIZE)
    since = attempt.began + gateway.clock - _SLACK
    found = _oldest(listed, log, attempt, since)
    if found is not None or len(listed) < PAGE_SIZE:
        return found
    sent = gateway.messages(to=attempt.to, from_=_filter(attempt), date_sent_after=since)
    found = _oldest(sent, log, attempt, since)
    if found is not None:
        return found
    message = (
        f"Twilio's log holds {PAGE_SIZE} messages or more to this recipient, so that one that is still queued "
        "may be hidden: look for it in the console before sending again."
    )
    raise GatewayError(message, unknown=True)


def _filter(attempt: Attempt) -> str | None:
    # A Messaging Service chooses its sender later.
    return None if attempt.messaging_service_sid else attempt.from_


def _oldest(records: Sequence[Record], log: MessageLog, attempt: Attempt, since: datetime) -> Record | None:
    made = [record for record in records if attempt.made(record, since) and not _is_ours(log, record["sid"])]
    return min(made, key=lambda record: record.get("date_created") or since, default=None)


def _is_ours(log: MessageLog, sid: str) -> bool:
    """Tell whether a message was stored when it was sent; its status callbacks alone store less of it."""
    document = log.get(sid)
    return document is not None and document.get("source") in ("send", "reply")


def _alike(ours: str, theirs: str) -> bool:
    """Compare bodies as far as Twilio leaves them alone: it may prefix, re-encode or redact them."""
    if not theirs:
        return True
    return _letters(ours) == _letters(theirs.removeprefix(_TRIAL))


def _letters(text: str) -> str:
    kept = "".join(char for char in unicodedata.normalize("NFKD", text) if char.isalnum())
    return kept or text.strip()
