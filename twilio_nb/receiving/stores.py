"""The databases of the receiver: opened in the background, every wait for them bounded.

The receiver's event loop never waits for MongoDB: what talks to it runs in threads. A store that is away
costs a request its 503 and nothing else, and is back by itself.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from twilio_nb.domain.messages import Document
from twilio_nb.errors import StorageError, StoreUnavailable, TwilioNBError
from twilio_nb.storage.database import Database
from twilio_nb.storage.group_commit import GroupCommit
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry

PATIENCE = 4.0
"""Seconds after which an operation counts as failed: the 503 must be out within five."""

_RETRY = 0.5
_ENTRIES = 10_000  # log entries that wait for a store, at most
_GATHERED = 0.1  # seconds for which they are, so that those of a flood take few writes

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class Store:
    """One database.

    Parameters
    ----------
    name : str
        Its name.
    threads : ThreadPoolExecutor
        Where operations run.

    Attributes
    ----------
    name : str
        Its name.
    trouble : str or None
        Why it could not be opened so far, in one sentence.
    """

    def __init__(self, name: str, threads: ThreadPoolExecutor) -> None:
        self.name = name
        self.trouble: str | None = None
        self._threads = threads
        self._entries: list[dict[str, Any]] = []
        self._writing: asyncio.Task[None] | None = None
        self._opening = asyncio.create_task(self._open())

    @property
    def is_open(self) -> bool:
        """Whether it has been opened; it may have gone away since."""
        return self._opening.done()

    async def put(self, document: Document) -> bool:
        """Store a message; True when it is new and journalled, False when its SID is stored already."""
        await self._opened()
        return await self._commit.put(document)

    async def log(self, operation: Callable[[MessageLog], Result]) -> Result:
        """Run an operation on the message log.

        Raises
        ------
        StorageError
            If it failed; `StoreUnavailable` also where it took too long.
        """
        await self._opened()
        return await self._run(partial(operation, self._log))

    async def registry(self, operation: Callable[[Registry], Result]) -> Result:
        """Run an operation on the registry; see `log`."""
        await self._opened()
        return await self._run(partial(operation, self._registry))

    async def book(self, operation: Callable[[LogBook], Result]) -> Result:
        """Run an operation on the log of webhooks; see `log`."""
        await self._opened()
        return await self._run(partial(operation, self._book))

    def note(self, entry: dict[str, Any]) -> None:
        """Add an entry to the log of webhooks, some time soon; nobody waits for it."""
        if len(self._entries) < _ENTRIES:
            self._entries.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._entries:
            await asyncio.sleep(_GATHERED)
            batch, self._entries = self._entries, []
            try:
                await self._opened()
                await self._run(partial(self._book.add, batch))
            except StorageError as error:
                logger.warning("%d log entries were not written: %s", len(batch), type(error).__name__)

    async def _open(self) -> None:
        while True:
            try:
                database = await self._run(partial(Database.open, self.name, timeout=PATIENCE), 60.0)
            except TwilioNBError as error:
                if str(error) != self.trouble:
                    logger.warning("Database %s is not open: %s", self.name, error)
                self.trouble = str(error)
                await asyncio.sleep(_RETRY)
            else:
                break
        self._log = MessageLog(database)
        self._registry = Registry(database)
        self._book = LogBook(database)
        self._commit = GroupCommit(self._log.insert_many)
        self.trouble = None

    async def _opened(self) -> None:
        if self._opening.done():
            return
        done, _ = await asyncio.wait([self._opening], timeout=PATIENCE)
        if not done:
            message = f"Database {self.name} is not open yet. {self.trouble or 'It is being opened.'}"
            raise StoreUnavailable(message)

    async def _run(self, operation: Callable[[], Result], seconds: float = PATIENCE) -> Result:
        running = asyncio.get_running_loop().run_in_executor(self._threads, operation)
        running.add_done_callback(_taken_note_of)
        try:
            return await asyncio.wait_for(asyncio.shield(running), seconds)
        except TimeoutError as error:
            message = f"Database {self.name} did not answer in {seconds:g} s."
            raise StoreUnavailable(message) from error


class Stores:
    """All databases that services of this receiver are kept in.

    Parameters
    ----------
    default : str
        Name of the database whose services are known without any kernel.
    """

    def __init__(self, default: str) -> None:
        # Each database has one insert in flight; claims and answers of many texts share the rest.
        self._threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="twilio_nb-store")
        self._stores: dict[str, Store] = {}
        self.default = self.get(default)

    def get(self, name: str) -> Store:
        """Return the store of a database; begins to open it when it is new."""
        if name not in self._stores:
            self._stores[name] = Store(name, self._threads)
        return self._stores[name]

    def __iter__(self) -> Iterator[Store]:
        return iter(list(self._stores.values()))


def _taken_note_of(running: "asyncio.Future[Any]") -> None:
    """Keep asyncio from complaining of what failed after nobody waited for it any more."""
    if not running.cancelled():
        running.exception()
