"""Pictures and other files of messages: https://www.twilio.com/docs/messaging/api/media-resource."""

import mimetypes
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.messages import API_VERSION, rfc2822

if TYPE_CHECKING:
    from twilio_nb.sandbox.account import Account

MOST = 10
"""Files of one message."""
LARGEST = {"": 5 * 1024 * 1024, "whatsapp": 16 * 1024 * 1024}
"""Bytes that the files of one message may have together, by its channel."""

# https://www.twilio.com/docs/messaging/guides/accepted-mime-types, the kinds in common use
ACCEPTED = ("image/", "audio/", "video/")
ACCEPTED_FILES = {
    "application/pdf",
    "application/vcard",
    "text/calendar",
    "text/csv",
    "text/plain",
    "text/vcard",
}
ACCEPTED_FILES |= {"text/x-vcard", "text/directory"}

_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"%PDF-": "application/pdf",
    b"BEGIN:VCARD": "text/vcard",
}


@dataclass(eq=False)
class Media:
    """One file.

    Attributes
    ----------
    account : Account
        Whose it is.
    content_type : str
        Its MIME type.
    content : bytes or None
        The file; None if it lies where the sandbox does not go, or has not been fetched yet.
    source : str
        Where it comes from; empty for what a phone sent.
    parent_sid : str
        SID of its message.
    sequence : int
        Its place among the files of the message; the greatest stands first.
    key : str
        The part of its public address that nobody can guess.
    """

    account: "Account"
    content_type: str
    content: bytes | None = None
    source: str = ""
    parent_sid: str = ""
    sequence: int = 0
    sid: str = field(default_factory=lambda: "ME" + uuid.uuid4().hex)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def at(cls, account: "Account", url: str) -> "Media":
        """Return the file at an address, not fetched yet."""
        return cls(account, mimetypes.guess_type(urlsplit(url).path)[0] or "image/jpeg", source=url)

    @property
    def path(self) -> str:
        """Path of the file on api.twilio.com; with the suffix .json, of its record."""
        return f"/{API_VERSION}/Accounts/{self.account.sid}/Messages/{self.parent_sid}/Media/{self.sid}"

    @property
    def url(self) -> str:
        """Where anybody may fetch the file: here, or where it was left."""
        return self.source if self.content is None else f"{self.account.url}{self.path}"

    def fill(self, content_type: str, content: bytes) -> None:
        """Take what was fetched."""
        self.content_type, self.content = content_type, content
        self.updated = datetime.now(UTC)

    def record(self) -> dict[str, Any]:
        """Show the file as the REST API does."""
        return {
            "account_sid": self.account.sid,
            "content_type": self.content_type,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated),
            "parent_sid": self.parent_sid,
            "sid": self.sid,
            "uri": f"{self.path}.json",
        }


def accepted(content_type: str) -> bool:
    """Whether Twilio carries files of this type."""
    return content_type.startswith(ACCEPTED) or content_type in ACCEPTED_FILES


def sent(account: "Account", content_type: str | None, content: bytes) -> Media:
    """Return a file as a phone sends it.

    Parameters
    ----------
    account : Account
        Who is texted.
    content_type : str or None
        Its MIME type; by default what its first bytes say.
    content : bytes
        The file.

    Raises
    ------
    Refusal
        If the type is not known, or none that messages carry (12300).
    """
    found = content_type or next(
        (kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), ""
    )
    if not accepted(found):
        raise Refusal(12300, what=found or "unknown")
    return Media(account, found, content)
