"""The account's messages, as Twilio keeps and shows them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.segments import segments
from twilio_nb.sandbox.news import News

if TYPE_CHECKING:
    from twilio_nb.sandbox.media import Media

API_VERSION = "2010-04-01"
PRICE = 0.0079
"""US dollars for a segment, as Twilio charged in the United States when this was written."""


@dataclass(eq=False)
class Message:
    """One message, inbound or outbound.

    Attributes
    ----------
    sequence : int
        Its place among the account's messages, from 1.
    from_ : str
        The sender; empty until a Messaging Service has chosen one.
    status : str
        Twilio's word for where it stands.
    media : list of Media
        Its files, oldest first.
    messaging_service_sid : str or None
        The Messaging Service that sends it, or that its number belongs to.
    status_callback : str or None
        Where the changes of `status` are posted.
    due : float or None
        When a scheduled message goes out, in seconds of the account's clock.
    sent : datetime or None
        When it went out to the phone, or to the webhook.
    news : News or None
        Who is told of changes.
    change : int
        Its place among all changes.
    asking : bool
        Whether the webhook that answers it is being called.
    """

    account_sid: str
    sequence: int
    direction: str
    to: str
    from_: str
    body: str
    status: str
    media: "list[Media]" = field(default_factory=list)
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    due: float | None = None
    sent: datetime | None = None
    price: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    sid: str = ""
    num_media: int = 0
    error_code: int | None = None
    error_message: str | None = None
    news: News | None = None
    change: int = 0
    asking: bool = False

    def __post_init__(self) -> None:
        self.sid = ("MM" if self.media else "SM") + uuid.uuid4().hex
        self.num_media = len(self.media)  # as it was sent, also when files are deleted later
        for place, media in enumerate(self.media, 1):
            media.parent_sid, media.sequence = self.sid, place
        # Billed as it was sent, also when redacted later; what is no SMS has no segments.
        self._segments = 1 if self.media or ":" in self.to else segments(self.body).count
        self.note()

    def note(self) -> None:
        """Say that it is new, or changed."""
        if self.news is not None:
            self.news.note(self)

    @property
    def on_phone(self) -> bool:
        """Whether a phone shows it: one that sent it, or one that has got it."""
        return self.direction == "inbound" or self.status in ("sent", "delivered", "read")

    @property
    def phone(self) -> str:
        """The phone that sent it, or that it is for."""
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def num_segments(self) -> int:
        """Segments it is billed as: none until it has a sender."""
        return self._segments if self.from_ else 0

    @property
    def uri(self) -> str:
        """Path of the message on api.twilio.com, without its suffix."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"

    def move(self, status: str) -> None:
        """Note a new status and when it came."""
        self.status = status
        self.updated = datetime.now(UTC)
        if status == "sent":
            self.sent = self.updated
        elif status in ("delivered", "undelivered"):
            self.price = f"-{self.num_segments * PRICE:.5f}"
        self.note()

    def record(self) -> dict[str, Any]:
        """Show the message as the REST API does: numbers are strings, dates RFC 2822."""
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": rfc2822(self.sent),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "from": self.from_ or None,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": str(self.num_media),
            "num_segments": str(self.num_segments),
            "price": self.price,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{self.uri}/Media.json"},
            "to": self.to,
            "uri": f"{self.uri}.json",
        }


class MessageLog:
    """All messages of an account, in memory.

    Parameters
    ----------
    account_sid : str
        The account they belong to.
    news : News
        Who is told of what is new.
    """

    def __init__(self, account_sid: str, news: News) -> None:
        self._account_sid = account_sid
        self._news = news
        self._messages: dict[str, Message] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Message]:
        """All messages, oldest first."""
        return iter(list(self._messages.values()))

    def add(self, **values: Any) -> Message:
        """Keep a new message of these values and return it."""
        self._count += 1
        message = Message(account_sid=self._account_sid, sequence=self._count, news=self._news, **values)
        self._messages[message.sid] = message
        return message

    def get(self, sid: str) -> Message | None:
        """Return the message of this SID, or None."""
        return self._messages.get(sid)

    def delete(self, sid: str) -> None:
        """Forget a message."""
        self._messages.pop(sid, None)
        self._news.forget(sid)


def rfc2822(time: datetime | None) -> str | None:
    """Write a date as the API of 2010 does; None stays None."""
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000") if time else None
