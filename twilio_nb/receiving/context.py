"""``context``: what a handler sees of the call it is answering.

It is one object for all handlers, whose attributes lead to the call that the current thread or task is
answering. So it works as a global name in a cell as well as a handler's third parameter.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from twilio_nb.errors import HandlerError
from twilio_nb.receiving.protocol import RequestFacts

if TYPE_CHECKING:
    from twilio_nb.storage.database import Database

DATA_SOURCE = "mongodb-atlas"
"""Name of the MongoDB behind the texts, as the retired service called it by default."""


class Headers(Mapping[str, list[str]]):
    """Request headers, looked up in any case; each has a list of values.

    Parameters
    ----------
    headers : Mapping
        Names as they came.
    """

    def __init__(self, headers: Mapping[str, list[str]]) -> None:
        self._headers = {name.lower(): (name, values) for name, values in headers.items()}

    def __getitem__(self, name: str) -> list[str]:
        return self._headers[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._headers.values())

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"


@dataclass(frozen=True)
class Request:
    """The HTTP request that brought a text, without its body.

    A text that runs from the store (pending, replayed, tested) has lost its request: then `http_method`
    is empty.

    Attributes
    ----------
    remote_ip_address : str
        Who connected, which behind a proxy is the proxy.
    request_headers : Headers
        For each name, in any case, a list of values.
    webhook_url : str
        The address as it was signed, without its query.
    http_method : str
        ``POST`` or ``GET``.
    raw_query_string : str
        The query without ``?``.
    http_referrer, http_user_agent : str or None
        These two headers.
    service, action : str
        Names of service and webhook.
    """

    remote_ip_address: str
    request_headers: Headers
    webhook_url: str
    http_method: str
    raw_query_string: str
    http_referrer: str | None
    http_user_agent: str | None
    service: str
    action: str

    @classmethod
    def from_facts(cls, facts: RequestFacts) -> "Request":
        """Read what the receiver sent.

        Returns
        -------
        Request
        """
        return cls(**{**facts, "request_headers": Headers(facts["request_headers"])})  # type: ignore[arg-type]


@dataclass
class Scope:
    """One call while it runs; lives in a context variable, which tasks and ``asyncio.to_thread`` inherit."""

    request: Request
    database: "Database | None"
    loop: asyncio.AbstractEventLoop | None
    warn: Callable[[str], None]
    function: str


scope: ContextVar[Scope] = ContextVar("twilio_nb_scope")


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

    def __repr__(self) -> str:
        return f"<data source {DATA_SOURCE!r}>"


class Services:
    """The data source and the Twilio services, by name.

    Attributes
    ----------
    twilio : callable
        Returns the Twilio service of a name, or None; the floor that has services sets it.
    """

    twilio: ClassVar[Callable[[str], Any]] = staticmethod(lambda name: None)

    def get(self, name: str) -> Any:
        """Return a service.

        Parameters
        ----------
        name : str
            ``mongodb-atlas``, or the name of a Twilio service.

        Returns
        -------
        DataSource or twilio_nb.Service or None
            None where nothing has this name.
        """
        if name == DATA_SOURCE:
            return DataSource(_client())
        return type(self).twilio(name)

    def __repr__(self) -> str:
        return f"<services: {DATA_SOURCE!r} and the connected Twilio services>"


class Context:
    """What a handler sees of its call.

    Examples
    --------
    >>> texts = context.services.get("mongodb-atlas").db("demo").collection("texts")
    >>> context.request.request_headers["user-agent"]
    ['TwilioProxy/1.1']
    """

    @property
    def services(self) -> Services:
        """The services by name; outside a handler they work as well, so that its lines can be tried."""
        return Services()

    @property
    def request(self) -> Request:
        """The request that brought the text.

        Raises
        ------
        HandlerError
            Outside a handler.
        """
        current = scope.get(None)
        if current is None:
            message = (
                "context.request is there only while a handler runs, in its own thread or task. "
                "Run the handler by hand with its test(Body='…')."
            )
            raise HandlerError(message)
        return current.request

    def __repr__(self) -> str:
        current = scope.get(None)
        where = "no handler is running here" if current is None else f"answering for {current.function}"
        return f"<twilio_nb.context: {where}>"


context = Context()

_async_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, WeakKeyDictionary[Database, Any]]" = (
    WeakKeyDictionary()
)
_opened: "list[Database]" = []


def _client() -> Any:
    """Return the driver's client that suits the caller: asynchronous on the loop of its handler."""
    current = scope.get(None)
    database = _default() if current is None or current.database is None else current.database
    if current is None or current.loop is None or asyncio._get_running_loop() is not current.loop:
        return database.client
    # An asynchronous client belongs to the loop it was first used on.
    clients = _async_clients.setdefault(current.loop, WeakKeyDictionary())
    if database not in clients:
        clients[database] = database.async_client()
    return clients[database]


def _default() -> "Database":
    """Return the default database, open until the process ends."""
    if not _opened:
        from twilio_nb.storage.database import Database  # %load_ext passes here, and the driver is heavy

        _opened.append(Database.open())
    return _opened[0]
