"""The wire to a simulated account's process, and what can be told to go wrong there."""

from __future__ import annotations

from typing import Any, Literal

import requests

from twilio_nb.errors import ConfigurationError, InvalidMessage
from twilio_nb.sending.transport import Credentials

# Seconds: a webhook and its fallback may take 15 each, as at Twilio.
PATIENCE = 45

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
        self._session = requests.Session()
        self._session.auth = credentials
        self._session.trust_env = False

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Use one of its controls and return the answer.

        Raises
        ------
        InvalidMessage
            If it refuses.
        ConfigurationError
            If it does not answer.
        """
        try:
            answer = self._session.request(method, f"{self.url}{path}", json=body, timeout=PATIENCE)
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


class Misbehaving:
    """What a simulated account can be told to do wrong; part of :class:`twilio_nb.account.SandboxAccount`."""

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
        order = {"fault": fault, "after": after, "seconds": seconds, "times": times, "sends": sends}
        self._request("POST", "/sandbox/behaviour", order)

    def behave(self) -> None:
        """Let all be well again: the REST API, and the phones that were told to lose messages."""
        self._request("DELETE", "/sandbox/behaviour")
