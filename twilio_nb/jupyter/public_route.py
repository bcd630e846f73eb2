"""The two public paths on Jupyter Server: what comes in without a login, and is signed by Twilio.

A plain tornado handler, not one of Jupyter's: nothing about logins, cookies, origins or websockets is
inherited, and nothing is decided here but sizes and times. The receiver checks the signature.
"""

import asyncio
import json
import logging
import re
import time
from pathlib import Path
from typing import Any

import aiohttp
from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web
from tornado.http1connection import HTTP1Connection

from twilio_nb.jupyter.supervision import Supervisor
from twilio_nb.receiving.exchange import BODY_LIMIT, BODY_SECONDS, REMOTE_HEADER
from twilio_nb.receiving.listeners import WEBHOOKS_SOCKET
from twilio_nb.receiving.signature import SETTINGS_HEADER, SIGNATURE_HEADER

_FORWARDED = (
    "Accept",
    "Content-Type",
    "I-Twilio-Idempotency-Token",
    "Referer",
    "User-Agent",
    "X-Home-Region",
    SIGNATURE_HEADER,
    SETTINGS_HEADER,
)
_NAME = "[A-Za-z0-9_-]{1,64}"
_PATH = rf"/(twilio/service/{_NAME}/(?:incoming_webhook/{_NAME}|status))"
_TWILIO_WAITS = 14.5  # seconds, a little less than it does
_RESTART_SECONDS = 5.0  # for which a request waits while the receiver is being restarted
_KEEP_ALIVE = 60.0  # less than the receiver's own, so that no request meets a connection being closed
_ERRORS = {
    400: ("InvalidParameter", "The request is malformed."),
    404: ("NotFound", "There is nothing here."),
    405: ("MethodNotAllowed", "Only GET and POST are taken."),
    413: ("RequestTooLarge", "The body has more than 64 KiB."),
    503: ("ReceiverUnavailable", "The receiver is not ready; send the request again."),
}

logger = logging.getLogger(__name__)


def public_pattern(base_url: str) -> str:
    """Return the pattern of the public paths below a base URL.

    Parameters
    ----------
    base_url : str
        Jupyter Server's base URL, as it stands in addresses.

    Returns
    -------
    str
        A regular expression over the path as it was sent; its group is what the receiver is asked for.

    Examples
    --------
    >>> re.fullmatch(public_pattern("/user/ann/"), "/user/ann/twilio/service/s/status")[1]
    'twilio/service/s/status'
    """
    return re.escape(base_url.rstrip("/")) + _PATH


class Forwarder:
    """Hands requests to the receiver over connections that stay open.

    Parameters
    ----------
    directory : Path
        The runtime directory.
    supervisor : Supervisor
        Knows whether the receiver is wanted, and keeps it up.
    """

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self._socket = str(directory / WEBHOOKS_SOCKET)
        self._session: aiohttp.ClientSession | None = None

    async def forward(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str | None, bytes]:
        """Ask the receiver.

        Parameters
        ----------
        method, target : str
            Method and request target.
        headers : dict
            Headers to hand on.
        body : bytes
            The body.

        Returns
        -------
        tuple of (int, str or None, bytes)
            Status, content type and body of its answer.

        Raises
        ------
        aiohttp.ClientError, TimeoutError
            If it cannot be reached, or does not answer in time.
        """
        if self._session is None:
            # No limit on connections: a text is stored whatever else waits for a handler.
            connector = aiohttp.UnixConnector(self._socket, limit=0, keepalive_timeout=_KEEP_ALIVE)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            )
        until = time.monotonic() + _RESTART_SECONDS
        async with asyncio.timeout(_TWILIO_WAITS):
            while True:
                try:
                    async with self._session.request(
                        method,
                        _url(target),
                        data=body or None,
                        headers=headers,
                        allow_redirects=False,
                    ) as response:
                        return response.status, response.headers.get("Content-Type"), await response.read()
                except aiohttp.ClientError as error:
                    # The receiver is being restarted. What it has taken already it knows by its SID.
                    if not isinstance(error, aiohttp.ClientConnectorError):
                        until = time.monotonic() + _RESTART_SECONDS
                    if time.monotonic() > until:
                        raise
                    await asyncio.sleep(0.05)


def _url(target: str) -> Any:
    from yarl import URL

    # Encoded already: what Twilio signed must arrive letter by letter.
    return URL("http://receiver/" + target, encoded=True)


@web.stream_request_body
class PublicHandler(web.RequestHandler):
    """Answers the two paths."""

    # Before anything of ours runs, tornado answers 405 to the others.
    SUPPORTED_METHODS = ("GET", "POST")

    def initialize(self, forwarder: Forwarder) -> None:
        """Take the forwarder; tornado calls this for each request."""
        self._forwarder = forwarder
        self._chunks: list[bytes] = []
        self.current_user = None  # Jupyter's access log asks for it

    def prepare(self) -> None:
        """Refuse what is too big or no plain request, before its body is read."""
        if not self._forwarder.supervisor.is_wanted:
            raise web.HTTPError(404)
        headers = self.request.headers
        if "Upgrade" in headers or "upgrade" in headers.get("Connection", "").lower():
            raise web.HTTPError(400)
        # Streaming, tornado comes here before it has looked at the length itself.
        length = headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise web.HTTPError(400)
        if int(length) > BODY_LIMIT:
            raise web.HTTPError(413)
        connection = self.request.connection
        assert isinstance(connection, HTTP1Connection)
        connection.set_max_body_size(BODY_LIMIT)
        connection.set_body_timeout(BODY_SECONDS)

    def data_received(self, chunk: bytes) -> None:
        """Collect the body."""
        self._chunks.append(chunk)

    def check_xsrf_cookie(self) -> None:
        """Check nothing: no cookie is looked at."""

    @allow_unauthenticated
    async def get(self, path: str) -> None:
        """Take a webhook that is configured with the method GET."""
        await self._forward(path)

    @allow_unauthenticated
    async def post(self, path: str) -> None:
        """Take a webhook or a status callback."""
        await self._forward(path)

    async def _forward(self, path: str) -> None:
        request = self.request
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        headers[REMOTE_HEADER] = request.remote_ip or ""
        target = path + (f"?{request.query}" if request.query else "")
        try:
            status, kind, body = await self._forwarder.forward(
                str(request.method), target, headers, b"".join(self._chunks)
            )
        except (aiohttp.ClientError, TimeoutError):
            raise web.HTTPError(503) from None
        self.set_status(status)
        if kind:
            self.set_header("Content-Type", kind)
        else:
            self.clear_header("Content-Type")
        await self.finish(body or None)

    def set_default_headers(self) -> None:
        """Name no software."""
        self.clear_header("Server")

    def write_error(self, status_code: int, **details: Any) -> None:
        """Answer an error without a page of Jupyter's, which holds an API token for who is logged in."""
        code, message = _ERRORS.get(status_code, ("InternalServerError", "The request failed."))
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"error": message, "error_code": code}))

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Log failures of ours, without the request."""
        if not isinstance(error, web.HTTPError):
            logger.error("The public route failed.", exc_info=(kind, error, traceback))

    def _log(self) -> None:
        """Write no line for each request: addresses hold numbers where the method is GET."""
