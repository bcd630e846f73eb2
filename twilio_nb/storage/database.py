"""A database: its collections, and the time within which MongoDB has to answer."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import pymongo
from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database as MongoDatabase

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.clients import Clients
from twilio_nb.storage.connections import Connection
from twilio_nb.storage.failures import translated
from twilio_nb.storage.indexes import log_days, make_indexes
from twilio_nb.storage.secrets import Secret

NAME_VARIABLE = "TWILIO_NB_DATABASE"
DEFAULT_NAME = "twilio_nb"

_FORBIDDEN = set('/\\. "$*<>:|?\0')
_INDEX_BUILD = 300.0  # seconds for an index over a million texts that came from elsewhere, and then some


def default_name() -> str:
    """Return the name of the database that is opened where none is given."""
    return os.environ.get(NAME_VARIABLE) or DEFAULT_NAME


class Database:
    """An open database. All that are open in a process share one client and one lease on the server.

    Get one from `open`. It may be used from any thread, and closed more than once.

    Attributes
    ----------
    name : str
        Its name in MongoDB.
    timeout : float
        Seconds within which each operation of this package's own answers or fails.

    Examples
    --------
    >>> with Database.open() as database:
    ...     database.db["messages"].estimated_document_count()
    """

    def __init__(self, name: str, connection: Connection, timeout: float) -> None:
        self.name = name
        self.timeout = timeout
        self._connection: Connection | None = connection
        self._clients: Clients | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, name: str | None = None, *, timeout: float = 4.0) -> Self:
        """Connect, start the embedded server if no other is named, and make sure of the indexes.

        Parameters
        ----------
        name : str, optional
            The database; ``TWILIO_NB_DATABASE``, or ``twilio_nb``, when not given.
        timeout : float
            Seconds within which each operation answers or fails, whatever MongoDB does.

        Returns
        -------
        Database
            To be closed after use.

        Raises
        ------
        ConfigurationError
            If the name, the address or ``TWILIO_NB_LOG_DAYS`` is unusable, or the server no replica set.
        StoreUnavailable
            If nobody answers at the address.
        """
        name = name or default_name()
        if _FORBIDDEN & set(name) or len(name.encode()) > 63:
            message = (
                f"{name!r} cannot name a MongoDB database; use up to 63 letters, digits, '_' or '-' "
                f"(parameter, or {NAME_VARIABLE})."
            )
            raise ConfigurationError(message)
        days = log_days()
        database = cls(name, Connection.acquire(), timeout)
        try:
            database._prepare(days)
        except BaseException:
            database.close()
            raise
        return database

    @property
    def client(self) -> MongoClient[dict[str, Any]]:
        """The client that all open databases of this process share; its datetimes are aware."""
        return self._opened().client

    @property
    def uri(self) -> Secret:
        """The server's address, with its password."""
        return self._opened().uri

    @property
    def db(self) -> MongoDatabase[dict[str, Any]]:
        """The database itself, as pymongo gives it, without a deadline."""
        return self.client[self.name]

    def collection(self, name: str, **codec_options: Any) -> Collection[dict[str, Any]]:
        """Return a collection.

        Parameters
        ----------
        name : str
            Its name.
        **codec_options
            How to read it, where that differs from pymongo's ways: see `bson.codec_options.CodecOptions`.

        Returns
        -------
        pymongo.collection.Collection
            Its datetimes are aware.
        """
        if not codec_options:
            return self.db[name]
        return self.db.get_collection(name, CodecOptions(tz_aware=True, **codec_options))

    @property
    def clients(self) -> Clients:
        """Its clients that are connected as one of its users, or asynchronous; closed with it."""
        with self._lock:
            if self._clients is None:
                self._clients = Clients(self.uri)
            return self._clients

    @property
    def is_embedded(self) -> bool:
        """Whether it is on the embedded server, whose passwords lie beside its data."""
        return self._opened().is_embedded

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Bound what is done inside to `timeout`, and raise pymongo's errors as this package's own.

        Yields
        ------
        None
            Around one or a few short operations.

        Raises
        ------
        StoreUnavailable
            If MongoDB did not answer in time; where it is known why, that is said.
        StorageError
            If it refused.
        """
        try:
            with translated(), pymongo.timeout(self.timeout):
                yield
        except StoreUnavailable:
            if self._connection and self._connection.trouble:
                raise StoreUnavailable(self._connection.trouble) from None
            raise

    def drop(self) -> None:
        """Delete the database with all it holds."""
        connection = self._opened()
        with self.operation():
            connection.client.drop_database(self.name)
        connection.prepared.discard(self.name)

    def close(self) -> None:
        """Close it. The last one of the process closes the client, and leaves the embedded server."""
        connection, self._connection = self._connection, None
        with self._lock:
            clients, self._clients = self._clients, None
        if clients is not None:
            clients.close()
        if connection is not None:
            connection.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Database({self.name!r})"

    def check_open(self) -> None:
        """Do nothing; or say that it was closed.

        Raises
        ------
        ConfigurationError
            If it was.
        """
        self._opened()

    def _opened(self) -> Connection:
        if self._connection is None:
            message = (
                f"The database {self.name!r} is closed, as its service is; open that again, with "
                "twilio_nb.connect(…) or twilio_nb.sandbox(…), and use what this returns."
            )
            raise ConfigurationError(message)
        return self._connection

    def _prepare(self, days: int | None) -> None:
        connection = self._opened()
        began = time.monotonic()
        while self.name not in connection.prepared:
            try:
                with translated(), pymongo.timeout(_INDEX_BUILD):
                    make_indexes(self.db, days)
            except StoreUnavailable:  # it is going at this very moment; the driver repeats no such command
                if time.monotonic() - began > self.timeout:
                    raise
                time.sleep(0.1)
            else:
                connection.prepared.add(self.name)
