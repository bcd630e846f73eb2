"""The server extension: opens the public route, starts the receiver when it is wanted.

Until a webhook has been defined nothing runs, and the public paths answer 404.
"""

import asyncio
import json
from typing import Any

from traitlets import Bool
from traitlets.config import Configurable

from twilio_nb.domain.address_secret import PARAMETER
from twilio_nb.jupyter.forwarding import Forwarder
from twilio_nb.jupyter.proxy import runtime
from twilio_nb.jupyter.public_route import PublicRoute
from twilio_nb.jupyter.supervision import Supervisor
from twilio_nb.receiving.launch import MARKER, START_SOCKET
from twilio_nb.receiving.listeners import WEBHOOKS_SOCKET
from twilio_nb.storage.directories import data_directory

_LOOPBACK = ("", "localhost", "127.0.0.1", "0.0.0.0", "::", "*")  # noqa: S104 -- compared, not bound


class TwilioNB(Configurable):
    """What can be configured in ``jupyter_server_config.py``."""

    public_route = Bool(
        True,
        help="""
        Whether the two public paths of twilio_nb are served: those at which Twilio, without a login and with
        its signature, delivers texts and status callbacks. False closes them for good; texts can then still
        come in through a tunnel to the receiver's own socket.
        """,
    ).tag(config=True)


class Extension:
    """What this package adds to one Jupyter Server.

    Parameters
    ----------
    serverapp : jupyter_server.serverapp.ServerApp
        The server.
    """

    def __init__(self, serverapp: Any) -> None:
        self._serverapp = serverapp
        self._is_public = TwilioNB(parent=serverapp).public_route
        self._runtime = runtime()
        base_url = serverapp.web_app.settings["base_url"]
        directory = self._runtime.directory
        # Jupyter logs the address of what it refuses, also of a webhook's that reached it by mistake.
        left_out = serverapp.web_app.settings.get("extra_log_scrub_param_keys", [])
        serverapp.web_app.settings["extra_log_scrub_param_keys"] = [*left_out, PARAMETER]
        self._supervisor = Supervisor(serverapp.web_app, base_url, directory, serverapp.log)
        if self._is_public:
            route = PublicRoute(base_url, Forwarder(directory / WEBHOOKS_SOCKET), self._supervisor)
            # Not add_handlers, with which Jupyter takes classes of handlers only.
            serverapp.web_app.default_router.rules.insert(0, route.rule)

    async def start(self) -> None:
        """Listen for kernels that want the receiver; start it now if webhooks have been defined before."""
        if self._is_public:
            self._runtime.loopback_url = loopback_url(self._serverapp)
        path = self._runtime.directory / START_SOCKET
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._asked, path)
        path.chmod(0o600)  # until now the directory alone kept others out
        if (data_directory() / MARKER).exists():
            self._starting = asyncio.create_task(self._start())

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(await self._start()).encode() + b"\n")
        writer.close()

    async def _start(self) -> dict[str, Any]:
        try:
            await self._supervisor.start()
        except RuntimeError as error:
            self._serverapp.log.warning("twilio_nb: %s", error)
            return {"error": str(error)}
        return {"ready": True}


def loopback_url(serverapp: Any) -> str | None:
    """Return the address under which this machine reaches a Jupyter Server.

    Parameters
    ----------
    serverapp : jupyter_server.serverapp.ServerApp
        A server that listens.

    Returns
    -------
    str or None
        Ends in a slash. None for a server on a unix socket, on another interface, or with a certificate,
        which is not made out to a loopback address.
    """
    if serverapp.sock or serverapp.certfile:
        return None
    if serverapp.ip in _LOOPBACK:
        host = "127.0.0.1"
    elif serverapp.ip == "::1":
        host = "[::1]"
    else:
        return None
    return f"http://{host}:{serverapp.port}{serverapp.base_url}"


def _load_jupyter_server_extension(serverapp: Any) -> None:
    serverapp.web_app.settings["twilio_nb"] = Extension(serverapp)


async def _start_jupyter_server_extension(serverapp: Any) -> None:
    await serverapp.web_app.settings["twilio_nb"].start()
