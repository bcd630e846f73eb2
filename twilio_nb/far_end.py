"""The wire to a simulated account's process, and what can be told to go wrong there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

import requests
from urllib3.exceptions import HTTPError

from twilio_nb.errors import ConfigurationError, InvalidMessage
from twilio_nb.sending.transport import Credentials

if TYPE_CHECKING:
    from twilio_nb.simulated import SandboxService

# Seconds: a webhook and its fallback may take 15 each, as at Twilio.
PATIENCE = 45

_MEDIA = re.compile(r"/2010-04-01/Accounts/\w+/Messages/\w+/Media/\w+")

Fault = Literal["slow", "429", "500", "hang", "close"]


class FarEnd:
    """The simulated Twilio that a sandbox account talks to.

    Parameters
    ----------
    name : str
        Name of the account.
    url : str
        Where its process answers.
    credentials : Credentials
        The account's own.
    """

    def __init__(self, name: str, url: str, credentials: Credentials) -> None:
        self.name = name
        self.url = url
        self.credentials = credentials
        self._session = requests.Session()
        self._session.auth = credentials
        self._session.trust_env = False

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        form: dict[str, Any] | None = None,
    ) -> Any:
        """Use one of its controls, with a body of JSON, or of Twilio's APIs, with a form; return the answer.

        Raises
        ------
        InvalidMessage
            If it refuses.
        ConfigurationError
            If it does not answer.
        """
        try:
            answer = self._session.request(
                method, f"{self.url}{path}", json=body, data=form, timeout=PATIENCE
            )
            content: Any = answer.json() if answer.content else None
            refused = None if answer.ok else str(content["message"])
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            message = (
                f"The sandbox {self.name!r} did not answer ({type(error).__name__}). Close it with "
                f"account.close() and open it again with twilio_nb.sandbox({self.name!r})."
            )
            raise ConfigurationError(message) from error
        if refused is not None:
            raise InvalidMessage(refused)
        return content

    def fetch(self, url: str, largest: int) -> tuple[str, bytes]:
        """Fetch a file of a message.

        Parameters
        ----------
        url : str
            Where it is; nothing but the account's files is asked for.
        largest : int
            Bytes that it may have.

        Returns
        -------
        content_type : str
            Its MIME type.
        content : bytes
            The file.

        Raises
        ------
        InvalidMessage
            If it lies elsewhere, is longer, or gone.
        ConfigurationError
            If the account does not answer.
        """
        path = url.removeprefix(self.url)
        if not _MEDIA.fullmatch(path):  # other resources hold secrets
            message = "The simulated account did not fetch this file: it fetches from this machine only."
            raise InvalidMessage(message)
        try:
            with self._session.get(f"{self.url}{path}", timeout=PATIENCE, allow_redirects=False) as answer:
                path = answer.headers.get("Location", "")
            if not path.startswith("/"):
                message = "The file is no longer there."
                raise InvalidMessage(message)
            with self._session.get(f"{self.url}{path}", stream=True, timeout=PATIENCE) as answer:
                content = answer.raw.read(largest + 1, decode_content=True)
                found = answer.headers.get("Content-Type", ""), content
                refused = "" if answer.ok else "The file is no longer there."
        except (requests.RequestException, HTTPError) as error:
            message = f"The file could not be fetched ({type(error).__name__}); try again."
            raise ConfigurationError(message) from None
        if len(content) > largest:
            refused = f"The file is longer than {largest:,} bytes."
        if refused:
            raise InvalidMessage(refused)
        return found


class Controlled:
    """What a simulated account can be told; part of :class:`twilio_nb.account.SandboxAccount`."""

    service: SandboxService
    numbers: list[str]
    _far_end: FarEnd

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        raise NotImplementedError

    def misbehave(
        self,
        fault: Fault,
        *,
        after: bool = False,
        seconds: float = 1.0,
        times: int | None = 1,
        sends: bool = True,
    ) -> None:
        """Let the account's REST API go wrong, to see what a notebook makes of it.

        Parameters
        ----------
        fault : {"slow", "429", "500", "hang", "close"}
            The answer comes late; is 429, too many requests; is 500; never comes; or the connection is
            closed instead.
        after : bool
            Let the request have its effect first: the message goes out, and its sender does not learn of it.
            Not for ``"429"``, which is never processed.
        seconds : float
            How late a slow answer comes, and how long a 429 asks to wait.
        times : int, optional
            How many requests are concerned; None for all until :meth:`behave`.
        sends : bool
            Whether only requests that send a message are concerned.

        Raises
        ------
        InvalidMessage
            If this makes no sense.
        """
        if fault not in get_args(Fault):
            message = f"There is no fault {fault!r}; choose {', '.join(map(repr, get_args(Fault)))}."
            raise InvalidMessage(message)
        order = {"fault": fault, "after": after, "seconds": seconds, "times": times, "sends": sends}
        self._request("POST", "/sandbox/behaviour", order)

    def behave(self) -> None:
        """Let all be well again: the REST API, and the phones that were told to lose messages."""
        self._request("DELETE", "/sandbox/behaviour")

    def skip(self, time: timedelta) -> None:
        """Let time pass for the account: scheduled messages go out, WhatsApp's windows close.

        Parameters
        ----------
        time : timedelta
            How much, at most 100 days. Dates of messages stay those of this machine.

        Raises
        ------
        InvalidMessage
            If it is negative, or too much.
        """
        self._request("POST", "/sandbox/time", {"seconds": time.total_seconds()})

    def messaging_service(self, friendly_name: str = "Messaging Service", *numbers: str) -> str:
        """Make a Messaging Service; texts to its numbers go on to the webhook defined last.

        Parameters
        ----------
        friendly_name : str
            Its name.
        *numbers : str
            The numbers that it sends from, each in one service at most; by default all of the account's.

        Returns
        -------
        str
            Its SID, to send from: ``account.service.send(to, body, from_=sid)``.

        Raises
        ------
        InvalidMessage
            If a number is none of the account's, or in a service already.
        """
        own = {one["phone_number"]: one["sid"] for one in self.service.gateway.numbers()}
        settings = {"FriendlyName": friendly_name, "UseInboundWebhookOnNumber": "true"}
        sid: str = self._far_end.ask("POST", "/v1/Services", form=settings)["sid"]
        try:
            for number in numbers or self.numbers:
                member = {"PhoneNumberSid": own.get(number, number)}
                self._far_end.ask("POST", f"/v1/Services/{sid}/PhoneNumbers", form=member)
        except InvalidMessage:
            self._far_end.ask("DELETE", f"/v1/Services/{sid}")
            raise
        return sid
