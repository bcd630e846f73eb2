"""Handing requests to the receiver: HTTP over its unix socket, on connections that stay open.

Not aiohttp, whose client takes a third of Jupyter's time for a request (`make bench`): the requests are ours,
the answers come from our own receiver, and httptools parses them.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httptools

_TWILIO_WAITS = 14.5  # seconds, a little less than it does
_RESTART_SECONDS = 5.0  # for which a request waits while the receiver is being restarted
_PAUSE = 0.05

Answer = tuple[int, str | None, bytes]
"""Status, content type and body."""


class Forwarder:
    """Asks the receiver.

    Parameters
    ----------
    socket : Path
        The receiver's socket for webhooks.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = str(socket)
        self._idle: list[_Link] = []

    async def forward(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Ask the receiver; while it is being restarted, wait for it.

        There is no limit on requests in flight: a text is stored whatever else waits for a handler.

        Parameters
        ----------
        method, target : str
            Method and request target, letter by letter as they were signed.
        headers : mapping of str to str
            Headers to hand on; without line breaks or other control characters.
        body : bytes
            The body.

        Returns
        -------
        tuple of (int, str or None, bytes)
            Status, content type and body of its answer.

        Raises
        ------
        ConnectionError, TimeoutError
            If it cannot be reached, or does not answer before Twilio would give up.
        """
        lines = [f"{method} {target} HTTP/1.1", "Host: receiver", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "\r\n"]).encode("latin-1") + body
        until = time.monotonic() + _RESTART_SECONDS
        async with asyncio.timeout(_TWILIO_WAITS):
            while True:
                try:
                    link = self._idle.pop() if self._idle else await self._dial()
                except OSError as error:
                    if time.monotonic() > until:
                        message = "The receiver cannot be reached."
                        raise ConnectionError(message) from error
                    await asyncio.sleep(_PAUSE)
                    continue
                try:
                    return await link.ask(request)
                except ConnectionError:
                    # It was there a moment ago. What it has taken already it knows by its SID.
                    until = time.monotonic() + _RESTART_SECONDS
                    await asyncio.sleep(_PAUSE)

    async def _dial(self) -> "_Link":
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(lambda: _Link(self._idle), self._socket)
        return link


class _Link(asyncio.Protocol):
    """One connection: a request, its answer, the next request.

    Parameters
    ----------
    idle : list of _Link
        Where it stands while it is open and free.
    """

    _transport: asyncio.Transport
    _answered: asyncio.Future[Answer] | None = None

    def __init__(self, idle: list["_Link"]) -> None:
        self._idle = idle

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises
        ------
        ConnectionError
            If the connection ends first, or what comes is no answer.
        """
        self._parser = httptools.HttpResponseParser(self)
        self._kind: str | None = None
        self._body = b""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answered
        except asyncio.CancelledError:
            self._transport.abort()  # its answer may still come, and is nobody else's
            raise

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # other loops' are none by inheritance

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._idle:
            self._idle.remove(self)
        if self._answered and not self._answered.done():
            message = "The receiver closed the connection without an answer."
            self._answered.set_exception(ConnectionError(message))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._kind = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._parser.should_keep_alive():
            self._idle.append(self)
        else:
            self._transport.close()
        if self._answered and not self._answered.done():
            self._answered.set_result((self._parser.get_status_code(), self._kind, self._body))
