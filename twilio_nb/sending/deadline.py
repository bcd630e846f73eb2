"""A limit on the whole of one HTTP exchange.

The timeouts of `requests` begin anew with each byte that comes, so a server that sends one a second holds
its caller for hours. Here the connection itself is closed when the time is up, whatever the other end does; and
what was not yet sent by then is never sent, so a caller who has given up can rely on that.
"""

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

_exchange = threading.local()


class Deadline:
    """Closes the connection of this thread's exchange when the time is up.

    Parameters
    ----------
    seconds : float
        The time.

    Attributes
    ----------
    is_over : bool
        Whether it was up before the exchange had ended.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        _exchange.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()
        _exchange.deadline = None
        with self._lock:
            self._socket = None

    def watch(self, connection: Any) -> None:
        """Take a connection that is about to carry the request; too late, nothing is sent on it."""
        with self._lock:
            self._socket = connection.sock
            if self.is_over:
                raise ConnectTimeoutError(connection, "The time was up before anything was sent.")

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    # The plain socket's own: that of TLS would take the session from under its reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Watched:
    """A connection that the deadline of its thread knows of."""

    sock: socket.socket | None

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # of the connection it is mixed into
        self._watch()

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is not None:  # kept open since an earlier exchange
            self._watch()
        super().request(*arguments, **options)  # type: ignore[misc]

    def _watch(self) -> None:
        if deadline := getattr(_exchange, "deadline", None):
            deadline.watch(self)


class _Connection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class DeadlineAdapter(HTTPAdapter):
    """Lets a session of `requests` keep to a :class:`Deadline`."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Make the pools of connections to a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
