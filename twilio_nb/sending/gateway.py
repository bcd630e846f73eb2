"""Twilio's REST API, as far as texting needs it: plain records in and out, errors as ours.

Nothing of the twilio library passes this door, and its import (a tenth of a second) waits for the
first request.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from twilio_nb.errors import GatewayError
from twilio_nb.sending.hosts import checked_base
from twilio_nb.sending.refusals import misunderstood, unanswered
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio.rest import Client

T = TypeVar("T")
Record = dict[str, Any]

PAGE_SIZE = 1000  # the most Twilio gives at once
_NUMBERS = ("num_segments", "num_media")  # digits in a string, as Twilio writes them


class Gateway:
    """One Twilio account over HTTP. Safe to use from several threads.

    Parameters
    ----------
    account_sid : str
        The account all requests are about.
    token : Secret
        Its auth token, or the API key's secret.
    api_key : str or None
        SID of the API key to use instead of the account's own credentials.
    renewed : callable
        Returns the tokens to try, each once, when Twilio does not take `token` (any more): the next one of
        a rotation, or what has been kept meanwhile. The first that it takes is used from then on.
    api_url : str or None
        Base URL that stands in for all of Twilio's hosts: https, or http on the loopback interface.
    timeout : float
        Seconds for one exchange, its last byte included; repetitions of what certainly had no effect begin
        within as many.

    Raises
    ------
    ConfigurationError
        If `api_url` would let the credentials travel unprotected.
    """

    def __init__(
        self,
        account_sid: str,
        token: Secret,
        *,
        api_key: str | None = None,
        renewed: Callable[[], Sequence[Secret]] = tuple,
        api_url: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.account_sid = account_sid
        self._user = api_key or account_sid
        self._token = token
        self._renewed = renewed
        self._base = checked_base(api_url) if api_url else None
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"Gateway({self.account_sid!r}, at {self._base or 'https://api.twilio.com'})"

    def create_message(
        self,
        *,
        to: str,
        from_: str | None = None,
        messaging_service_sid: str | None = None,
        body: str | None = None,
        media_url: Sequence[str] | None = None,
        status_callback: str | None = None,
    ) -> Record:
        """Send a message and return Twilio's record of it.

        Returns
        -------
        dict
            Keys as in Twilio's answer (``from``, not ``from_``); dates aware, counts as ints, price as text.

        Raises
        ------
        GatewayError
            If Twilio refused it. With ``unknown`` true the message may have been created all the same:
            no verdict came back.
        """
        wanted = _given(
            to=to,
            from_=from_,
            messaging_service_sid=messaging_service_sid,
            body=body,
            media_url=list(media_url) if media_url else None,
            status_callback=status_callback,
        )
        return self._ask(lambda: _record(self._client.messages.create(**wanted)), creates=True)

    def message(self, sid: str) -> Record:
        """Return Twilio's record of a message."""
        return self._ask(lambda: _record(self._client.messages(sid).fetch()))

    def messages(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        date_sent_after: datetime | None = None,
        date_sent_before: datetime | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """Return Twilio's records of messages of both directions, newest first.

        Parameters
        ----------
        to, from_ : str or None
            Only messages to, from this address.
        date_sent_after, date_sent_before : datetime or None
            Aware; the bounds belong to the interval.
        limit : int or None
            The most records to return; None for all.
        """
        wanted = _given(
            to=to, from_=from_, date_sent_after=_utc(date_sent_after), date_sent_before=_utc(date_sent_before)
        )
        size = min(limit or PAGE_SIZE, PAGE_SIZE)
        return self._ask(
            lambda: [
                _record(one) for one in self._client.messages.list(**wanted, limit=limit, page_size=size)
            ]
        )

    def delete_message(self, sid: str) -> None:
        """Delete a message at Twilio, its text with it."""
        self._ask(lambda: self._client.messages(sid).delete())

    def account(self) -> Record:
        """Return Twilio's record of the account, without its token."""
        return self._ask(lambda: _record(self._client.api.v2010.accounts(self.account_sid).fetch()))

    def numbers(self) -> list[Record]:
        """Return Twilio's records of the account's telephone numbers."""
        return self._ask(
            lambda: [_record(one) for one in self._client.incoming_phone_numbers.list(page_size=PAGE_SIZE)]
        )

    def messaging_services(self) -> list[Record]:
        """Return Twilio's records of the account's Messaging Services."""
        services = self._client.messaging.v1.services
        return self._ask(lambda: [_record(one) for one in services.list(page_size=100)])

    def update_number(self, sid: str, *, sms_url: str, sms_method: str = "POST") -> Record:
        """Let Twilio call `sms_url` when a text reaches this number; return its record."""
        return self._ask(
            lambda: _record(
                self._client.incoming_phone_numbers(sid).update(sms_url=sms_url, sms_method=sms_method)
            )
        )

    @property
    def clock(self) -> timedelta:
        """By how much Twilio's clock was ahead of ours when it answered last."""
        clock: timedelta = self._client.http_client.clock
        return clock

    @cached_property
    def _client(self) -> "Client":
        from twilio.rest import Client

        from twilio_nb.sending.transport import Transport

        transport = Transport(self._user, self._token, self._renewed, base=self._base, timeout=self._timeout)
        # Without a password the library takes one from the environment; the transport writes the real one.
        return Client(self.account_sid, "kept by the transport", http_client=transport)

    def _ask(self, request: Callable[[], T], *, creates: bool = False) -> T:
        from requests import RequestException
        from twilio.base.exceptions import TwilioException

        try:
            return request()
        except GatewayError as error:
            failure = error.with_traceback(None)
        except RequestException as error:
            failure = unanswered(error, creates=creates, timeout=self._timeout)
        except (AttributeError, KeyError, TypeError, ValueError, TwilioException):
            # JSON, of a shape the library does not expect.
            failure = misunderstood(creates=creates)
        # Not raised while handling the original, whose frames hold the Authorization header and the text.
        raise failure


def _given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _utc(time: datetime | None) -> datetime | None:
    """Return a time in UTC: the library writes a Z behind whatever the clock shows."""
    if time is None:
        return None
    if time.tzinfo is None:
        message = f"{time.isoformat()} has no time zone; give an aware datetime, such as datetime.now(UTC)."
        raise ValueError(message)
    return time.astimezone(UTC)


def _record(resource: Any) -> Record:
    """Return a resource of the library as a plain dictionary with Twilio's keys."""
    record = {name.rstrip("_"): value for name, value in vars(resource).items() if not name.startswith("_")}
    record.pop("auth_token", None)  # an account's record comes with its secret
    for name in _NUMBERS:
        if str(record.get(name)).isdigit():
            record[name] = int(record[name])
    return record
