"""The clients of an open database besides the one that all share: of its users, and of event loops."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from pymongo import AsyncMongoClient, MongoClient

from twilio_nb.storage.connections import OPTIONS
from twilio_nb.storage.secrets import Secret


@dataclass(frozen=True)
class Login:
    """A user of MongoDB, and its password.

    Attributes
    ----------
    user : str
        What the database that declares it calls it.
    name : str
        What MongoDB calls it.
    password : Secret
        Prints as asterisks.
    """

    user: str
    name: str
    password: Secret


class _OfLoop:
    """The asynchronous client of a login on the running loop, closed when that ends: as its generators are."""

    def __init__(self, client: "AsyncMongoClient[dict[str, Any]]") -> None:
        self.client = client
        self._open = self._until_the_end()
        with contextlib.suppress(StopIteration):
            self._open.asend(None).send(None)  # up to its yield, upon which the loop knows it

    async def close(self) -> None:
        """Close it, on its loop."""
        await self._open.aclose()

    async def _until_the_end(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await self.client.close()


class Clients:
    """Clients of one server: each is made when it is first asked for, and closed with the others.

    Parameters
    ----------
    uri : Secret
        The server's address, with the name and the password of the notebook's own user.
    """

    def __init__(self, uri: Secret) -> None:
        self._uri = uri
        self._lock = threading.Lock()
        self._clients: dict[Login, MongoClient[dict[str, Any]]] = {}
        self._asynchronous: dict[asyncio.AbstractEventLoop, dict[Login | None, _OfLoop]] = {}

    def of(self, login: Login) -> MongoClient[dict[str, Any]]:
        """Return the client that is connected as a user; it connects when it is first used.

        Parameters
        ----------
        login : Login
            The user. With a new password it gets a new client.

        Returns
        -------
        pymongo.MongoClient
            With connections of its own. Not to be closed by who asks.
        """
        with self._lock:
            if login not in self._clients:
                self._clients[login] = self.new(login)
            return self._clients[login]

    def new(self, login: Login) -> MongoClient[dict[str, Any]]:
        """Return another client that is connected as a user, who has to log in for it.

        Parameters
        ----------
        login : Login
            The user.

        Returns
        -------
        pymongo.MongoClient
            To be closed by who asks.
        """
        return MongoClient(self._uri.reveal(), **OPTIONS, **_credentials(login))

    def asynchronous(self, login: Login | None = None) -> AsyncMongoClient[dict[str, Any]]:
        """Return the asynchronous client of the running event loop: such clients belong to one.

        Parameters
        ----------
        login : Login, optional
            The user; by default the notebook's own.

        Returns
        -------
        pymongo.AsyncMongoClient
            Not to be closed by who asks: it is closed with the others, or when its loop ends.
        """
        running = asyncio.get_running_loop()
        with self._lock:
            for ended in [loop for loop in self._asynchronous if loop.is_closed()]:
                del self._asynchronous[ended]
            clients = self._asynchronous.setdefault(running, {})
            if login not in clients:
                clients[login] = _OfLoop(
                    AsyncMongoClient(self._uri.reveal(), **OPTIONS, **_credentials(login))
                )
            return clients[login].client

    def close(self) -> None:
        """Close them all; a loop that rests closes its own when it goes on, or ends."""
        with self._lock:
            clients, self._clients = self._clients, {}
            loops, self._asynchronous = self._asynchronous, {}
        for client in clients.values():
            client.close()
        for loop, asynchronous in loops.items():
            for one in asynchronous.values():
                if not loop.is_closed():
                    asyncio.run_coroutine_threadsafe(one.close(), loop)


def _credentials(login: Login | None) -> dict[str, Any]:
    """Return what takes the place of the address's own user, whichever way that one logs in."""
    if login is None:
        return {}
    return {
        "username": login.name,
        "password": login.password.reveal(),
        "authSource": "admin",
        "authMechanism": "DEFAULT",
    }
