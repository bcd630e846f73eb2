"""The host: a thread in the kernel that dials the receiver and runs this notebook's handlers for it."""

import asyncio
import atexit
import contextlib
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError, HandlerError
from twilio_nb.receiving.calls import Calls
from twilio_nb.receiving.connection import Connection
from twilio_nb.receiving.delivery import Delivery
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.launch import MARKER, notices, receiver
from twilio_nb.receiving.link import Link
from twilio_nb.receiving.served import Addresses, Served, announce, offer
from twilio_nb.receiving.threads import LoopThread
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.sending.gateway import Gateway

T = TypeVar("T")

_CONFIRMED_WITHIN = 10.0  # seconds


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
        self._services: dict[str, Served] = {}
        self._listeners: list[Callable[[Addresses], None]] = []
        self._registering: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._connection = Connection(self.owner, self._receiver, self._opened, self._take)
        self._thread.submit(self._connection.stay())
        self._closed = False

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

        Raises
        ------
        ConfigurationError
            On Windows, where there are no unix sockets for it.
        """
        if sys.platform == "win32":
            message = "Texts cannot be received by native Windows; run Jupyter in WSL. Sending works here."
            raise ConfigurationError(message)
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
            If the receiver cannot be started, runs another release, or does not answer in time.
        """
        delivery = Delivery(definition, database, gateway, self._loopback)
        return self._ask(self._serve(Served(definition, database, tuple(tokens), delivery)))

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
            If the receiver does not answer in time.
        """
        served = self._services.get(handler.service)
        if served is None:
            message = f"The service {handler.service!r} is not being received yet; serve it first."
            raise HandlerError(message)
        handler.database = database
        if not served.definition.sandbox:
            (data_directory() / MARKER).touch()
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

    def on_addresses(self, callback: Callable[[Addresses], None]) -> Callable[[], None]:
        """Have a function called with the addresses now, if known, and whenever they are told anew.

        Parameters
        ----------
        callback : callable
            Takes `Addresses`; called in the host's thread, must not block.

        Returns
        -------
        callable
            Ends that.
        """
        self._listeners.append(callback)
        if self.addresses is not None:
            callback(self.addresses)
        return lambda: self._listeners.remove(callback)

    def close(self) -> None:
        """Leave the receiver, and end one of this process's own; waits for no handler."""
        with Host._lock:
            if Host._running is self:
                Host._running = None
            if self._closed:
                return
            self._closed = True
        closing = self._thread.submit(self._leave())
        with contextlib.suppress(FutureTimeoutError):
            closing.result(1)
        self._thread.stop()
        self._receiver.close()

    # In the host's thread.

    def _opened(self, link: Link) -> None:
        self._take_addresses(link.welcome)
        for served in self._services.values():
            announce(link, served)
        for handler in self._calls.handlers():
            offer(link, handler)

    def _take(self, link: Link, message: dict[str, Any]) -> None:
        kind, service, webhook = (message.get(name, "") for name in ("type", "service", "webhook"))
        if kind == "call":
            self._calls.take(link, message)
        elif kind == "welcome":
            self._take_addresses(message)
        elif kind == "registered":
            registering = self._registering.pop((service, webhook), None)
            if registering is not None and not registering.done():
                registering.set_result(None)
            if "by" in message:
                sentence = (
                    f"This kernel now answers {service}/{webhook}; another ({message['by']}) did before."
                )
                self._calls.say(service, webhook, sentence)
            self._calls.registered(service, webhook)
        elif kind == "resumed":
            self._calls.say(service, webhook, f"This kernel answers {service}/{webhook} again.")
            self._calls.registered(service, webhook)
        elif kind == "taken_over":
            sentence = f"Another kernel ({message['by']}) now answers {service}/{webhook}, until it leaves."
            self._calls.say(service, webhook, sentence)

    def _take_addresses(self, welcome: dict[str, Any]) -> None:
        addresses = welcome["addresses"]
        self.addresses = Addresses(addresses["loopback"], tuple(addresses["public"]))
        for callback in self._listeners:
            callback(self.addresses)

    async def _serve(self, served: Served) -> Addresses:
        self._services[served.definition.name] = served
        if self._connection.link is not None:
            announce(self._connection.link, served)
        await self._connection.ready()
        assert self.addresses is not None, "the receiver's welcome names them"
        return self.addresses

    async def _register(self, handler: Handler, served: Served) -> None:
        self._calls.put(handler, served.delivery)
        registering = asyncio.get_running_loop().create_future()
        self._registering[handler.service, handler.name] = registering
        if self._connection.link is not None:
            offer(self._connection.link, handler)
        await self._connection.ready()
        try:
            await asyncio.wait_for(registering, _CONFIRMED_WITHIN)
        except TimeoutError:
            message = (
                f"The receiver did not confirm {handler.definition.key} within {_CONFIRMED_WITHIN:.0f} s. "
                "Run the cell again."
            )
            raise ConfigurationError(message) from None

    async def _unregister(self, service: str, webhook: str) -> None:
        self._calls.drop(service, webhook)
        if self._connection.link is not None:
            self._connection.link.send("unregister", service=service, webhook=webhook)

    async def _leave(self) -> None:
        if self._connection.link is not None:
            self._connection.link.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(question).result()

    def _loopback(self) -> str | None:
        return None if self.addresses is None else self.addresses.loopback

    @classmethod
    def _forget(cls) -> None:
        """In a forked process: its thread is gone, the connection is the parent's."""
        host, cls._running = cls._running, None
        cls._lock = threading.Lock()
        if host is not None and host._connection.link is not None:
            host._connection.link.forget()

    @classmethod
    def _close_running(cls) -> None:
        if cls._running is not None:
            cls._running.close()


if hasattr(os, "register_at_fork"):  # not on Windows, where this module can be loaded all the same
    os.register_at_fork(after_in_child=Host._forget)
atexit.register(Host._close_running)
