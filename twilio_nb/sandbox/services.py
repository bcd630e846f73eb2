"""Messaging Services: a pool of numbers that send and receive as one.

https://www.twilio.com/docs/messaging/api/service-resource; records are those of the messaging API, version 1.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twilio_nb.sandbox import settings as kinds
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.numbers import Number
from twilio_nb.sandbox.settings import Form, changes

if TYPE_CHECKING:
    from twilio_nb.sandbox.account import Account

SETTINGS: kinds.Settings = {
    "FriendlyName": ("friendly_name", kinds.text),
    "InboundRequestUrl": ("inbound_request_url", kinds.url_or_none),
    "InboundMethod": ("inbound_method", kinds.method),
    "FallbackUrl": ("fallback_url", kinds.url_or_none),
    "FallbackMethod": ("fallback_method", kinds.method),
    "StatusCallback": ("status_callback", kinds.url_or_none),
    "StickySender": ("sticky_sender", kinds.boolean),
    "MmsConverter": ("mms_converter", kinds.boolean),
    "SmartEncoding": ("smart_encoding", kinds.boolean),
    "ScanMessageContent": ("scan_message_content", kinds.one_of("inherit", "enable", "disable")),
    "FallbackToLongCode": ("fallback_to_long_code", kinds.boolean),
    "AreaCodeGeomatch": ("area_code_geomatch", kinds.boolean),
    "ValidityPeriod": ("validity_period", kinds.between(1, 36_000)),
    "SynchronousValidation": ("synchronous_validation", kinds.boolean),
    "Usecase": ("usecase", kinds.text),
    "UseInboundWebhookOnNumber": ("use_inbound_webhook_on_number", kinds.boolean),
}

DEFAULTS: Mapping[str, Any] = {
    "friendly_name": "",
    "inbound_request_url": None,
    "inbound_method": "POST",
    "fallback_url": None,
    "fallback_method": "POST",
    "status_callback": None,
    "sticky_sender": True,
    "mms_converter": True,
    "smart_encoding": False,  # on, it would replace characters; here bodies stay as they are
    "scan_message_content": "inherit",
    "fallback_to_long_code": True,
    "area_code_geomatch": True,
    "validity_period": 36_000,
    "synchronous_validation": False,
    "usecase": "undeclared",
    "use_inbound_webhook_on_number": False,
}

LINKS = {
    "alpha_senders": "AlphaSenders",
    "channel_senders": "ChannelSenders",
    "destination_alpha_senders": "DestinationAlphaSenders",
    "messages": "Messages",
    "phone_numbers": "PhoneNumbers",
    "short_codes": "ShortCodes",
    "us_app_to_person": "Compliance/Usa2p",
    "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
}


@dataclass(eq=False)
class Membership:
    """One number of a service's pool."""

    service: "MessagingService"
    number: Number
    sequence: int
    joined: datetime = field(default_factory=lambda: datetime.now(UTC))

    def record(self) -> dict[str, Any]:
        """Show the number as the messaging API does."""
        return {
            "account_sid": self.number.account_sid,
            "capabilities": [kind for kind in ("MMS", "SMS") if self.number.capabilities[kind.lower()]],
            "country_code": "US",
            "date_created": iso8601(self.joined),
            "date_updated": iso8601(self.joined),
            "phone_number": self.number.phone_number,
            "service_sid": self.service.sid,
            "sid": self.number.sid,
            "url": f"{self.service.url}/PhoneNumbers/{self.number.sid}",
        }


class MessagingService:
    """One Messaging Service.

    Parameters
    ----------
    account : Account
        Who owns it.
    sequence : int
        Its place among the account's services: the greatest stands first.
    sid : str, optional
        Its SID; by default a new one.
    settings : mapping, optional
        What was set, by the keys of the record.

    Attributes
    ----------
    pool : dict of str to Membership
        The numbers that it sends from, by their SIDs.
    """

    def __init__(
        self, account: "Account", sequence: int, sid: str = "", settings: Mapping[str, Any] | None = None
    ) -> None:
        self._account = account
        self.sequence = sequence
        self.sid = sid or "MG" + uuid.uuid4().hex
        self.settings: dict[str, Any] = {**DEFAULTS, **(settings or {})}
        self.pool: dict[str, Membership] = {}
        self.created = self.updated = datetime.now(UTC)
        self._sticky: dict[str, Number] = {}
        self._turn = 0

    @property
    def url(self) -> str:
        """The service's own address; a client follows it with its credentials, so that it leads here."""
        return f"{self._account.url}/v1/Services/{self.sid}"

    def update(self, form: Form) -> None:
        """Apply the parameters of an update, all or none; for what is refused see `changes`."""
        self.settings.update(changes(form, SETTINGS))
        self.updated = datetime.now(UTC)

    def attach(self, number: Number) -> Membership:
        """Put a number into the pool."""
        sequence = max((one.sequence for one in self.pool.values()), default=0) + 1
        self.pool[number.sid] = Membership(self, number, sequence)
        return self.pool[number.sid]

    def detach(self, number: Number) -> None:
        """Take a number out of the pool."""
        self.pool.pop(number.sid, None)
        self._sticky = {to: one for to, one in self._sticky.items() if one is not number}

    def choose(self, to: str) -> Number | None:
        """Choose the number that writes to somebody: by turns, and with Sticky Sender always the same."""
        numbers = [one.number for one in self.pool.values()]
        if not numbers:
            return None
        if not self.settings["sticky_sender"] or to not in self._sticky:
            self._sticky[to] = numbers[self._turn % len(numbers)]
            self._turn += 1
        return self._sticky[to]

    def record(self) -> dict[str, Any]:
        """Show the service as the messaging API does: dates ISO 8601, addresses absolute."""
        return {
            "account_sid": self._account.sid,
            "date_created": iso8601(self.created),
            "date_updated": iso8601(self.updated),
            "links": {name: f"{self.url}/{path}" for name, path in LINKS.items()},
            "sid": self.sid,
            "url": self.url,
            "us_app_to_person_registered": False,
            **self.settings,
        }


class Services:
    """The Messaging Services of an account.

    Parameters
    ----------
    account : Account
        Who owns them.
    """

    def __init__(self, account: "Account") -> None:
        self._account = account
        self._services: dict[str, MessagingService] = {}

    def __iter__(self) -> Iterator[MessagingService]:
        """All services, oldest first."""
        return iter(list(self._services.values()))

    def add(self, form: Form) -> MessagingService:
        """Make a service of the parameters of a request; for what is refused see `changes`."""
        settings = changes(form, SETTINGS)
        if not settings.get("friendly_name"):
            raise Refusal(20001, what="FriendlyName is required")
        return self._keep(MessagingService(self._account, self._next(), settings=settings))

    def get(self, sid: str) -> MessagingService | None:
        """Return the service of this SID, or None."""
        return self._services.get(sid)

    def of(self, number: Number) -> MessagingService | None:
        """Return the service that a number belongs to, one at most."""
        return next((service for service in self if number.sid in service.pool), None)

    def delete(self, service: MessagingService) -> None:
        """Forget a service; its numbers stay the account's."""
        del self._services[service.sid]

    def stored(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {one.sid: {"settings": one.settings, "pool": list(one.pool)} for one in self}

    def restore(self, stored: Mapping[str, Any], numbers: Mapping[str, Number]) -> None:
        """Take what `stored` returned; the numbers are given by SID."""
        for sid, kept in stored.items():
            service = self._keep(MessagingService(self._account, self._next(), sid, kept["settings"]))
            for number in kept["pool"]:
                service.attach(numbers[number])

    def _next(self) -> int:
        return max((service.sequence for service in self), default=0) + 1

    def _keep(self, service: MessagingService) -> MessagingService:
        self._services[service.sid] = service
        return service


def iso8601(time: datetime) -> str:
    """Write a date as the newer APIs do."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
