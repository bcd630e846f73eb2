"""Keeps the receiver up, on top of jupyter-server-proxy, which starts it and restarts it when it crashes.

That proxy never restarts a process that exited with 0, and does not see one that hangs. Here both are seen.
"""

import asyncio
import contextlib
import logging
import signal
from pathlib import Path
from typing import Any

import aiohttp
from jupyter_server.utils import url_path_join
from jupyter_server_proxy.config import ServerProcess
from jupyter_server_proxy.handlers import SuperviseAndProxyHandler
from tornado import httputil, web

from twilio_nb.jupyter.proxy import NAME, START_SECONDS, receiver_server
from twilio_nb.receiving.receiver import PAGES_SOCKET

PING_SECONDS = 2.0
"""How long the receiver may take to answer a ping."""

MOST_PINGS = 3
"""After how many pings without an answer the receiver counts as hung."""

_PINGS_AT_START = 20  # the same until it has answered once: it loads, and after crashes it pauses before
_PAUSE = 0.25
_FAILED_START = 4  # looks after which a process that is not running will not come back by itself


class Supervisor:
    """Starts the receiver when it is wanted, and keeps it up from then on.

    Parameters
    ----------
    application : tornado.web.Application
        Jupyter Server's, in which jupyter-server-proxy has registered the receiver.
    base_url : str
        Jupyter Server's base URL.
    directory : Path
        The runtime directory.
    log : logging.Logger
        Jupyter Server's.

    Attributes
    ----------
    is_wanted : bool
        Whether anybody has asked for the receiver.
    """

    def __init__(
        self, application: web.Application, base_url: str, directory: Path, log: logging.Logger
    ) -> None:
        self.is_wanted = False
        self._handler = _proxy_handler(application, base_url)
        self._pages = directory / PAGES_SOCKET
        self._log = log
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the receiver if it does not run, and return when it answers.

        Raises
        ------
        RuntimeError
            If it does not answer in time; it is tried again by itself.
        """
        self.is_wanted = True
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            await self._ensure()
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    await asyncio.sleep(_PAUSE)
        except (TimeoutError, OSError, web.HTTPError) as error:
            message = f"The receiver did not start in {START_SECONDS} s; Jupyter Server's log says more."
            raise RuntimeError(message) from error

    async def _ensure(self) -> None:
        """Have the process started, and restarted also when it exits with 0."""
        await self._handler.ensure_process()
        if process := self._process:
            process.always_restart = True

    @property
    def _process(self) -> Any:
        return self._handler.state.get("proc")

    async def _watch(self) -> None:
        pid, has_answered, unanswered, absent = None, False, 0, 0
        while True:
            await asyncio.sleep(_PAUSE)
            process = self._process
            if self._handler.state["proc_lock"].locked():
                continue  # it is being started at this moment
            if process is None or not process.running:
                absent += 1
                if process is None or absent >= _FAILED_START:
                    await self._restart()
                continue
            process.always_restart = True  # it may have been started by a visit to its page
            absent = 0
            if process.pid != pid:
                pid, has_answered, unanswered = process.pid, False, 0
            if await self._answers():
                has_answered, unanswered = True, 0
                await asyncio.sleep(_PAUSE)
            else:
                unanswered += 1
            if unanswered >= (MOST_PINGS if has_answered else _PINGS_AT_START) and process.pid == pid:
                self._log.warning("twilio_nb: the receiver does not answer; it is ended and started anew.")
                process.send_signal(signal.SIGKILL)
                unanswered = 0

    async def _restart(self) -> None:
        """Start the process where nothing else will: a failed start leaves it to us."""
        self._handler.state.pop("proc", None)
        try:
            await self._ensure()
        except (OSError, web.HTTPError) as error:
            self._log.warning("twilio_nb: the receiver could not be started: %s", error)
            await asyncio.sleep(1.0)

    async def _answers(self) -> bool:
        """Ping: tell whether the receiver answers at once."""
        connector = aiohttp.UnixConnector(str(self._pages))
        timeout = aiohttp.ClientTimeout(total=PING_SECONDS)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.get("http://receiver/") as response,
            ):
                return response.status == 200
        return False


class _NoConnection:
    """What a request handler that is never used to answer needs of a connection."""

    def set_close_callback(self, callback: object) -> None:
        """Do nothing: there is nothing to close."""


def _proxy_handler(application: web.Application, base_url: str) -> Any:
    """Make one handler of the class that jupyter-server-proxy has registered for the receiver.

    Its state is shared by all handlers of the class, so that the page and the public route have one
    process between them. Where that extension is switched off there is no page, and the class is our own.
    """
    kind, arguments = (
        _registered(application, base_url)
        or ServerProcess(name=NAME, **receiver_server()).make_proxy_handler()
    )
    request = httputil.HTTPServerRequest(method="GET", uri="/", connection=_NoConnection())  # type: ignore[arg-type]
    return kind(application, request, **arguments)


def _registered(application: web.Application, base_url: str) -> tuple[type, dict[str, Any]] | None:
    pattern = url_path_join(base_url, NAME, "(.*)")
    for group in application.default_router.rules:
        for rule in getattr(group.target, "rules", ()):
            found = getattr(getattr(rule.matcher, "regex", None), "pattern", "")
            kind = rule.target
            if (
                found.rstrip("$") == pattern
                and isinstance(kind, type)
                and issubclass(kind, SuperviseAndProxyHandler)
            ):
                return kind, rule.target_kwargs
    return None
