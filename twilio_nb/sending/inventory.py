"""What an account owns at Twilio that texts go through: numbers, Messaging Services, TwiML applications."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from twilio.rest import Client

T = TypeVar("T")
Record = dict[str, Any]

PAGE_SIZE = 1000  # the most Twilio gives at once
_COUNTS = ("num_segments", "num_media")  # digits in a string, as Twilio writes them
_OF_SERVICES = 100  # the most the newer APIs give at once


class Inventory:
    """What the account owns; a base of :class:`~twilio_nb.sending.gateway.Gateway`."""

    account_sid: str

    @cached_property
    def _client(self) -> "Client":
        raise NotImplementedError

    def _ask(self, request: Callable[[], T], *, creates: bool = False) -> T:
        raise NotImplementedError

    def account(self) -> Record:
        """Return Twilio's record of the account, without its token."""
        return self._ask(lambda: record(self._client.api.v2010.accounts(self.account_sid).fetch()))

    def numbers(self) -> list[Record]:
        """Return Twilio's records of the account's telephone numbers."""
        return self._ask(
            lambda: [record(one) for one in self._client.incoming_phone_numbers.list(page_size=PAGE_SIZE)]
        )

    def update_number(
        self, sid: str, *, sms_url: str, sms_method: str = "POST", sms_application_sid: str | None = None
    ) -> Record:
        """Let Twilio call `sms_url` when a text reaches this number; return its record.

        Parameters
        ----------
        sid : str
            The number's SID.
        sms_url, sms_method : str
            What Twilio calls, unless an application or a Messaging Service stands before it.
        sms_application_sid : str or None
            The application that has the number; ``""`` takes it away, None leaves it as it is.
        """
        wanted = given(sms_url=sms_url, sms_method=sms_method, sms_application_sid=sms_application_sid)
        return self._ask(lambda: record(self._client.incoming_phone_numbers(sid).update(**wanted)))

    def application(self, sid: str) -> Record:
        """Return Twilio's record of a TwiML application."""
        return self._ask(lambda: record(self._client.applications(sid).fetch()))

    def update_application(self, sid: str, *, sms_url: str, sms_method: str = "POST") -> Record:
        """Let Twilio call `sms_url` for texts to the numbers that the application has; return its record."""
        return self._ask(
            lambda: record(self._client.applications(sid).update(sms_url=sms_url, sms_method=sms_method))
        )

    def messaging_services(self) -> list[Record]:
        """Return Twilio's records of the account's Messaging Services."""
        services = self._messaging
        return self._ask(lambda: [record(one) for one in services().list(page_size=_OF_SERVICES)])

    def messaging_service_numbers(self, sid: str) -> list[Record]:
        """Return Twilio's records of the numbers in the pool of a Messaging Service."""
        services = self._messaging
        return self._ask(
            lambda: [record(one) for one in services()(sid).phone_numbers.list(page_size=_OF_SERVICES)]
        )

    def update_messaging_service(
        self, sid: str, *, inbound_request_url: str, inbound_method: str = "POST"
    ) -> Record:
        """Let Twilio call this address for texts to the numbers of a Messaging Service; return its record."""
        wanted = {"inbound_request_url": inbound_request_url, "inbound_method": inbound_method}
        return self._ask(lambda: record(self._messaging()(sid).update(**wanted)))

    def _messaging(self) -> Any:
        return self._client.messaging.v1.services


def given(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that are not None: the library would send the others as empty."""
    return {name: value for name, value in arguments.items() if value is not None}


def record(resource: Any) -> Record:
    """Return a resource of the library as a plain dictionary with Twilio's keys."""
    found = {name.rstrip("_"): value for name, value in vars(resource).items() if not name.startswith("_")}
    found.pop("auth_token", None)  # an account's record comes with its secret
    for name in _COUNTS:
        if str(found.get(name)).isdigit():
            found[name] = int(found[name])
    return found
