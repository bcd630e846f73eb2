"""The HTTP client under the twilio library: where a request goes, how long it may take, what is tried again.

It stands beside the library's own ``TwilioHttpClient``, not under it: that one keeps the last request
(credentials included) and the last response on itself, where two threads can take each other's answer,
logs telephone numbers, and waits for ever.
"""

import json
import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from twilio_nb.errors import GatewayError
from twilio_nb.sending.hosts import routed
from twilio_nb.storage.secrets import Secret

logger = logging.getLogger("twilio_nb.sending")

# Seconds before the second, third and fourth attempt; jitter takes up to half off.
PAUSES = (0.5, 1.0, 2.0)


class Credentials(AuthBase):
    """Account SID and token, written into a request only when it leaves.

    So neither the library nor a traceback that shows variables ever holds the token.
    """

    def __init__(self, account_sid: str, token: Secret) -> None:
        self._account_sid = account_sid
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Write the Authorization header."""
        return HTTPBasicAuth(self._account_sid, self._token.reveal())(request)


class Transport(HttpClient):  # type: ignore[misc]  # the library is untyped
    """Carries the library's requests to Twilio, or to the one base URL given instead.

    Parameters
    ----------
    credentials : Credentials
        Sent with every request, whatever the library hands over.
    base : str or None
        A checked API base URL; None for Twilio.
    timeout : float
        Seconds to wait for a connection, and again for an answer.
    """

    def __init__(self, credentials: Credentials, *, base: str | None, timeout: float) -> None:
        super().__init__(logger, is_async=False, timeout=timeout)
        self._base = base
        self._session = requests.Session()
        self._session.auth = credentials
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=32))
        if base and base.startswith("http://"):
            # A proxy named in the environment would read what was meant to stay on this machine.
            self._session.trust_env = False

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
            If the host is not Twilio's, the answer is a redirect, or it claims success without JSON.
        requests.RequestException
            If no answer came.
        """
        address = routed(uri, self._base)

        def attempt() -> requests.Response:
            return self._session.request(
                method,
                address,
                params=params,  # type: ignore[arg-type]  # the library's values are all texts
                data=data,
                headers=headers,
                timeout=timeout or self.timeout,
                allow_redirects=False,
            )

        answer = _patiently(attempt, until=time.monotonic() + (self.timeout or 0))
        logger.debug("%s %s: %s", method, address.partition("?")[0], answer.status_code)
        _check(method, answer)
        return Response(answer.status_code, answer.text, answer.headers)


def _patiently(attempt: Callable[[], requests.Response], *, until: float) -> requests.Response:
    """Repeat what certainly had no effect: a connection never made, and Twilio's 429."""
    for pause in PAUSES:
        try:
            answer = attempt()
        except requests.RequestException as error:
            if not never_connected(error) or time.monotonic() > until:
                raise
        else:
            if answer.status_code != 429 or time.monotonic() > until:
                return answer
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  # spreads callers out, guards nothing
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


def _check(method: str, answer: requests.Response) -> None:
    """Refuse redirects, and successes that are no JSON object: the library would trip over both."""
    status = answer.status_code
    if 300 <= status < 400:
        message = (
            f"A redirect (HTTP {status}) came instead of an answer; it is not followed, for the "
            "credentials would travel with it. Give the final address as the service's API base URL."
        )
        raise GatewayError(message, status=status)
    if status >= 400 or status == 204 or (method.upper() == "DELETE" and not answer.content):
        return
    if not isinstance(_json(answer), dict):
        message = (
            f"An answer came (HTTP {status}) that is not Twilio's: it is no JSON object. "
            "Check the service's API base URL."
        )
        raise GatewayError(message, status=status, unknown=method.upper() == "POST")


def _json(answer: requests.Response) -> Any:
    try:
        return json.loads(answer.text)
    except ValueError:
        return None
