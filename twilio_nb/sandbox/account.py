"""The simulated account: who it is, what it owns, what happened to it."""

import json
import os
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twilio_nb.sandbox.applications import Applications
from twilio_nb.sandbox.clock import Clock
from twilio_nb.sandbox.credentials import Credentials
from twilio_nb.sandbox.errors import more_info
from twilio_nb.sandbox.messages import API_VERSION, MessageLog, rfc2822
from twilio_nb.sandbox.news import News
from twilio_nb.sandbox.numbers import Number
from twilio_nb.sandbox.opt_outs import OptOuts
from twilio_nb.sandbox.services import Services
from twilio_nb.sandbox.whatsapp import JOIN, SENDER, WhatsApp

NUMBERS = ("+15550100001", "+15550100002")
PHONE = "+15558675309"
FILE = "account.json"


class Account:
    """One account of Twilio's, simulated.

    Attributes
    ----------
    sid, token : str
        Who it is, and its primary auth token.
    url : str
        Where it answers, without a slash at the end.
    clock : Clock
        By which what waits or expires does so.
    credentials : Credentials
        What it lets in.
    numbers : dict of str to Number
        What it owns, by phone number.
    applications, services : Applications, Services
        Its TwiML Applications and Messaging Services.
    whatsapp : WhatsApp
        Its WhatsApp sandbox.
    media_needs_login : bool
        Whether files of messages are shown to the account only, a setting of the console that is off at first.
    phone : str
        The number of the phone that texts it unless another is named.
    news : News
        What is new on the phones.
    messages : MessageLog
        Every message sent and received.
    opt_outs : OptOuts
        Who texted STOP to whom.
    notifications : deque of Notification
        The last thousand things that went wrong.
    changed : callable
        Called after a setting changed that must survive a restart.
    """

    def __init__(self, sid: str, token: str, numbers: list[Number], phone: str = PHONE) -> None:
        self.sid = sid
        self.token = token
        self.numbers = {number.phone_number: number for number in numbers}
        for place, number in enumerate(numbers):
            number.sequence = -place  # lists show the newest first, and so the first number first
        self.url = "https://api.twilio.com"
        self.clock = Clock()
        self.credentials = Credentials(self)
        self.applications = Applications(sid)
        self.services = Services(self)
        self.whatsapp = WhatsApp(sid, self.clock)
        self.media_needs_login = False
        self.phone = phone
        self.created = datetime.now(UTC)
        self.news = News()
        self.messages = MessageLog(sid, self.news)
        self.opt_outs = OptOuts()
        self.notifications: deque[Notification] = deque(maxlen=1000)
        self.changed: Callable[[], None] = lambda: None

    @classmethod
    def new(cls) -> "Account":
        """Make an account with credentials of its own and two numbers."""
        sid = "AC" + uuid.uuid4().hex
        return cls(sid, uuid.uuid4().hex, [Number(sid, number) for number in NUMBERS])

    @classmethod
    def load(cls, file: Path) -> "Account":
        """Read the account that `save` wrote: its credentials and the settings of its numbers."""
        stored = json.loads(file.read_text())
        sid = stored["account_sid"]
        numbers = [
            Number(sid, number, sid=kept["sid"], settings=kept["settings"])
            for number, kept in stored["incoming_phone_numbers"].items()
        ]
        account = cls(sid, stored["auth_token"], numbers, stored["phone"])
        account.credentials.restore(stored)
        account.applications.restore(stored["applications"])
        account.services.restore(stored["services"], {number.sid: number for number in numbers})
        account.whatsapp.number.settings.update(stored["whatsapp"]["settings"])
        account.media_needs_login = stored["media_needs_login"]
        return account

    def save(self, file: Path) -> None:
        """Write who this is and where it answers, atomically, readable by its owner alone.

        Parameters
        ----------
        file : Path
            Replaced whole, so that no reader sees half of it.
        """
        content = {
            "url": self.url,
            "account_sid": self.sid,
            "auth_token": self.token,
            **self.credentials.stored(),
            "numbers": list(self.numbers),
            "phone": self.phone,
            "incoming_phone_numbers": {
                number.phone_number: {"sid": number.sid, "settings": number.settings}
                for number in self.numbers.values()
            },
            "applications": self.applications.stored(),
            "services": self.services.stored(),
            "whatsapp": {"sender": SENDER, "join": JOIN, "settings": self.whatsapp.number.settings},
            "media_needs_login": self.media_needs_login,
        }
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as stream:
            json.dump(content, stream, indent=2)
        temporary.replace(file)

    def number(self, sid: str) -> Number | None:
        """Return the number of this SID, or None."""
        return next((number for number in self.numbers.values() if number.sid == sid), None)

    def senders(self, number: Number) -> tuple[str, ...]:
        """Return under which names somebody who texts this number stops it: its own, its service's."""
        service = self.services.of(number)
        return (number.phone_number, service.sid) if service else (number.phone_number,)

    def notify(self, code: int, text: str, *, message_sid: str = "", url: str = "", method: str = "") -> None:
        """Note what went wrong, as Twilio's debugger would; never with the body of a message."""
        self.notifications.append(Notification(code, text, message_sid, url, method))

    def record(self) -> dict[str, Any]:
        """Show the account as the REST API does, its token included."""
        uri = f"/{API_VERSION}/Accounts/{self.sid}"
        return {
            "auth_token": self.token,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created),
            "friendly_name": "twilio_nb sandbox",
            "owner_account_sid": self.sid,
            "sid": self.sid,
            "status": "active",
            "subresource_uris": {
                "applications": f"{uri}/Applications.json",
                "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
                "messages": f"{uri}/Messages.json",
            },
            "type": "Full",
            "uri": f"{uri}.json",
        }


@dataclass(frozen=True)
class Notification:
    """One line of what Twilio's debugger would show."""

    code: int
    text: str
    message_sid: str
    request_url: str
    request_method: str
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def record(self) -> dict[str, Any]:
        """Show the notification under the keys of Twilio's own, and the message it is about."""
        return {
            "error_code": str(self.code),
            "message_date": rfc2822(self.time),
            "message_sid": self.message_sid or None,
            "message_text": self.text,
            "more_info": more_info(self.code),
            "request_method": self.request_method or None,
            "request_url": self.request_url or None,
        }
