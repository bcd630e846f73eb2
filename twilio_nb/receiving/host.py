"""The host: a thread in the kernel that dials the receiver and runs this notebook's handlers for it."""

import atexit
import contextlib
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError, HandlerError
from twilio_nb.receiving.delivery import Delivery
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.launch import MARKER, notices, receiver
from twilio_nb.receiving.reception import Reception
from twilio_nb.receiving.served import Addresses, Served
from twilio_nb.receiving.threads import LoopThread
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.sending.gateway import Gateway

T = TypeVar("T")


class Host:
    """The handlers of this process and their connection to the receiver; there is one at most.

    It redials whenever the receiver goes, and registers everything again. Get it from `start`.

    Attributes
    ----------
    owner : str
        The name under which this kernel claims texts.
    notices : list of str
        What a person should know before any text is missed.
    """

    _running: ClassVar["Host | None"] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.notices = notices()
        self._receiver = receiver()
        self._thread = LoopThread("twilio_nb host")
        self._reception = Reception(self.owner, self._receiver)
        self._thread.submit(self._reception.connection.stay())
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

    @property
    def addresses(self) -> Addresses | None:
        """Where the world finds the receiver; None before the first connection."""
        return self._reception.addresses

    @property
    def is_connected(self) -> bool:
        """Whether a link to the receiver is open and the last ping on it was answered.

        A receiver that is gone is seen at once, one that hangs within seven seconds.
        """
        link = self._reception.connection.link
        return link is not None and not link.is_silent

    def serve(
        self,
        definition: ServiceDefinition,
        database: Database,
        tokens: Sequence[Secret],
        gateway: "Gateway",
        secrets: Mapping[str, Sequence[Secret]] | None = None,
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
        secrets : mapping, optional
            What the addresses of its webhooks may hold, by the names of the secrets; kept in memory too.

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
        served = Served(definition, database, tuple(tokens), secrets or {}, delivery)
        return self._ask(self._reception.serve(served))

    def serves(self, service: str, database: str) -> bool:
        """Tell whether the texts of a service, of that database, are taken already."""
        served = self._reception.services.get(service)
        return served is not None and served.database.name == database

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
        served = self._reception.services.get(handler.service)
        if served is None:
            message = f"The service {handler.service!r} is not being received yet; serve it first."
            raise HandlerError(message)
        handler.database = database
        if not served.definition.sandbox:
            (data_directory() / MARKER).touch()
        self._ask(self._reception.register(handler, served))

    def unregister(self, service: str, webhook: str) -> None:
        """Take a handler out of service; texts that are running finish, new ones stay pending.

        Parameters
        ----------
        service, webhook : str
            Its webhook.
        """
        self._ask(self._reception.unregister(service, webhook))

    def enable(self, service: str, webhook: str) -> None:
        """Have the receiver, and whoever answers, heed at once that a webhook was paused or resumed.

        Parameters
        ----------
        service, webhook : str
            The webhook, as it is stored; its service must be served already.

        Raises
        ------
        ConfigurationError
            If the receiver does not answer in time.
        """
        self._ask(self._reception.enable(service, webhook))

    def release(self, service: str, webhook: str) -> str | None:
        """Take a handler out of service, if there is one, of a webhook that is about to be removed.

        Parameters
        ----------
        service, webhook : str
            The webhook; its service must be served already.

        Returns
        -------
        str or None
            Which other notebook answers it, in words; then nothing has changed.

        Raises
        ------
        ConfigurationError
            If the receiver does not answer in time.
        """
        return self._ask(self._reception.release(service, webhook))

    def replay(self, service: str, webhook: str, sids: Sequence[str]) -> list[dict[str, Any]]:
        """Run a handler on stored texts, one after the other; replies go out by REST. Blocks until done.

        Interrupted, it begins no other text; one that is running ends, and is answered, by itself.

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
        return [self._ask(self._reception.calls.replay(service, webhook, sid)) for sid in sids]

    def handlers(self) -> list[Handler]:
        """Return the handlers of this process."""
        return self._reception.calls.handlers()

    def on_addresses(self, callback: Callable[[Addresses], None]) -> Callable[[], None]:
        """Have a function called with the addresses now, if known, and whenever they are told anew.

        Parameters
        ----------
        callback : callable
            Takes `Addresses`; called in the host's thread, must not block.

        Returns
        -------
        callable
            Ends that; may be called again.
        """
        listeners = self._reception.listeners
        listeners.append(callback)
        if self.addresses is not None:
            callback(self.addresses)

        def end() -> None:
            if callback in listeners:
                listeners.remove(callback)

        return end

    def close(self) -> None:
        """Leave the receiver, and end one of this process's own; waits for no handler."""
        with Host._lock:
            if Host._running is self:
                Host._running = None
            if self._closed:
                return
            self._closed = True
        closing = self._thread.submit(self._reception.leave())
        with contextlib.suppress(FutureTimeoutError):
            closing.result(1)
        self._thread.stop()
        self._receiver.close()

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(question).result()

    def _loopback(self) -> str | None:
        return None if self.addresses is None else self.addresses.loopback

    @classmethod
    def _forget(cls) -> None:
        """In a forked process: its thread is gone, the connection is the parent's."""
        host, cls._running = cls._running, None
        cls._lock = threading.Lock()
        link = host and host._reception.connection.link
        if link:
            link.forget()

    @classmethod
    def _close_running(cls) -> None:
        if cls._running is not None:
            cls._running.close()


if hasattr(os, "register_at_fork"):  # not on Windows, where this module can be loaded all the same
    os.register_at_fork(after_in_child=Host._forget)
atexit.register(Host._close_running)
