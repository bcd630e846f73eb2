"""What calls by the names of App Services return: results of writes, and cursors."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Self


class Result(dict[str, Any]):
    """What a write came to, by the retired service's names: ``result.insertedId`` or ``result["insertedId"]``.

    `upsertedId` is there only after an upsert that inserted; ``result.upsertedId`` is None otherwise.
    """

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name == "upsertedId":
            return None
        message = f"The result has no {name!r}; it has {', '.join(self) or 'nothing'}."
        raise AttributeError(message)


class PastedCursor:
    """What a query finds, by the names of App Services.

    Parameters
    ----------
    start : callable
        Returns the driver's cursor, or what is awaited for it.
    """

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start
        self._cursor: Any = None

    def toArray(self) -> Any:
        """Return all documents that are left, as a list."""
        return then(self._opened(), lambda cursor: cursor.to_list())

    def next(self) -> Any:
        """Return the next document; None at the end."""
        return then(
            self._opened(),
            lambda cursor: anext(cursor, None) if hasattr(cursor, "__anext__") else next(cursor, None),
        )

    def sort(self, order: Mapping[str, Any]) -> Self:
        """Order what `find` finds, before it is read."""
        self._opened().sort(list(order.items()))
        return self

    def skip(self, count: int) -> Self:
        """Leave out the first ones that `find` finds."""
        self._opened().skip(count)
        return self

    def limit(self, count: int) -> Self:
        """Let `find` find no more than these."""
        self._opened().limit(count)
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened())

    async def __aiter__(self) -> AsyncIterator[Any]:
        cursor = self._opened()
        async for document in await cursor if inspect.isawaitable(cursor) else cursor:
            yield document

    def _opened(self) -> Any:
        if self._cursor is not None:
            return self._cursor
        return then(self._start(), self._keep)

    def _keep(self, cursor: Any) -> Any:
        self._cursor = cursor
        return cursor


def then(result: Any, convert: Callable[[Any], Any]) -> Any:
    """Convert a result, of the asynchronous driver when it is awaited."""
    if not inspect.isawaitable(result):
        return convert(result)

    async def finish() -> Any:
        converted = convert(await result)
        return await converted if inspect.isawaitable(converted) else converted

    running: Any = finish()
    running.__qualname__ = getattr(
        result, "__qualname__", "finish"
    )  # what is said of it where nobody awaits it
    return running


def updated(done: Any) -> Result:
    """Return what a change came to."""
    result = Result(matchedCount=done.matched_count, modifiedCount=done.modified_count)
    if done.upserted_id is not None:
        result["upsertedId"] = done.upserted_id
    return result


def deleted(done: Any) -> Result:
    """Return what a deletion came to."""
    return Result(deletedCount=done.deleted_count)


def written(done: Any) -> Result:
    """Return what several writes came to."""
    return Result(
        insertedCount=done.inserted_count,
        matchedCount=done.matched_count,
        modifiedCount=done.modified_count,
        deletedCount=done.deleted_count,
        upsertedCount=done.upserted_count,
        upsertedIds=done.upserted_ids or {},
    )
