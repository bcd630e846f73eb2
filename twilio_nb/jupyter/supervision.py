"""Keeps the receiver up, on top of jupyter-server-proxy, which starts it and restarts it when it crashes.

That proxy never restarts a process that exited with 0, and does not see one that hangs. Here both are seen.
"""

import asyncio
import contextlib
import logging
import os
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp
from jupyter_server.utils import url_path_join
from jupyter_server_proxy.config import ServerProcess
from jupyter_server_proxy.handlers import SuperviseAndProxyHandler
from simpervisor.process import KilledProcessError
from tornado import httputil, web

from twilio_nb.jupyter.proxy import NAME, START_SECONDS, receiver_server
from twilio_nb.receiving.listeners import PAGES_SOCKET

PING_SECONDS = 2.0
"""How long the receiver may take to answer a ping."""

MOST_PINGS = 3
"""After how many pings without an answer the receiver counts as hung."""

_LISTENS_WITHIN = 15.0  # seconds; after crashes it pauses for up to ten before it opens its sockets
_LOOK = 0.25
_PING_EVERY = 1.0
_FAILED_START = 4  # looks after which a process that is not running will not come back by itself
_CRASHES = 4  # processes in a row, none of which has answered, after which they are started less often
_LONGEST_PAUSE = 10.0


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
        self._pid: int | None = None
        self._seen = 0.0  # when the process was new
        self._has_answered = False
        self._unanswered = 0  # pings in a row
        self._absent = 0  # looks in a row
        self._crashes = 0  # processes in a row
        self._is_first = True  # the next process is one that we start, and no restart of simpervisor's
        self._pinged = 0.0
        self._not_before = 0.0
        self._starting: asyncio.Task[None] | None = None

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
                while not await self._is_up():
                    await asyncio.sleep(_LOOK)
        except (TimeoutError, OSError, web.HTTPError, KilledProcessError) as error:
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
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await self._look()
            except Exception:  # whatever it was, the next look may find it gone
                self._log.exception("twilio_nb: looking after the receiver failed.")

    async def _look(self) -> None:
        """See whether the process runs and answers, and do what is to be done."""
        process = self._process
        if process is not None and process.running and process.pid != self._pid:
            self._meet(process.pid)
            self._seen = time.monotonic()
            self._has_answered, self._unanswered = False, 0
            self._crashes += 1
            if self._crashes > _CRASHES and not self._is_first:
                await self._slow_down(process)
            self._is_first = False
        elif self._is_starting:
            return
        elif process is None or not process.running:
            self._absent += 1
            if process is None or self._absent >= _FAILED_START:
                self._restart()
        else:
            self._absent = 0
            process.always_restart = True  # it may have been started by a visit to its page
            await self._ping(process.pid)

    def _meet(self, pid: int) -> None:
        """Take note of the process, and say so where it takes the place of one that had worked."""
        if self._has_answered and pid != self._pid:
            self._log.warning("twilio_nb: the receiver ended and was started anew.")
        self._pid = pid

    async def _ping(self, pid: int) -> None:
        """See now and then whether the receiver answers, and end it when it does not."""
        now = time.monotonic()
        is_well = self._has_answered and not self._unanswered
        if is_well and now - self._pinged < _PING_EVERY:
            return
        self._pinged = now
        is_up = await self._is_up()
        if is_up or (is_up is None and not self._has_answered and now - self._seen < _LISTENS_WITHIN):
            return
        self._unanswered += 1
        if self._unanswered >= MOST_PINGS:
            self._log.warning("twilio_nb: the receiver does not answer; it is ended and started anew.")
            self._unanswered = 0
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @property
    def _is_starting(self) -> bool:
        """Whether jupyter-server-proxy is starting it at this moment, for us or for a visit to its page."""
        return bool(self._handler.state["proc_lock"].locked())

    def _restart(self) -> None:
        """Start the process where nothing else will: a failed start leaves it to us."""
        if time.monotonic() < self._not_before:
            return
        self._handler.state.pop("proc", None)
        self._absent, self._is_first = 0, True
        self._starting = asyncio.create_task(self._ensure())
        self._starting.add_done_callback(self._started)

    def _started(self, start: "asyncio.Task[None]") -> None:
        if not start.cancelled() and (error := start.exception()):
            self._log.warning(
                "twilio_nb: the receiver could not be started: %s", error or type(error).__name__
            )
            self._not_before = max(self._not_before, time.monotonic() + 1.0)

    async def _slow_down(self, process: Any) -> None:
        """Take a process that never gets as far as answering from simpervisor, which knows no pause."""
        pause = min(_LONGEST_PAUSE, 0.5 * 2 ** (self._crashes - _CRASHES))
        try:
            await process.kill()
        except (ProcessLookupError, KilledProcessError):
            return  # it ended by itself a moment ago: the next look comes soon
        self._log.warning("twilio_nb: the receiver ends before it answers; next attempt in %g s.", pause)
        self._not_before = time.monotonic() + pause

    async def _is_up(self) -> bool | None:
        """Ping, and take note of the process that answered; None if none listens so far."""
        process = self._process
        answers = await self._answers()
        if answers and process is not None:
            self._meet(process.pid)
            self._is_first = False
            self._has_answered, self._unanswered, self._crashes = True, 0, 0
        return answers

    async def _answers(self) -> bool | None:
        """Tell whether the receiver answers at once; None if it does not listen."""
        connector = aiohttp.UnixConnector(str(self._pages))
        timeout = aiohttp.ClientTimeout(total=PING_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.get("http://receiver/") as response,
            ):
                return response.status == 200
        except aiohttp.ClientConnectorError:
            return None
        except (aiohttp.ClientError, TimeoutError, OSError):
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
