"""The HTTP client under the twilio library: where a request goes, how long it may take, what is tried again.

What Twilio refuses becomes our error right here, with its headers at hand; the library would make three
different kinds of it, of which one has no code.

It stands beside the library's own ``TwilioHttpClient``, not under it: that one keeps the last request
(credentials included) and the last response on itself, where two threads can take each other's answer,
logs telephone numbers, and waits for ever.
"""

import contextlib
import json
import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from twilio_nb.errors import GatewayError, TwilioNBError
from twilio_nb.sending.deadline import Deadline, DeadlineAdapter
from twilio_nb.sending.hosts import routed
from twilio_nb.sending.refusals import refused, retry_after
from twilio_nb.storage.secrets import Secret

logger = logging.getLogger("twilio_nb.sending")

# Seconds before the second, third and fourth attempt; jitter takes up to half off.
PAUSES = (0.5, 1.0, 2.0)


class Credentials(AuthBase):
    """User, an account's SID or an API key's, and token, written into a request only when it leaves.

    So neither the library nor a traceback that shows variables ever holds the token.
    """

    def __init__(self, user: str, token: Secret) -> None:
        self._user = user
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Write the Authorization header."""
        return HTTPBasicAuth(self._user, self._token.reveal())(request)


class Transport(HttpClient):  # type: ignore[misc]  # the library is untyped
    """Carries the library's requests to Twilio, or to the one base URL given instead.

    Parameters
    ----------
    user : str
        SID of the account or the API key, sent with every request, whatever the library hands over.
    token : Secret
        What goes with it.
    renewed : callable
        Returns the tokens to try, each once, when Twilio does not take this one; the first that it takes
        stays.
    base : str or None
        A checked API base URL; None for Twilio.
    timeout : float
        Seconds for one exchange, from looking the host up to the answer's last byte, and again for all
        pauses before repetitions.

    Attributes
    ----------
    clock : timedelta
        By how much the other end's clock was ahead of ours when it answered last.
    """

    def __init__(
        self,
        user: str,
        token: Secret,
        renewed: Callable[[], Sequence[Secret]],
        *,
        base: str | None,
        timeout: float,
    ) -> None:
        super().__init__(logger, is_async=False, timeout=timeout)
        self.clock = timedelta(0)
        self._user, self._token, self._renewed = user, token, renewed
        self._base = base
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, DeadlineAdapter(pool_maxsize=32))
        if base and base.startswith("http://"):
            # A proxy named in the environment would read what was meant to stay on this machine.
            self._session.trust_env = False

    @property
    def credentials(self) -> Credentials:
        """Those that Twilio took last."""
        return Credentials(self._user, self._token)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: object = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request and return the answer, whatever its status below 300 or from 400.

        Raises
        ------
        GatewayError
            If the host is not Twilio's, or the answer is a refusal, a redirect, or claims success without
            JSON.
        requests.RequestException
            If no answer came.
        """
        address = routed(uri, self._base)

        def attempt(token: Secret) -> requests.Response:
            with Deadline(self.timeout) as deadline:
                try:
                    answer = self._session.request(
                        method,
                        address,
                        params=params,  # type: ignore[arg-type]  # the library's values are all texts
                        data=data,
                        headers=headers,
                        auth=Credentials(self._user, token),
                        timeout=self.timeout,
                        allow_redirects=False,
                    )
                except requests.RequestException as error:
                    if never_connected(error) or not deadline.is_over:
                        raise
            if deadline.is_over:  # what was read until then may look like an answer
                raise requests.ReadTimeout
            return answer

        until = time.monotonic() + self.timeout
        answer = self._with_valid_token(lambda token: _patiently(lambda: attempt(token), until=until))
        logger.debug("%s %s: %s", method, address.partition("?")[0], answer.status_code)
        self._set_clock(answer)
        creates = method.upper() == "POST" and urlsplit(address).path.endswith("/Messages.json")
        if answer.status_code >= 400:
            raise refused(answer, creates=creates, to=str((data or {}).get("To") or ""))
        _check(method, answer, creates=creates)
        return Response(answer.status_code, answer.text, answer.headers)

    def _with_valid_token(self, ask: Callable[[Secret], requests.Response]) -> requests.Response:
        """Ask with the token, and if Twilio does not know it with others: a 401 was never processed."""
        used = self._token
        answer = ask(used)
        if answer.status_code != 401:
            return answer
        try:
            others = [token for token in self._renewed() if token != used]
        except TwilioNBError:
            return answer
        for token in others:
            again = ask(token)
            if again.status_code != 401:
                self._token = token
                return again
        return answer

    def _set_clock(self, answer: requests.Response) -> None:
        with contextlib.suppress(ValueError):
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
            self.clock = date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)


def _patiently(attempt: Callable[[], requests.Response], *, until: float) -> requests.Response:
    """Repeat what certainly had no effect: a connection never made, and Twilio's 429."""
    for pause in PAUSES:
        wait = pause * random.uniform(0.5, 1)  # noqa: S311  # spreads callers out, guards nothing
        try:
            answer = attempt()
        except requests.RequestException as error:
            if not never_connected(error) or time.monotonic() + wait > until:
                raise
        else:
            wait = max(wait, retry_after(answer))
            if answer.status_code != 429 or time.monotonic() + wait > until:
                return answer
        time.sleep(wait)
    return attempt()


def never_connected(error: requests.RequestException) -> bool:
    """Tell whether a request failed before a single byte of it could leave."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, SSLError):  # a TLS error may also come later; an unknown certificate never does
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError)


def _check(method: str, answer: requests.Response, *, creates: bool) -> None:
    """Refuse redirects, and successes that are no JSON object: the library would trip over both."""
    status = answer.status_code
    if 300 <= status < 400:
        message = (
            f"A redirect (HTTP {status}) came instead of an answer; it is not followed, for the "
            "credentials would travel with it. Give the final address as the service's API base URL."
        )
        raise GatewayError(message, status=status)
    if status == 204 or (method.upper() == "DELETE" and not answer.content):
        return
    if not isinstance(_json(answer), dict):
        message = (
            f"An answer came (HTTP {status}) that is not Twilio's: it is no JSON object. "
            "Check the service's API base URL."
        )
        raise GatewayError(message, status=status, unknown=creates)


def _json(answer: requests.Response) -> Any:
    try:
        return json.loads(answer.text)
    except ValueError:
        return None
