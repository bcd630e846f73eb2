"""The sockets of a receiver, in its runtime directory."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

from twilio_nb.receiving.protocol import SOCKET as KERNELS_SOCKET
from twilio_nb.storage.directories import private_file

PAGES_SOCKET = "pages.sock"
WEBHOOKS_SOCKET = "webhooks.sock"

BACKLOG = 1024

_LOOK = 0.1  # seconds


class Listeners:
    """The sockets of one runtime directory, readable by this user only.

    Parameters
    ----------
    directory : Path
        The runtime directory.
    port : int or None
        Loopback port for the webhooks besides; 0 for any, the last one if it is free; None for no port.

    Attributes
    ----------
    unix : dict
        The unix sockets by name.
    tcp : socket.socket or None
        The loopback port.
    """

    def __init__(self, directory: Path, port: int | None) -> None:
        self.unix: dict[str, socket.socket] = {}
        self._inodes: dict[Path, int] = {}
        before = os.umask(0o177)
        try:
            for name in (KERNELS_SOCKET, WEBHOOKS_SOCKET, PAGES_SOCKET):
                path = directory / name
                path.unlink(missing_ok=True)  # of a receiver that was killed
                listener = socket.socket(socket.AF_UNIX)
                listener.bind(str(path))
                listener.listen(BACKLOG)
                self.unix[name] = listener
                self._inodes[path] = path.stat().st_ino
        finally:
            os.umask(before)
        self.tcp = None if port is None else _loopback(directory / "port", port)

    async def lost(self) -> None:
        """Wait until one of the sockets is not found any more: a cleaner of old files, or a successor, came.

        Who listens there cannot be called again, and would never notice.
        """
        while all(map(self._is_ours, self._inodes)):
            await asyncio.sleep(_LOOK)

    def remove(self) -> None:
        """Remove the sockets, but not those that a successor has bound in their place."""
        for path in filter(self._is_ours, self._inodes):
            path.unlink(missing_ok=True)

    def _is_ours(self, path: Path) -> bool:
        try:
            return path.stat().st_ino == self._inodes[path]
        except OSError:
            return False


def _loopback(record: Path, port: int) -> socket.socket:
    """Bind a loopback port: the same as last time where possible, because addresses with it are known."""
    wanted = [port]
    with contextlib.suppress(OSError, ValueError):
        wanted = [port or int(record.read_text())] + [0] * (not port)
    for candidate in wanted:
        listener = socket.socket(socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
        except OSError:
            listener.close()
            if candidate == wanted[-1]:
                raise
        else:
            break
    listener.listen(BACKLOG)
    private_file(record, str(listener.getsockname()[1]))
    return listener
