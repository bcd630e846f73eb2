"""Following a collection as it changes."""

import threading
from types import TracebackType
from typing import Any, Self

from pymongo.collection import Collection

from twilio_nb.storage.failures import translated

Change = dict[str, Any]

_AWAIT = 500  # milliseconds for which the server holds a question back when it has no news


class Changes:
    """An iterator over MongoDB's change events, open from the moment it is made.

    It outlives a restart of MongoDB. `close` ends the iteration from any thread within half a second.

    Parameters
    ----------
    collection : pymongo.collection.Collection
        What to follow.
    pipeline : list of dict
        Stages that choose among the events.
    """

    def __init__(self, collection: Collection[dict[str, Any]], pipeline: list[dict[str, Any]]) -> None:
        self._closed = threading.Event()
        with translated():
            self._stream = collection.watch(pipeline, full_document="updateLookup", max_await_time_ms=_AWAIT)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Change:
        with translated():
            while not self._closed.is_set() and self._stream.alive:
                change = self._stream.try_next()
                if change is not None:
                    return dict(change)
        self._stream.close()
        raise StopIteration

    def close(self) -> None:
        """End the iteration, in whichever thread it waits."""
        self._closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._stream.close()
