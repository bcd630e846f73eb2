"""The services that are open in this notebook, and what magics and widgets ask of one.

Magics stand below the class that does the work, so they meet it here: it registers its services when
they open, and leaves a way to open the stored ones.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ServiceNotFound

if TYPE_CHECKING:
    import pandas as pd

    from twilio_nb.notebook.display import Finding, Message, Table


class Service(Protocol):
    """What a magic asks of a service."""

    @property
    def name(self) -> str:
        """The service's name."""

    @property
    def definition(self) -> ServiceDefinition:
        """Account, sender and addresses."""

    def send(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
        *,
        once: str | None = None,
    ) -> "Message":
        """Send a message and return it as stored; with `once`, at most once for each recipient."""

    def checked(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Return ``to``, ``from``, ``body`` and ``mediaUrl`` as they would be sent; send nothing."""

    def texts(
        self,
        *,
        with_: str | None = None,
        since: datetime | None = None,
        words: str | None = None,
        direction: str | None = None,
        status: str | None = None,
        limit: int | None = None,
    ) -> "pd.DataFrame":
        """Return the messages as a DataFrame; each argument narrows them."""

    def logs(
        self,
        *,
        status: str | None = None,
        since: datetime | None = None,
        webhook: str | None = None,
        request_id: str | None = None,
        limit: int | None = 100,
    ) -> "pd.DataFrame":
        """Return the log as a DataFrame, newest first; each argument narrows it."""

    def define(
        self,
        function: Callable[..., Any],
        name: str,
        *,
        respond_result: bool = False,
        can_evaluate: Any = None,
        on_error: int = 200,
        disable_arg_logs: bool = True,
        concurrency: int = 1,
        timeout: float = 10.0,
        run_as: Any = None,
        secret: str | None = None,
    ) -> Any:
        """Let a function answer a webhook; return its handle."""

    def webhooks(self) -> "Table":
        """Return one row for each webhook."""

    def pause(self, name: str) -> None:
        """Have a webhook's texts stored and kept for later."""

    def resume(self, name: str) -> None:
        """Have a webhook's texts handed to its handler again."""

    def remove_webhook(self, name: str) -> None:
        """Forget a webhook; its texts and log entries stay."""

    def replay(self, name: str, *, states: Sequence[str] = (), sids: Sequence[str] = ()) -> "Table":
        """Run a webhook's handler again for stored messages; return what came of each."""

    def check(self) -> "list[Finding]":
        """Return what is in order, and what is not and how to mend it."""

    def config(self) -> Any:
        """Return the form that sets it up."""

    def renew(self) -> None:
        """Use the secrets as they are kept now."""

    def uses(self, secret: str) -> bool:
        """Tell whether a webhook that is answered here asks for the secret of a name."""


class Services:
    """The open services by name. The one opened last is the current one.

    Attributes
    ----------
    opener : callable or None
        Opens the stored service of a name, or the only stored one for None, or raises ServiceNotFound; with an
        ``account_sid`` it creates one. It is `twilio_nb.connect`.
    """

    def __init__(self) -> None:
        self.opener: Callable[..., Service] | None = None
        self._open: dict[str, Service] = {}
        self._closed: str | None = None  # the current service, if it was closed and none opened since
        self._closing: dict[int, list[Callable[[Service], None]]] = {}
        self._lock = threading.Lock()

    def add(self, service: Service) -> None:
        """Register an open service and make it the current one."""
        with self._lock:
            self._closed = None
            self._open.pop(service.name, None)
            self._open[service.name] = service

    @property
    def current(self) -> Service | None:
        """The one that magics use; None if none is open."""
        with self._lock:
            return next(reversed(self._open.values()), None)

    @contextmanager
    def unmoved(self) -> Iterator[None]:
        """Keep the current service what it is, where there is one, whatever is opened meanwhile."""
        current = self.current
        yield
        if current is not None and current in self.all():
            self.add(current)

    def discard(self, service: Service) -> None:
        """Forget a service that was closed."""
        with self._lock:
            if self._open.get(service.name) is service:
                if service is next(reversed(self._open.values())):
                    self._closed = service.name
                del self._open[service.name]
            told = self._closing.pop(id(service), [])
        for callback in told:
            callback(service)

    def on_close(self, service: Service, callback: Callable[[Service], None]) -> Callable[[], None]:
        """Have a function called when a service is closed; return what ends that."""
        with self._lock:
            self._closing.setdefault(id(service), []).append(callback)

        def forget() -> None:
            with self._lock:
                callbacks = self._closing.get(id(service), [])
                if callback in callbacks:
                    callbacks.remove(callback)
                if not callbacks:
                    self._closing.pop(id(service), None)

        return forget

    def get(self, name: str | None = None) -> Service:
        """Return the open service of this name, or the current one; open a stored one otherwise.

        Raises
        ------
        ServiceNotFound
            If none is open and none can be opened.
        """
        with self._lock:
            if name is None and self._closed is not None:
                # A cell that is run again must not text through another account, a paid one perhaps.
                message = f"The service {self._closed!r} was closed. Open one, or name one with --service (service=…)."
                raise ServiceNotFound(message)
            service = self._open.get(name) if name else next(reversed(self._open.values()), None)
        return self.open(name) if service is None else service

    def open(self, name: str | None, **settings: Any) -> Service:
        """Open a stored service, or with settings create or change one, as `twilio_nb.connect` does.

        Raises
        ------
        ServiceNotFound
            If there is none and the settings do not suffice to create it.
        """
        if self.opener is None:
            message = (
                f"No service {name!r} is open." if name else "No service is open."
            ) + " Open one with twilio_nb.connect(…), or a simulated one with twilio_nb.sandbox()."
            raise ServiceNotFound(message)
        return self.opener(name, **settings)

    def renew(self, secret: str) -> None:
        """Let the open services that use the secret of this name find it anew."""
        for service in self.all():
            if service.definition.secret == secret or service.uses(secret):
                service.renew()

    def all(self) -> list[Service]:
        """Return the open services, the one opened first first."""
        with self._lock:
            return list(self._open.values())


services = Services()
