"""The two public paths on Jupyter Server: what comes in without a login, and is signed by Twilio.

None of Jupyter's handlers, and none of tornado's either: nothing about logins, cookies, origins or websockets
is inherited, and a request costs half as much (`make bench`). Nothing is decided here but sizes and times. The
receiver checks the signature.
"""

import asyncio
import json
import logging
import re
from http import HTTPStatus
from http.client import responses
from typing import Any

from tornado import httputil
from tornado.http1connection import HTTP1Connection
from tornado.routing import PathMatches, Rule

from twilio_nb.errors import InvalidMessage, TwilioNBError
from twilio_nb.jupyter.forwarding import Forwarder
from twilio_nb.jupyter.supervision import Supervisor
from twilio_nb.receiving.exchange import BODY_LIMIT, BODY_SECONDS, REMOTE_HEADER
from twilio_nb.receiving.signature import SETTINGS_HEADER, SIGNATURE_HEADER
from twilio_nb.receiving.tracebacks import frames

_METHODS = ("GET", "POST")
_MOST_DIGITS = 9  # of a length; int() takes time for many, and raises for 4301
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
_QUERY = re.compile(r'[!"$-~]*')  # Twilio escapes what is not printable ASCII, and sends no fragment
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ERRORS = {
    400: (InvalidMessage.error_code, "The request is malformed."),
    404: ("NotFound", "There is nothing here."),
    405: ("MethodNotAllowed", "Only GET and POST are taken."),
    413: ("RequestTooLarge", "The body has more than 64 KiB."),
    500: (TwilioNBError.error_code, "The request failed."),
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


class PublicRoute(httputil.HTTPServerConnectionDelegate):
    """Takes the requests of the two paths.

    Parameters
    ----------
    base_url : str
        Jupyter Server's base URL.
    forwarder : Forwarder
        Asks the receiver.
    supervisor : Supervisor
        Knows whether the receiver is wanted.

    Attributes
    ----------
    rule : tornado.routing.Rule
        What leads to it: whatever begins as the two paths do. All but them is 404.
    """

    def __init__(self, base_url: str, forwarder: Forwarder, supervisor: Supervisor) -> None:
        # Also what is near: of an address that was mistyped at Twilio Jupyter would log the secret, and the number.
        self.rule = Rule(PathMatches(re.escape(base_url.rstrip("/")) + "/twilio/.*"), self)
        self._pattern = re.compile(public_pattern(base_url))
        self._forwarder = forwarder
        self._supervisor = supervisor

    def start_request(self, server_conn: object, request_conn: Any) -> "_Exchange":
        """Take one request; tornado calls this when its path matches."""
        return _Exchange(self._pattern, self._forwarder, self._supervisor, request_conn)


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Exchange(httputil.HTTPMessageDelegate):
    """One request and its answer."""

    def __init__(
        self,
        pattern: re.Pattern[str],
        forwarder: Forwarder,
        supervisor: Supervisor,
        connection: HTTP1Connection,
    ) -> None:
        self._pattern = pattern
        self._forwarder = forwarder
        self._supervisor = supervisor
        self._connection = connection
        self._chunks: list[bytes] = []
        self._is_read = False
        self._is_gone = False
        self._stalled: asyncio.TimerHandle | None = None

    def headers_received(self, start_line: Any, headers: httputil.HTTPHeaders) -> None:
        """Refuse what is too big or no plain request, before its body is read."""
        self._method = start_line.method
        try:
            self._target = self._read_target(start_line.path)
            self._headers = self._read_headers(headers)
        except _Refused as refused:
            self._refuse(refused.status)
            return
        self._connection.set_max_body_size(BODY_LIMIT)
        # Not set_body_timeout(), which costs a tenth of the request.
        self._stalled = asyncio.get_running_loop().call_later(BODY_SECONDS, self._connection.close)

    def data_received(self, chunk: bytes) -> None:
        """Collect the body."""
        self._chunks.append(chunk)

    def finish(self) -> None:
        """Have the whole request answered."""
        self._is_read = True
        if self._stalled:
            self._stalled.cancel()
        # Kept, because the event loop only remembers tasks weakly.
        self._answering = asyncio.ensure_future(self._answer())

    def on_connection_close(self) -> None:
        """Take note that nobody waits any more; what was sent is stored all the same."""
        self._is_gone = True
        if self._stalled:
            self._stalled.cancel()

    def _read_target(self, path: str) -> str:
        if self._method not in _METHODS:
            raise _Refused(405)
        path, mark, query = path.partition("?")
        match = self._pattern.fullmatch(path)
        if match is None or not self._supervisor.is_wanted:
            raise _Refused(404)
        if not _QUERY.fullmatch(query):
            raise _Refused(400)
        return "/" + match[1] + mark + query

    def _read_headers(self, headers: httputil.HTTPHeaders) -> dict[str, str]:
        if "Upgrade" in headers or "upgrade" in headers.get("Connection", "").lower():
            raise _Refused(400)
        # Tornado looks at the length itself only later.
        length = headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise _Refused(400)
        if len(length) > _MOST_DIGITS or int(length) > BODY_LIMIT:
            raise _Refused(413)
        kept = {name: headers[name] for name in _FORWARDED if name in headers}
        if any(map(_CONTROL.search, kept.values())):
            raise _Refused(400)
        remote = getattr(self._connection.context, "remote_ip", None)
        return kept | {REMOTE_HEADER: remote or ""}

    async def _answer(self) -> None:
        try:
            status, kind, body = await self._forwarder.forward(
                self._method, self._target, self._headers, b"".join(self._chunks)
            )
        except (ConnectionError, TimeoutError):
            self._refuse(503)
        except Exception as error:  # without its own text or the request: both may hold a body or a number
            logger.error("The public route failed: %s", frames(error))
            self._refuse(500)
        else:
            self._send(status, kind, body)

    def _refuse(self, status: int) -> None:
        code, message = _ERRORS[status]
        self._send(status, "application/json", json.dumps({"error": message, "error_code": code}).encode())

    def _send(self, status: int, kind: str | None, body: bytes) -> None:
        """Write an answer; it names no software, and a log has no line for it."""
        if self._is_gone:
            return
        headers = httputil.HTTPHeaders()
        if status != HTTPStatus.NO_CONTENT:
            headers["Content-Length"] = str(len(body))
        if kind:
            headers["Content-Type"] = kind
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_METHODS)
        if not self._is_read:
            # Tornado closes it, since a body may follow; a proxy must not send its next request there.
            headers["Connection"] = "close"
        line = httputil.ResponseStartLine("HTTP/1.1", status, responses.get(status, "Unknown"))
        written = self._connection.write_headers(line, headers, b"" if self._method == "HEAD" else body)
        written.add_done_callback(lambda done: done.exception())  # who has gone needs no answer
        self._connection.finish()
