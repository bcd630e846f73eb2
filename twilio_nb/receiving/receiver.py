"""The receiver's process: its sockets, its life beside its parent, and its servers.

``python -m twilio_nb.receiving.receiver --runtime DIRECTORY [--loopback-url URL]``

Started by jupyter-server-proxy in a Jupyter Server, or by a kernel where there is none. It binds its sockets
before it loads anything heavy, so that callers wait for it instead of being refused, and it ends with its
parent, however that ends.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from twilio_nb.receiving.protocol import SOCKET as KERNELS_SOCKET
from twilio_nb.storage.directories import private_directory, private_file

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PAGES_SOCKET = "pages.sock"
WEBHOOKS_SOCKET = "webhooks.sock"

_BACKLOG = 1024
_WATCH = 0.25  # seconds between two looks at the parent
_RECENT = 60.0  # starts within this many seconds count as a crash loop
_FREE_STARTS = 4
_LONGEST_PAUSE = 10.0
_FLUSH = 0.3  # seconds for the last answers to leave

logger = logging.getLogger("twilio_nb.receiving.receiver")


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
                listener.listen(_BACKLOG)
                self.unix[name] = listener
                self._inodes[path] = path.stat().st_ino
        finally:
            os.umask(before)
        self.tcp = None if port is None else _loopback(directory / "port", port)

    def remove(self) -> None:
        """Remove the sockets, but not those that a successor has bound in their place."""
        for path, inode in self._inodes.items():
            with contextlib.suppress(OSError):
                if path.stat().st_ino == inode:
                    path.unlink()


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
    listener.listen(_BACKLOG)
    private_file(record, str(listener.getsockname()[1]))
    return listener


def pause_before_start(directory: Path, now: float) -> float:
    """Record this start, and say how long to wait before it, so that a crash loop does not burn a processor.

    Parameters
    ----------
    directory : Path
        The runtime directory, where recent starts are recorded.
    now : float
        The time, in seconds.

    Returns
    -------
    float
        Seconds: none for the first starts within a minute, then twice as long each time, up to ten.

    Examples
    --------
    >>> pause_before_start(directory, time.time())
    0.0
    """
    record = directory / "starts"
    starts: list[float] = []
    with contextlib.suppress(OSError, ValueError):
        starts = [start for start in json.loads(record.read_text()) if now - start < _RECENT]
    excess = len(starts) - _FREE_STARTS
    private_file(record, json.dumps([*starts[-20:], now]))
    return 0.0 if excess < 0 else min(_LONGEST_PAUSE, 0.2 * 2**excess)


class Life:
    """When this process ends: on a signal, and when its parent or its directory is gone.

    A thread of its own watches, so that nothing that the event loop does can keep an orphan alive.

    Parameters
    ----------
    directory : Path
        The runtime directory.
    parent : int
        The parent's process id.
    """

    def __init__(self, directory: Path, parent: int) -> None:
        self._directory = directory
        self._parent = parent
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        # Ctrl-C in the terminal and a kernel's interrupt reach the whole process group. They mean the
        # parent, which decides; if it goes, so do we.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        threading.Thread(target=self._watch, name="parent", daemon=True).start()

    async def end(self) -> None:
        """Wait for the end."""
        self._ended, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self._ended.wait()

    def _end(self) -> None:
        if self._loop is None or self._ended is None:
            self.over()  # nothing is being served yet
        else:
            self._loop.call_soon_threadsafe(self._ended.set)

    def _watch(self) -> None:
        while os.getppid() == self._parent and self._directory.is_dir():
            time.sleep(_WATCH)
        self._end()
        time.sleep(2.0)
        self._leave_nothing()
        os._exit(1)  # the event loop is stuck

    def _leave_nothing(self) -> None:
        """Remove the parent's directory, which it is no longer there to do."""
        if os.getppid() != self._parent:
            shutil.rmtree(self._directory, ignore_errors=True)

    def over(self) -> None:
        """Leave, now: threads that wait for a store which is away must not be waited for."""
        self._leave_nothing()
        os._exit(0)


async def serve(listeners: Listeners, life: Life, loopback: str | None) -> None:
    """Serve until the end.

    Parameters
    ----------
    listeners : Listeners
        The sockets.
    life : Life
        When to end.
    loopback : str or None
        The loopback base address under which webhooks reach this receiver; None for its own port.
    """
    import uvicorn

    from twilio_nb import __version__
    from twilio_nb.receiving.address import public_bases
    from twilio_nb.receiving.dispatch import Dispatcher
    from twilio_nb.receiving.intake import Intake
    from twilio_nb.receiving.kernels import Kernels
    from twilio_nb.receiving.services import Services
    from twilio_nb.receiving.stores import Stores
    from twilio_nb.receiving.web import pages_application, webhook_application
    from twilio_nb.storage.database import DEFAULT_NAME, NAME_VARIABLE

    if listeners.tcp:
        loopback = f"http://127.0.0.1:{listeners.tcp.getsockname()[1]}/"
    stores = Stores(os.environ.get(NAME_VARIABLE) or DEFAULT_NAME)
    services = Services(stores)
    kernels = Kernels(services, stores, {"loopback": loopback, "public": public_bases(None)})
    dispatcher = Dispatcher(kernels)
    intake = Intake(services, dispatcher, loopback)

    def state() -> Iterator[tuple[str, str]]:
        yield "Release", __version__
        yield "Public address", ", ".join(public_bases(None)) or "each service's own"
        for store in stores:
            yield f"Database {store.name}", "open" if store.is_open else store.trouble or "being opened"
        yield "Live webhooks", ", ".join(kernels.live()) or "none"

    def server(application: "ASGIApp") -> uvicorn.Server:
        config = uvicorn.Config(
            application,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,  # longer than the public handler keeps an idle connection
            backlog=_BACKLOG,
        )
        built = uvicorn.Server(config)
        # Signals are Life's matter.
        built.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        return built

    webhooks = [listeners.unix[WEBHOOKS_SOCKET], *([listeners.tcp] if listeners.tcp else [])]
    serving = [
        asyncio.create_task(work)
        for work in (
            kernels.serve(listeners.unix[KERNELS_SOCKET]),
            server(webhook_application(intake)).serve(sockets=webhooks),
            server(pages_application(intake, lambda: dict(state()))).serve(
                sockets=[listeners.unix[PAGES_SOCKET]]
            ),
        )
    ]
    ending = asyncio.create_task(life.end())
    await asyncio.wait([*serving, ending], return_when=asyncio.FIRST_COMPLETED)
    for task in serving:
        if task.done():
            task.result()  # a server that ends by itself is a failure: its exception ends the process
    listeners.remove()
    dispatcher.release()
    kernels.close()
    await asyncio.sleep(_FLUSH)


def main() -> None:
    """Run the receiver; ends with the process."""
    parser = argparse.ArgumentParser(prog="python -m twilio_nb.receiving.receiver", description=__doc__)
    parser.add_argument("--runtime", type=Path, required=True, help="private directory for the sockets")
    parser.add_argument("--port", type=int, default=0, help="own loopback port; any by default")
    parser.add_argument("--loopback-url", help="base address under which Jupyter is reached on loopback")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process to end with")
    arguments = parser.parse_args()
    logging.basicConfig(format="[twilio_nb receiver] %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # junk from a tunnel is no news
    directory = private_directory(arguments.runtime)
    life = Life(directory, arguments.parent)
    time.sleep(pause_before_start(directory, time.time()))
    listeners = Listeners(directory, None if arguments.loopback_url else arguments.port)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(serve(listeners, life, arguments.loopback_url))
        except BaseException:
            logger.exception("The receiver failed.")
            listeners.remove()
            os._exit(1)
        life.over()


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.Loop


if __name__ == "__main__":
    main()
