"""The clients of an open database besides the one that all share: of its users, and of event loops."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pymongo import AsyncMongoClient, MongoClient

from twilio_nb.storage.connections import OPTIONS
from twilio_nb.storage.secrets import Secret

_Loops = WeakKeyDictionary[asyncio.AbstractEventLoop, "dict[Login | None, AsyncMongoClient[dict[str, Any]]]"]


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
        self._asynchronous: _Loops = WeakKeyDictionary()

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
            Not to be closed by who asks.
        """
        with self._lock:
            clients = self._asynchronous.setdefault(asyncio.get_running_loop(), {})
            if login not in clients:
                clients[login] = AsyncMongoClient(self._uri.reveal(), **OPTIONS, **_credentials(login))
            return clients[login]

    def close(self) -> None:
        """Close them all; those of a loop that is not running any more are gone with it."""
        with self._lock:
            clients, self._clients = self._clients, {}
            loops, self._asynchronous = dict(self._asynchronous), WeakKeyDictionary()
        for client in clients.values():
            client.close()
        for loop, asynchronous in loops.items():
            for one in asynchronous.values():
                if loop.is_running():
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
