"""Group commit: durability that does not cost throughput.

One ``insert_many`` is in flight at a time; whatever arrives meanwhile is the next batch. There is no timer,
so that a text that comes alone waits for nobody.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from twilio_nb.domain.messages import Document

Outcome = bool | Exception
Waiter = tuple[Document, asyncio.Future[bool]]


class GroupCommit:
    """Stores documents that arrive one by one on an event loop, many at a time.

    Parameters
    ----------
    insert_many : callable
        Stores documents and returns, for each, True if it is stored, False if it was there already, or an
        error. It runs in a thread of its own. What it raises, every waiter of the batch gets.
    max_batch : int
        How many documents go into one call at most.
    """

    def __init__(
        self, insert_many: Callable[[list[Document]], Sequence[Outcome]], max_batch: int = 1000
    ) -> None:
        self._insert_many = insert_many
        self._max_batch = max_batch
        self._queue: deque[Waiter] = deque()
        self._commits: asyncio.Task[None] | None = None
        # Not the loop's default threads: a commit must not queue behind whatever else blocks there.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    async def put(self, document: Document) -> bool:
        """Store a document and return once it is durable.

        Who is cancelled while waiting does no harm to others; the document is stored all the same.

        Parameters
        ----------
        document : dict
            With its ``_id``.

        Returns
        -------
        bool
            True if it is stored, False if one with its ``_id`` was there already.

        Raises
        ------
        StorageError
            If MongoDB refused it, or was away.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[bool] = loop.create_future()
        self._queue.append((document, stored))
        if self._commits is None:
            self._commits = loop.create_task(self._commit())
        return await stored

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        batch: list[Waiter] = []
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._max_batch))]
                documents = [document for document, _ in batch]
                results: list[tuple[Waiter, Outcome]]
                try:
                    outcomes = await loop.run_in_executor(self._thread, self._insert_many, documents)
                    results = list(zip(batch, outcomes, strict=True))
                except Exception as error:
                    results = [(waiter, error) for waiter in batch]
                for (_, stored), outcome in results:
                    _resolve(stored, outcome)
        finally:
            # Reached with waiters left only when the loop is being shut down.
            for _, stored in (*batch, *self._queue):
                stored.cancel()
            self._queue.clear()
            self._commits = None


def _resolve(stored: asyncio.Future[bool], outcome: Outcome) -> None:
    if stored.done():
        return
    if isinstance(outcome, Exception):
        stored.set_exception(outcome)
    else:
        stored.set_result(outcome)
