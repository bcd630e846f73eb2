"""The receiver's process: its sockets, its life beside its parent, and its servers.

``python -m twilio_nb.receiving.receiver --runtime DIRECTORY [--loopback-url URL]``

Started by jupyter-server-proxy in a Jupyter Server, or by a kernel where there is none. It binds its sockets
before it loads anything heavy, so that callers wait for it instead of being refused, and it ends with its
parent, however that ends.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from twilio_nb.receiving.life import Life, pause_before_start
from twilio_nb.receiving.listeners import BACKLOG, PAGES_SOCKET, WEBHOOKS_SOCKET, Listeners
from twilio_nb.receiving.protocol import SOCKET as KERNELS_SOCKET
from twilio_nb.receiving.tracebacks import unretrieved
from twilio_nb.storage.directories import private_directory

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_FLUSH = 0.3  # seconds for the last answers to leave
_SWITCH = 0.0005  # seconds between threads

logger = logging.getLogger("twilio_nb.receiving.receiver")


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

    from twilio_nb.receiving.address import public_bases
    from twilio_nb.receiving.dispatch import Dispatcher
    from twilio_nb.receiving.heads import LimitedHeads
    from twilio_nb.receiving.intake import Intake
    from twilio_nb.receiving.kernels import Kernels
    from twilio_nb.receiving.pages import Overview
    from twilio_nb.receiving.services import Services
    from twilio_nb.receiving.stores import Stores
    from twilio_nb.receiving.web import pages_application, webhook_application
    from twilio_nb.storage.database import DEFAULT_NAME, NAME_VARIABLE

    if listeners.tcp:
        loopback = f"http://127.0.0.1:{listeners.tcp.getsockname()[1]}/"
    asyncio.get_running_loop().set_exception_handler(unretrieved)
    stores = Stores(os.environ.get(NAME_VARIABLE) or DEFAULT_NAME)
    services = Services(stores)
    kernels = Kernels(services, stores, {"loopback": loopback, "public": public_bases(None)})
    dispatcher = Dispatcher(kernels)
    intake = Intake(services, dispatcher, loopback)
    overview = Overview(stores, services, kernels, loopback)

    def server(application: "ASGIApp") -> uvicorn.Server:
        config = uvicorn.Config(
            application,
            http=LimitedHeads,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,  # longer than the public handler keeps an idle connection
            backlog=BACKLOG,
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
            server(pages_application(intake, overview.page)).serve(sockets=[listeners.unix[PAGES_SOCKET]]),
        )
    ]
    # Without its sockets it leaves, too: whoever started it starts it again.
    ending = [asyncio.create_task(end) for end in (life.end(), listeners.lost())]
    await asyncio.wait([*serving, *ending], return_when=asyncio.FIRST_COMPLETED)
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
    time.sleep(pause_before_start(directory, time.monotonic()))
    listeners = Listeners(directory, None if arguments.loopback_url else arguments.port)
    # A commit's thread would wait 5 ms for the event loop each time that MongoDB has answered it.
    sys.setswitchinterval(_SWITCH)
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
