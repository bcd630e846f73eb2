"""One connection to MongoDB per process and address, shared by whoever opens a database there."""

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pymongo
from pymongo import MongoClient, errors

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.failures import as_ours
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


def fingerprint() -> str:
    """Return what tells the store that the environment names from others, without saying where it is.

    Returns
    -------
    str
        The same in all processes that name it alike.
    """
    place = os.environ.get(URI_VARIABLE) or f"embedded, in {data_directory().resolve()}"
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()


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

    _open: ClassVar[dict[str, "Connection"]] = {}
    _lock: ClassVar = threading.Lock()

    def __init__(self, key: str, address: Secret | None) -> None:
        self._key = key
        self._users = 0
        self._mongod: mongod.Mongod | None = None
        self.prepared: set[str] = set()
        if address is None:
            # Only who needs the embedded server imports what starts one.
            from twilio_nb.storage.mongod import Mongod

            self._mongod = Mongod()
            self.uri = self._mongod.acquire()
        else:
            self.uri = address
        try:
            self.client = _client(self.uri)
        except BaseException:
            self._leave()
            raise

    @classmethod
    def acquire(cls) -> "Connection":
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
        # No plain address in any variable: a traceback that shows variables would show its password.
        address = Secret(os.environ[URI_VARIABLE]) if os.environ.get(URI_VARIABLE) else None
        key = fingerprint()
        with cls._lock:
            if key not in cls._open:
                cls._open[key] = cls(key, address)
            connection = cls._open[key]
            connection._users += 1
            return connection

    @property
    def is_embedded(self) -> bool:
        """Whether it is the embedded server's."""
        return self._mongod is not None

    @property
    def trouble(self) -> str:
        """Why the embedded server does not run at present; empty while nothing is known to be wrong."""
        return self._mongod.trouble if self._mongod else ""

    def release(self) -> None:
        """Give the connection back; the last one to do so closes it."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            self._open.pop(self._key, None)
            self.client.close()
            self._leave()

    def _leave(self) -> None:
        if self._mongod is not None:
            self._mongod.release()


def _client(uri: Secret) -> MongoClient[dict[str, Any]]:
    """Return a client of a server that answers, and that is a replica set."""
    unusable = ""
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(uri.reveal(), **OPTIONS)
        try:
            _check_replica_set(client)
        except BaseException:
            client.close()
            raise
    except (errors.ConfigurationError, errors.InvalidOperation, ValueError, TypeError, OSError) as error:
        # The driver's own message quotes the part it could not read, which can be the password.
        unusable = type(error).__name__
    if unusable:  # raised out here, because the driver's frames hold the address
        message = (
            f"{URI_VARIABLE} holds no address that MongoDB's driver can use ({unusable}). "
            "Expected mongodb://… or mongodb+srv://…, special characters of the password percent-encoded, "
            "and files that can be read where it names any."
        )
        raise ConfigurationError(message)
    return client


def _check_replica_set(client: MongoClient[dict[str, Any]]) -> None:
    try:
        with pymongo.timeout(4):
            hello = _hello(client)
    except errors.ConfigurationError:  # a name without an SRV record shows only now
        raise
    except errors.PyMongoError as error:
        known = client.topology_description.server_descriptions().values()
        if any(server.server_type_name == "RSGhost" for server in known):
            raise ConfigurationError(_UNINITIATED) from None
        raise as_ours(error) from None
    if hello.get("isreplicaset"):
        raise ConfigurationError(_UNINITIATED)
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise ConfigurationError(_STANDALONE)


def _hello(client: MongoClient[dict[str, Any]]) -> dict[str, Any]:
    """Ask until the deadline: the driver repeats no such question to a server that ends meanwhile."""
    while True:
        try:
            return client.admin.command("hello")
        except errors.AutoReconnect as error:
            if error.timeout or isinstance(error, errors.ServerSelectionTimeoutError):
                raise


def _forget_in_child() -> None:
    """In a forked process: the lease on the embedded server and the client's threads are the parent's."""
    Connection._open = {}
    Connection._lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_in_child)
