"""MongoDB as a handler meets it: by the retired service's names, with the driver that suits who asks."""

import asyncio
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.paths import DATA_SOURCE
from twilio_nb.receiving.pasted import PastedSource
from twilio_nb.receiving.scope import scope

if TYPE_CHECKING:
    from twilio_nb.storage.database import Database

_opened: "list[Database]" = []


class NamedDatabase:
    """A database of a data source.

    Parameters
    ----------
    database : pymongo database
        Of the synchronous or the asynchronous driver.
    """

    def __init__(self, database: Any) -> None:
        self._database = database

    def collection(self, name: str) -> Any:
        """Return the driver's own collection of this name.

        Parameters
        ----------
        name : str
            Its name; MongoDB makes it when something is stored.

        Returns
        -------
        pymongo.collection.Collection or pymongo.asynchronous.collection.AsyncCollection
            The latter in an ``async def`` handler, where its methods are awaited.
        """
        return self._database[name]

    __getitem__ = collection

    def __repr__(self) -> str:
        return f"<database {self._database.name!r}>"


class DataSource:
    """MongoDB, as a handler meets it.

    Parameters
    ----------
    client : pymongo client
        Of the synchronous or the asynchronous driver.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def db(self, name: str) -> NamedDatabase:
        """Return the database of this name.

        Parameters
        ----------
        name : str
            Its name; MongoDB makes it when something is stored.

        Returns
        -------
        NamedDatabase
        """
        return NamedDatabase(self._client[name])

    __getitem__ = database = db

    def app_services_names(self) -> PastedSource:
        """Return the same with the methods of App Services, for code that was pasted from there.

        Returns
        -------
        PastedSource
            Whose collections have ``insertOne``, ``findOneAndUpdate``, ``toArray`` and the like, and results with
            ``insertedId``. Its options are documents: ``{"upsert": True}``.

        Examples
        --------
        >>> atlas = context.services.get("mongodb-atlas").app_services_names()
        >>> atlas.db("demo").collection("texts").insertOne(payload).insertedId
        """
        return PastedSource(self)

    def __repr__(self) -> str:
        return f"<data source {DATA_SOURCE!r}>"


def client() -> Any:
    """Return the client that suits the caller: as whom its handler runs, asynchronous on the handler's loop."""
    current = scope.get(None)
    if current is None:
        return _default().client
    database = current.database or _default()
    if current.loop is not None and asyncio._get_running_loop() is current.loop:
        return database.clients.asynchronous(current.login)
    return database.client if current.login is None else database.clients.of(current.login)


def _default() -> "Database":
    """Return the default database, open until the process ends."""
    if not _opened:
        from twilio_nb.storage.database import Database  # %load_ext passes here, and the driver is heavy

        _opened.append(Database.open())
    return _opened[0]
