"""What the host does on its loop: tells the receiver what this kernel serves, and takes what it says."""

import asyncio
from collections.abc import Callable
from typing import Any

from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.calls import Calls
from twilio_nb.receiving.connection import Connection
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.launch import Receiver
from twilio_nb.receiving.link import Link
from twilio_nb.receiving.served import Addresses, Served, announce, offer

_CONFIRMED_WITHIN = 10.0  # seconds


class Reception:
    """The services and handlers of this kernel, on one link to the receiver after another.

    Made in any thread; its coroutines run on the host's loop.

    Parameters
    ----------
    owner : str
        The name under which this kernel claims texts.
    receiver : Receiver
        The way to the receiver.

    Attributes
    ----------
    calls : Calls
        Runs the handlers.
    connection : Connection
        The connection to the receiver.
    services : dict
        What is served, by name.
    addresses : Addresses or None
        Where the world finds the receiver; None before the first connection.
    listeners : list of callable
        Told of the addresses.
    """

    def __init__(self, owner: str, receiver: Receiver) -> None:
        self.calls = Calls(owner)
        self.connection = Connection(owner, receiver, self._opened, self._take, self._ended)
        self.services: dict[str, Served] = {}
        self.addresses: Addresses | None = None
        self.listeners: list[Callable[[Addresses], None]] = []
        self._registering: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._enabling: dict[tuple[str, str], list[asyncio.Future[None]]] = {}
        self._releasing: dict[tuple[str, str], list[asyncio.Future[str | None]]] = {}

    async def serve(self, served: Served) -> Addresses:
        """Tell the receiver of a service, as soon as there is a link, and return the addresses.

        Raises
        ------
        ConfigurationError
            If there is none in time.
        """
        self.services[served.definition.name] = served
        if self.connection.link is not None:
            announce(self.connection.link, served)
        await self.connection.ready()
        assert self.addresses is not None, "the receiver's welcome names them"
        return self.addresses

    async def register(self, handler: Handler, served: Served) -> None:
        """Put a handler into service, and return when the receiver has confirmed it.

        Raises
        ------
        ConfigurationError
            If it does not in time.
        """
        self.calls.put(handler, served.delivery)
        registering = asyncio.get_running_loop().create_future()
        self._registering[handler.service, handler.name] = registering
        if self.connection.link is not None:
            offer(self.connection.link, handler)
        await self.connection.ready()
        try:
            await asyncio.wait_for(registering, _CONFIRMED_WITHIN)
        except TimeoutError:
            message = (
                f"The receiver did not confirm {handler.definition.key} within {_CONFIRMED_WITHIN:.0f} s. "
                "Run the cell again."
            )
            raise ConfigurationError(message) from None

    async def unregister(self, service: str, webhook: str) -> None:
        """Take a handler out of service."""
        self.calls.drop(service, webhook)
        if self.connection.link is not None:
            self.connection.link.send("unregister", service=service, webhook=webhook)

    async def enable(self, service: str, webhook: str) -> None:
        """Have the receiver look up whether a webhook is paused, and return when it has.

        Raises
        ------
        ConfigurationError
            If it does not in time.
        """
        link = await self.connection.ready()
        enabling = asyncio.get_running_loop().create_future()
        self._enabling.setdefault((service, webhook), []).append(enabling)
        link.send("enable", service=service, webhook=webhook)
        try:
            await asyncio.wait_for(enabling, _CONFIRMED_WITHIN)
        except TimeoutError:
            message = (
                f"The receiver did not confirm {service}/{webhook} within {_CONFIRMED_WITHIN:.0f} s. It is "
                "stored; the receiver looks it up by itself, every ten seconds."
            )
            raise ConfigurationError(message) from None

    async def release(self, service: str, webhook: str) -> str | None:
        """Take a handler out of service that no other notebook stands in for; return which does.

        Raises
        ------
        ConfigurationError
            If the receiver does not answer in time.
        """
        link = await self.connection.ready()
        releasing = asyncio.get_running_loop().create_future()
        self._releasing.setdefault((service, webhook), []).append(releasing)
        link.send("release", service=service, webhook=webhook)
        try:
            by: str | None = await asyncio.wait_for(releasing, _CONFIRMED_WITHIN)
        except TimeoutError:
            message = (
                f"The receiver did not answer about {service}/{webhook} within {_CONFIRMED_WITHIN:.0f} s; nothing was "
                "removed. Try again."
            )
            raise ConfigurationError(message) from None
        if by is None:
            self.calls.drop(service, webhook)
        return by and _notebook(by)

    async def leave(self) -> None:
        """End the link, and every task of the loop."""
        if self.connection.link is not None:
            self.connection.link.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _opened(self, link: Link) -> None:
        self._take_addresses(link.welcome)
        for served in self.services.values():
            announce(link, served)
        for handler in self.calls.handlers():
            offer(link, handler)

    async def _ended(self) -> None:
        await self.calls.give_back(served.database for served in self.services.values())

    def _take(self, link: Link, message: dict[str, Any]) -> None:
        kind, service, webhook = (message.get(name, "") for name in ("type", "service", "webhook"))
        if kind == "call":
            self.calls.take(link, message)
        elif kind == "welcome":
            self._take_addresses(message)
        elif kind == "registered":
            registering = self._registering.pop((service, webhook), None)
            if registering is not None and not registering.done():
                registering.set_result(None)
            if "by" in message:
                sentence = (
                    f"This notebook now answers {service}/{webhook}; {_notebook(message['by'])} did before."
                )
                self.calls.say(service, webhook, sentence)
            self.calls.overtaken(service, webhook, by=None)
            self.calls.registered(service, webhook)
        elif kind == "enabled":
            for enabling in self._enabling.pop((service, webhook), []):
                if not enabling.done():
                    enabling.set_result(None)
        elif kind == "released":
            for releasing in self._releasing.pop((service, webhook), []):
                if not releasing.done():
                    releasing.set_result(message.get("by"))
        elif kind == "removed" and (service, webhook) not in self._registering:  # else it is there again
            sentence = (
                f"{service}/{webhook} was removed by another notebook; to have it back, run this cell again."
            )
            self.calls.say(service, webhook, sentence)
            self.calls.drop(service, webhook)
        elif kind == "paused":
            self.calls.say(service, webhook, f"{service}/{webhook} is paused: its texts are stored and wait.")
        elif kind == "unpaused":
            self.calls.say(service, webhook, f"{service}/{webhook} goes on.")
            self.calls.registered(service, webhook)
        elif kind == "resumed":
            self.calls.say(service, webhook, f"This notebook answers {service}/{webhook} again.")
            self.calls.overtaken(service, webhook, by=None)
            self.calls.registered(service, webhook)
        elif kind == "taken_over":
            other = _notebook(message["by"])
            self.calls.say(
                service, webhook, f"{other.capitalize()} now answers {service}/{webhook}, until it leaves."
            )
            self.calls.overtaken(service, webhook, by=other)

    def _take_addresses(self, welcome: dict[str, Any]) -> None:
        addresses = welcome["addresses"]
        self.addresses = Addresses(addresses["loopback"], tuple(addresses["public"]))
        for callback in self.listeners:
            callback(self.addresses)


def _notebook(owner: str) -> str:
    """Name another kernel for a person: its owner's name is made of host, process and a random part."""
    return (
        f"another notebook (process {owner.split('-')[-2]})" if owner.count("-") > 1 else "another notebook"
    )
