"""Limits for the heads of requests, of which uvicorn has none.

The receiver's own port can be reached by every account of the machine: what does not end may neither fill the
memory nor hold a connection for ever. In front of the other sockets Jupyter Server has limits of its own.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 64 * 1024
"""Bytes that a head may have."""

HEAD_SECONDS = 10.0
"""Seconds within which a head has to come."""


class LimitedHeads(HttpToolsProtocol):
    """A connection that is closed when a head is too long or too slow."""

    _waiting: asyncio.TimerHandle | None = None
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is a head that has been too long already."""
        super().data_received(data)
        if self._waiting:
            self._size += len(data)
            if self._size > HEAD_LIMIT:
                self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the rest of the next head."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Take the request."""
        self._wait_no_more()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._wait_no_more()
        self._size = 0
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
