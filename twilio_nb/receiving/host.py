"""The host: a thread in the kernel that dials the receiver and runs this notebook's handlers for it."""

import asyncio
import atexit
import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError, HandlerError
from twilio_nb.receiving.calls import Calls
from twilio_nb.receiving.delivery import Delivery
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.launch import notices, receiver
from twilio_nb.receiving.link import Link
from twilio_nb.receiving.threads import LoopThread
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory, private_directory
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.sending.gateway import Gateway

T = TypeVar("T")

MARKER = "receiving"
"""File in the data directory that lets Jupyter start the receiver by itself from now on."""

_PATIENCE = 10.0  # seconds to wait for the receiver
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


@dataclass(frozen=True)
class Addresses:
    """Where the world finds the receiver: base URLs ending in a slash.

    Attributes
    ----------
    loopback : str or None
        For the sandbox, on this machine.
    public : tuple of str
        For Twilio; may be empty.
    """

    loopback: str | None = None
    public: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Served:
    """A service whose texts this kernel takes."""

    definition: ServiceDefinition
    database: Database
    tokens: tuple[Secret, ...]
    delivery: Delivery


class Host:
    """The handlers of this process and their connection to the receiver; there is one at most.

    It redials whenever the receiver goes, and registers everything again. Get it from `start`.

    Attributes
    ----------
    owner : str
        The name under which this kernel claims texts.
    addresses : Addresses or None
        Where the world finds the receiver; None before the first connection.
    notices : list of str
        What a person should know before any text is missed.
    """

    _running: ClassVar["Host | None"] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.addresses: Addresses | None = None
        self.notices = notices()
        self._receiver = receiver()
        self._thread = LoopThread("twilio_nb host")
        self._calls = Calls(self.owner)
        self._services: dict[str, _Served] = {}
        self._listeners: list[Callable[[Addresses], None]] = []
        self._link: Link | None = None
        self._trouble: str | None = None
        self._changed = asyncio.Event()  # set and replaced whenever _link or _trouble changes
        self._registering: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._hurry = asyncio.Event()
        self._thread.submit(self._stay_connected())

    @classmethod
    def running(cls) -> "Host | None":
        """Return the host of this process, or None if nothing has been served yet."""
        return cls._running

    @classmethod
    def start(cls) -> "Host":
        """Return the host of this process; begin to connect if there is none.

        Returns
        -------
        Host
        """
        with cls._lock:
            if cls._running is None:
                cls._running = cls()
            return cls._running

    def serve(
        self, definition: ServiceDefinition, database: Database, tokens: Sequence[Secret], gateway: "Gateway"
    ) -> Addresses:
        """Take the texts of a service; once more when its definition or tokens change.

        Parameters
        ----------
        definition : ServiceDefinition
            The service.
        database : Database
            Where its texts are.
        tokens : sequence of Secret
            Its auth tokens; the receiver keeps them in memory.
        gateway : Gateway
            Its way to Twilio, for replies that come late.

        Returns
        -------
        Addresses
            Where the world finds the receiver.

        Raises
        ------
        ConfigurationError
            If the receiver cannot be started, runs another release, or does not answer within 10 s.
        """
        delivery = Delivery(definition, database, gateway, lambda: self.addresses and self.addresses.loopback)
        return self._ask(self._serve(_Served(definition, database, tuple(tokens), delivery)))

    def register(self, handler: Handler, database: Database) -> None:
        """Put a handler into service, at once and in place of an earlier one of its webhook.

        Its texts that are pending for less than ten minutes are run next.

        Parameters
        ----------
        handler : Handler
            Its service must be served already.
        database : Database
            Where its texts are.

        Raises
        ------
        HandlerError
            If its service is not served.
        ConfigurationError
            If the receiver does not answer within 10 s.
        """
        served = self._services.get(handler.service)
        if served is None:
            message = f"The service {handler.service!r} is not being received yet; serve it first."
            raise HandlerError(message)
        handler.database = database
        if not served.definition.sandbox:
            (private_directory(data_directory()) / MARKER).touch()
        self._ask(self._register(handler, served))

    def unregister(self, service: str, webhook: str) -> None:
        """Take a handler out of service; texts that are running finish, new ones stay pending.

        Parameters
        ----------
        service, webhook : str
            Its webhook.
        """
        self._ask(self._unregister(service, webhook))

    def replay(self, service: str, webhook: str, sids: Sequence[str]) -> list[dict[str, Any]]:
        """Run a handler on stored texts, one after the other; replies go out by REST. Blocks until done.

        Parameters
        ----------
        service, webhook : str
            Whose live handler runs.
        sids : sequence of str
            The texts, whatever became of them before. One that is running is passed over.

        Returns
        -------
        list of dict
            A row for each text: ``sid``, ``state``, ``replies`` (how many), ``error``.

        Raises
        ------
        HandlerError
            If the webhook has no handler in this kernel.
        """
        return self._thread.submit(self._calls.replay(service, webhook, sids)).result()

    def handlers(self) -> list[Handler]:
        """Return the handlers of this process."""
        return self._calls.handlers()

    def on_addresses(self, callback: Callable[[Addresses], None]) -> None:
        """Have a function called with the addresses now, if known, and whenever they are told anew.

        Parameters
        ----------
        callback : callable
            Takes `Addresses`; called in the host's thread, must not block.
        """
        self._listeners.append(callback)
        if self.addresses is not None:
            callback(self.addresses)

    def close(self) -> None:
        """Leave the receiver, and end it if it is this process's own; handlers that run are not waited for."""
        with Host._lock:
            if Host._running is self:
                Host._running = None
        closing = self._thread.submit(self._leave())
        with contextlib.suppress(FutureTimeoutError):
            closing.result(1)
        self._thread.stop()
        self._receiver.close()

    # In the host's thread.

    async def _stay_connected(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                link = await Link.dial(await self._receiver.ready(), self.owner)
            except ConfigurationError as error:
                self._tell(None, str(error))
            except (OSError, TimeoutError):
                pass  # the receiver is on its way; who waits for it gives up after a while
            else:
                pause = _FIRST_PAUSE
                await self._talk(link)
                if link.hung:
                    self._receiver.hung()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), pause)
            self._hurry.clear()
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _talk(self, link: Link) -> None:
        self._take_addresses(link.welcome)
        for served in self._services.values():
            _announce(link, served)
        for handler in self._calls.handlers():
            _offer(link, handler)
        self._tell(link, None)
        try:
            async for message in link.messages():
                self._take(link, message)
        finally:
            self._tell(None, None)

    def _take(self, link: Link, message: dict[str, Any]) -> None:
        match message["type"]:
            case "call":
                self._calls.take(link, message)
            case "registered":
                key = message["service"], message["webhook"]
                if (registering := self._registering.pop(key, None)) and not registering.done():
                    registering.set_result(None)
                self._calls.registered(*key)
            case "taken_over":
                self._calls.say(
                    message,
                    f"Another kernel ({message['by']}) now answers {message['service']}/{message['webhook']}; "
                    "this one resumes when it leaves.",
                )
            case "resumed":
                self._calls.say(
                    message, f"This kernel answers {message['service']}/{message['webhook']} again."
                )
                self._calls.registered(message["service"], message["webhook"])
            case "welcome":
                self._take_addresses(message)
            case "refused":
                self._tell(None, f"The receiver closed the connection: {message['reason']}")

    def _take_addresses(self, welcome: dict[str, Any]) -> None:
        addresses = welcome["addresses"]
        self.addresses = Addresses(addresses["loopback"], tuple(addresses["public"]))
        for callback in self._listeners:
            callback(self.addresses)

    def _tell(self, link: Link | None, trouble: str | None) -> None:
        """Wake whoever waits for a connection."""
        self._link, self._trouble = link, trouble
        self._changed.set()
        self._changed = asyncio.Event()

    async def _connected(self) -> Link:
        self._trouble = None  # what went wrong before may be mended: try now
        self._hurry.set()
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while self._link is None:
            if self._trouble is not None:
                raise ConfigurationError(self._trouble)
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                message = f"The receiver did not answer within {_PATIENCE:.0f} s; the connection is still being tried."
                raise ConfigurationError(message) from None
        self._hurry.clear()
        return self._link

    async def _serve(self, served: _Served) -> Addresses:
        self._services[served.definition.name] = served
        if self._link is not None:
            _announce(self._link, served)
        await self._connected()
        assert self.addresses is not None, "the receiver's welcome names them"
        return self.addresses

    async def _register(self, handler: Handler, served: _Served) -> None:
        self._calls.put(handler, served.delivery)
        key = handler.service, handler.name
        registering = self._registering[key] = asyncio.get_running_loop().create_future()
        if self._link is not None:
            _offer(self._link, handler)
        await self._connected()
        try:
            await asyncio.wait_for(registering, _PATIENCE)
        except TimeoutError:
            message = f"The receiver did not confirm {handler.definition.key} within {_PATIENCE:.0f} s."
            raise ConfigurationError(message) from None

    async def _unregister(self, service: str, webhook: str) -> None:
        self._calls.drop(service, webhook)
        if self._link is not None:
            self._link.send("unregister", service=service, webhook=webhook)

    async def _leave(self) -> None:
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        if self._link is not None:
            self._link.close()
        await asyncio.sleep(0)

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(question).result()

    @classmethod
    def _forget(cls) -> None:
        """In a forked process: its thread is gone, the connection is the parent's."""
        host, cls._running = cls._running, None
        cls._lock = threading.Lock()
        if host is not None and host._link is not None:
            host._link.forget()

    @classmethod
    def _close_running(cls) -> None:
        if cls._running is not None:
            cls._running.close()


def _announce(link: Link, served: _Served) -> None:
    link.send(
        "service",
        definition=served.definition.to_document(),
        database=served.database.name,
        tokens=[token.reveal() for token in served.tokens],
    )


def _offer(link: Link, handler: Handler) -> None:
    link.send(
        "register",
        service=handler.service,
        webhook=handler.name,
        respond_result=handler.respond_result,
        concurrency=handler.concurrency,
        timeout=handler.timeout,
    )


os.register_at_fork(after_in_child=Host._forget)
atexit.register(Host._close_running)
