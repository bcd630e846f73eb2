"""One connection to MongoDB per process and address, shared by whoever opens a database there."""

import os
import threading
from typing import TYPE_CHECKING, Any, Self

import pymongo
from pymongo import MongoClient, errors

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.failures import translated
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.storage import mongod

URI_VARIABLE = "TWILIO_NB_MONGODB_URI"

#: A heartbeat a second: after MongoDB has come back, clients know within that time.
OPTIONS: dict[str, Any] = {
    "appname": "twilio_nb",
    "tz_aware": True,
    "w": "majority",  # and thereby journalled, on any replica set with default settings
    "serverSelectionTimeoutMS": 3000,
    "connectTimeoutMS": 3000,
    "socketTimeoutMS": 60_000,  # for reads of any length; our own operations have a deadline of their own
    "heartbeatFrequencyMS": 1000,
}

_STANDALONE = """\
MongoDB is a standalone server there, which has neither change streams nor transactions. \
Start it as a replica set of one, and initiate that once in its shell:
    mongod --replSet rs0
    rs.initiate()"""
_UNINITIATED = """\
MongoDB waits there to become a replica set. Initiate it once in its shell:
    rs.initiate()"""


class Connection:
    """A client, the address it connects to, and the number of its users.

    Attributes
    ----------
    client : pymongo.MongoClient
        Safe to use from any thread.
    uri : Secret
        The address, which may hold a password.
    prepared : set of str
        Databases whose indexes this process has made sure of.
    """

    _open: dict[str | None, Self] = {}  # noqa: RUF012  # shared by the process, which is its purpose
    _lock = threading.Lock()

    def __init__(self, address: str | None) -> None:
        self._address = address
        self._users = 0
        self._mongod: mongod.Mongod | None = None
        self.prepared: set[str] = set()
        if address is None:
            # Only who needs the embedded server imports what starts one.
            from twilio_nb.storage.mongod import Mongod

            self._mongod = Mongod()
            self.uri = Secret(self._mongod.acquire())
        else:
            self.uri = Secret(address)
        try:
            self.client = _client(self.uri)
            try:
                _check_replica_set(self.client)
            except BaseException:
                self.client.close()
                raise
        except BaseException:
            self._release()
            raise

    @classmethod
    def acquire(cls) -> Self:
        """Return the connection to the address that the environment names, or to the embedded server.

        Returns
        -------
        Connection
            Shared with all who asked for the same. Each calls `release` once.

        Raises
        ------
        ConfigurationError
            If the address is unusable, or the server no replica set.
        StoreUnavailable
            If nobody answers there.
        """
        address = os.environ.get(URI_VARIABLE) or None
        with cls._lock:
            if address not in cls._open:
                cls._open[address] = cls(address)
            connection = cls._open[address]
            connection._users += 1
            return connection

    def release(self) -> None:
        """Give the connection back; the last one to do so closes it."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            del self._open[self._address]
            self.client.close()
            self._release()

    def _release(self) -> None:
        if self._mongod is not None:
            self._mongod.release()


def _client(uri: Secret) -> MongoClient[dict[str, Any]]:
    try:
        return MongoClient(uri.reveal(), **OPTIONS)
    except (errors.PyMongoError, ValueError, TypeError) as error:
        # The driver's own message quotes the part it could not read, which can be the password.
        message = (
            f"{URI_VARIABLE} holds no address that MongoDB's driver can use ({type(error).__name__}). "
            "Expected mongodb://… or mongodb+srv://…, special characters of the password percent-encoded."
        )
        raise ConfigurationError(message) from None


def _check_replica_set(client: MongoClient[dict[str, Any]]) -> None:
    try:
        with translated(), pymongo.timeout(4):
            hello = client.admin.command("hello")
    except StoreUnavailable:
        known = client.topology_description.server_descriptions().values()
        if any(server.server_type_name == "RSGhost" for server in known):
            raise ConfigurationError(_UNINITIATED) from None
        raise
    if hello.get("isreplicaset"):
        raise ConfigurationError(_UNINITIATED)
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise ConfigurationError(_STANDALONE)
