"""The receiver's side of the kernels socket: which kernel answers for which webhook, and calling it.

Kernels dial in, so that nothing has to be found and nothing stale is left behind: the end of the
connection takes a kernel's handlers away. Their definitions stay in MongoDB.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from socket import socket
from typing import Any, cast

from twilio_nb import __version__
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.errors import StorageError, TwilioNBError
from twilio_nb.receiving.kernel import Kernel
from twilio_nb.receiving.protocol import (
    LINE_LIMIT,
    PROTOCOL,
    Addresses,
    Register,
    ServiceMessage,
    encode,
    read,
)
from twilio_nb.receiving.services import Services
from twilio_nb.receiving.stores import Store, Stores
from twilio_nb.storage.connections import URI_VARIABLE, fingerprint
from twilio_nb.storage.directories import DATA_VARIABLE

_RENEWAL = 10.0
_PAUSE = 0.5
_GREETING = 5.0  # seconds within which a kernel says who it is

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Live:
    """A webhook's live handler.

    Attributes
    ----------
    kernel : Kernel
        Where it runs.
    store : Store
        Where its texts are.
    definition : WebhookDefinition
        How it is run.
    """

    kernel: Kernel
    store: Store
    definition: WebhookDefinition


class Kernels:
    """All connected kernels.

    Parameters
    ----------
    services : Services
        Told of the kernels' services and webhooks.
    stores : Stores
        Where leases of connected kernels are renewed.
    addresses : Addresses
        What kernels are told about where the world finds this receiver.
    """

    def __init__(self, services: Services, stores: Stores, addresses: Addresses) -> None:
        self._services = services
        services.toggled, services.removed = self._toggled, self._removed
        self._stores = stores
        self._addresses = addresses
        self._kernels: set[Kernel] = set()
        # For each webhook all kernels that handle it; the newest is asked, and the one before when it leaves.
        self._live: dict[tuple[str, str], list[Live]] = {}
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, listener: socket) -> None:
        """Serve the socket, and renew the leases of those connected, until cancelled."""
        async with await asyncio.start_unix_server(self._connected, sock=listener, limit=LINE_LIMIT):
            while True:
                await asyncio.sleep(_RENEWAL)
                for store in self._stores:
                    self._background(self._renew(store))

    def close(self) -> None:
        """Let all kernels go, which redial. What they run stays theirs: they deliver it by themselves."""
        self._closing = True
        for kernel in self._kernels:
            kernel.leave()

    def find(self, store: Store, key: str) -> Live | None:
        """Return the live handler of a webhook.

        Parameters
        ----------
        store : Store
            Where its texts go.
        key : str
            The webhook's ``service/name``.

        Returns
        -------
        Live or None
            None when no connected kernel handles it, or this receiver is leaving.
        """
        if self._closing:
            return None
        handlers = self._live.get((store.name, key))
        return handlers[-1] if handlers else None

    def __len__(self) -> int:
        return len(self._kernels)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kernel = None
        try:
            hello = await asyncio.wait_for(read(reader), _GREETING)
            if hello is None:
                return
            if reason := _objection(hello):
                writer.write(encode({"type": "refused", "reason": reason}))
                return
            kernel = Kernel(str(hello["owner"]), writer)
            self._kernels.add(kernel)
            kernel.send("welcome", protocol=PROTOCOL, version=__version__, addresses=self._addresses)
            while (message := await read(reader)) is not None:
                self._take(kernel, message)
        except (TwilioNBError, ValueError, KeyError, TypeError) as error:
            # What is said of an unreadable message must not quote it: it can hold a token or a text.
            reason = str(error) if isinstance(error, TwilioNBError) else type(error).__name__
            logger.warning("A kernel's connection was closed: %s", reason)
            writer.write(encode({"type": "refused", "reason": f"The receiver could not go on: {reason}."}))
        except (OSError, TimeoutError):
            pass
        finally:
            if kernel is None:
                writer.close()
            else:
                self._left(kernel)

    def _take(self, kernel: Kernel, message: dict[str, Any]) -> None:
        match message["type"]:
            case "service":
                announced = cast(ServiceMessage, message)
                definition = ServiceDefinition.from_document(announced["definition"])
                kernel.stores[definition.name] = self._services.announce(
                    kernel.owner, definition, announced["database"], announced["tokens"], announced["secrets"]
                )
            case "register":
                self._register(kernel, cast(Register, message))
            case "unregister":
                self._remove(kernel, message["service"], message["webhook"])
            case "enable":
                self._background(self._enable(kernel, message["service"], message["webhook"]))
            case "release":
                self._release(kernel, message["service"], message["webhook"])
            case "answer":
                kernel.answered(message["call"], message["outcome"])
            case "ping":
                kernel.send("pong")
            case other:
                error = f"a message of type {other!r} is not known"
                raise TwilioNBError(error)

    def _register(self, kernel: Kernel, message: Register) -> None:
        definition = WebhookDefinition.from_document(message["definition"])
        store = kernel.stores.get(definition.service)
        if store is None:
            error = f"a webhook of {definition.service!r} was registered before that service was announced"
            raise TwilioNBError(error)
        is_stale = self._services.define(store, definition)
        handlers = self._live.setdefault((store.name, definition.key), [])
        before = handlers[-1].kernel if handlers else None
        # By name: a kernel that has dialled again is the same one, even if its old link has not ended yet.
        handlers[:] = [live for live in handlers if live.kernel.owner != kernel.owner]
        handlers.append(Live(kernel, store, definition))
        names = {"service": definition.service, "webhook": definition.name}
        by = {}
        if before is not None and before.owner != kernel.owner:
            by = {"by": before.owner}
            before.send("taken_over", **names, by=kernel.owner)
        confirm = partial(kernel.send, "registered", **names, **by)
        if is_stale:
            self._background(self._read_anew(store, confirm))
        else:
            confirm()

    def _remove(self, kernel: Kernel, service: str, webhook: str) -> None:
        key = f"{service}/{webhook}"
        for place in [place for place in self._live if place[1] == key]:
            handlers = self._live[place]
            was_asked = handlers[-1].kernel is kernel
            handlers[:] = [live for live in handlers if live.kernel is not kernel]
            if not handlers:
                del self._live[place]
            elif was_asked:
                handlers[-1].kernel.send("resumed", service=service, webhook=webhook)

    async def _enable(self, kernel: Kernel, service: str, webhook: str) -> None:
        """Look up at once what a kernel has stored; it is told when that holds."""
        store = kernel.stores.get(service)
        if store is None:
            return
        await self._read_anew(store, partial(kernel.send, "enabled", service=service, webhook=webhook))

    async def _read_anew(self, store: Store, confirm: Callable[[], None]) -> None:
        """Read webhooks as they are stored now, then confirm it."""
        try:
            await self._services.look(store)
        except StorageError:
            logger.debug("Definitions in %s were not read.", store.name)  # the kernel does not wait for ever
        else:
            confirm()

    def _release(self, kernel: Kernel, service: str, webhook: str) -> None:
        """Ask a kernel no more for a webhook that it is about to remove, unless another answers it too."""
        store, key = kernel.stores.get(service), f"{service}/{webhook}"
        if store is None:
            return
        names = {"service": service, "webhook": webhook}
        for live in reversed(self._live.get((store.name, key), [])):
            if live.kernel.owner != kernel.owner:
                kernel.send("released", **names, by=live.kernel.owner)
                return
        self._remove(kernel, service, webhook)
        self._services.forget(store, key)
        kernel.send("released", **names)

    def _toggled(self, store: Store, webhook: WebhookDefinition) -> None:
        if live := self.find(store, webhook.key):
            kind = "unpaused" if webhook.enabled else "paused"
            live.kernel.send(kind, service=webhook.service, webhook=webhook.name)

    def _removed(self, store: Store, key: str) -> None:
        """Ask nobody for a webhook any more that was removed through another receiver."""
        service, webhook = key.split("/")
        for live in self._live.pop((store.name, key), []):
            live.kernel.send("removed", service=service, webhook=webhook)

    def _left(self, kernel: Kernel) -> None:
        kernel.leave()
        self._kernels.discard(kernel)
        for _, key in list(self._live):
            self._remove(kernel, *key.split("/"))
        # A kernel that has dialled again already keeps what it runs.
        if not self._closing and all(other.owner != kernel.owner for other in self._kernels):
            self._services.leave(kernel.owner)
            for store in set(kernel.stores.values()):
                self._background(self._interrupt(store, kernel.owner))

    async def _interrupt(self, store: Store, owner: str) -> None:
        while all(other.owner != owner for other in self._kernels):
            try:
                await store.log(lambda log: log.interrupt_owner(owner))
            except StorageError:
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _renew(self, store: Store) -> None:
        """Renew leases, and look for what others have stored: another receiver's kernels may pause a webhook."""
        owners = {kernel.owner for kernel in self._kernels if store in kernel.stores.values()}
        try:
            await store.log(lambda log: [log.renew(owner) for owner in owners])
            await store.log(lambda log: log.interrupt_expired())
            await self._services.look(store)
        except StorageError:
            logger.debug("Leases in %s were not renewed.", store.name)

    def _background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _objection(hello: dict[str, Any]) -> str | None:
    """Why a kernel is not let in."""
    if hello["type"] != "hello":
        return "A kernel begins with hello."
    if hello.get("protocol") != PROTOCOL or hello.get("version") != __version__:
        return (
            f"The kernel runs twilio_nb {hello.get('version')}, its Jupyter Server {__version__}. Install "
            "the same release in both environments, then restart the older of the two."
        )
    if hello.get("store") != fingerprint():
        return (
            "The kernel uses another MongoDB than its Jupyter Server, which would never hear of its webhooks. "
            f"Set {URI_VARIABLE} (or {DATA_VARIABLE}) where Jupyter is started and not in a notebook."
        )
    return None
