"""A frame that goes along with the store: read once, then kept up to date by what MongoDB says has changed."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import pyarrow as pa

from twilio_nb.storage.blocks import Blocks
from twilio_nb.storage.changes import Batch, Batches, Changes
from twilio_nb.storage.columns import chosen, schema
from twilio_nb.storage.database import Database
from twilio_nb.storage.folding import folded
from twilio_nb.storage.following import Following
from twilio_nb.storage.frames import ORDER, frame
from twilio_nb.storage.news import Change, Everything, News

if TYPE_CHECKING:
    import pandas as pd

_BURST = 0.03  # seconds for which a batch is kept open, so that texts that come together are told together


class _State(NamedTuple):
    """All that a reader sees, replaced as a whole: neither another thread nor an interrupt finds half of a change."""

    blocks: Blocks
    batches: Batches
    taken: int  # the number of the last news in it


class LiveFrame:
    """The texts of a service as a DataFrame that is never out of date; made by ``service.live()``.

    It reads all texts once, and then costs what is new. Status updates, deletions and texts that are stored late
    are put in their places, whoever stored them. It lives until it is closed, or nobody refers to it any more.

    While MongoDB is away, `frame` stays what it was last; `following` and the representation say so. A frame of
    a forked process goes on over a connection of its own.

    Parameters
    ----------
    database : Database
        Where the texts are.
    service : str
        Whose they are.
    columns : sequence of str or "all", optional
        Names of `columns.SCHEMA`, in this order; the default set when not given.

    Raises
    ------
    ConfigurationError
        If there is no such column.
    StorageError
        If MongoDB refused, or was away.

    Examples
    --------
    >>> inbox = service.live()
    >>> inbox.frame["from"].value_counts()
    """

    def __init__(self, database: Database, service: str, *, columns: Sequence[str] | None = None) -> None:
        self._service = service
        self._columns = chosen(columns)
        self._read = [*self._columns, *(name for name in ORDER if name not in self._columns)]
        self._state = _State(Blocks(schema(self._read)), Batches(), 0)
        self._folding = threading.Lock()
        self._bell = threading.Condition()
        self._closed = threading.Event()
        settle = weakref.WeakMethod(self._fold)
        self._following = Following(database, service, self._read, self._bell, settle)
        self._following.begin()
        self._fold()
        # The thread must not keep alive what nobody can reach, as after the cell that made it was run again.
        weakref.finalize(self, self._following.end, wait=False)
        _open.add(self)

    @property
    def frame(self) -> pd.DataFrame:
        """All texts that MongoDB has acknowledged by now, the oldest first, as a DataFrame of your own.

        Its columns are those of ``service.texts()``. It is not changed later; ask again for a newer one.
        """
        self._catch_up()
        with self._following.asking:
            return frame(self._table)

    @property
    def table(self) -> pa.Table:
        """What `frame` holds as an Arrow table, which polars and DuckDB take as it is."""
        self._catch_up()
        return self._table

    @property
    def following(self) -> bool:
        """Whether it hears from MongoDB; while it does not, it stays what it was."""
        return not self._closed.is_set() and self._following.trouble is None

    @property
    def trouble(self) -> str:
        """Since when it does not hear from MongoDB, and why; empty while it does."""
        trouble = self._following.trouble
        if trouble is None or self._closed.is_set():
            return ""
        return f"out of date since {self._following.since:%H:%M:%S} UTC: {trouble}"

    def snapshot(self) -> tuple[int, pd.DataFrame]:
        """Return the number of the last batch and the texts as of then, without asking MongoDB for later ones.

        Returns
        -------
        number : int
            As `number`; ``changes(since=number)`` tells what comes next.
        frame : pandas.DataFrame
            As `frame`.
        """
        blocks, batches, _ = self._state
        return batches.number, frame(blocks.table.select(self._columns))

    @property
    def number(self) -> int:
        """The number of the last batch of changes that is part of it."""
        return self._state.batches.number

    def changes(self, since: int | None = None) -> Changes:
        """Iterate over what changes, in batches with consecutive numbers; it waits for the next, until closed.

        A batch has a ``number``, a ``table`` (or ``frame``) of the texts that came or changed, each as it is now,
        the SIDs that were ``deleted``, and ``reloaded``: then these are all texts there are, and what was known
        before counts no longer. That happens when MongoDB has lost the history of its changes, and to who is far
        behind.

        Parameters
        ----------
        since : int, optional
            The number of the last batch that is known already; only what comes from now on when not given. To
            begin with what is there, take `number` first and `frame` second: some texts may come again, and none
            is missed.

        Returns
        -------
        Changes
            An iterator, which another thread may ``close``.

        Examples
        --------
        >>> for batch in inbox.changes():
        ...     print(batch.frame)
        """
        if since is None:
            self._fold()
            since = self.number
        return Changes(self._after, since, self._ring)

    def close(self) -> None:
        """End it: its thread, its stream and all iterations over its changes. `frame` stays what it is."""
        self._closed.set()
        self._ring()
        self._following.end()

    def __len__(self) -> int:
        return len(self._state.blocks)

    def __repr__(self) -> str:
        count = f"<twilio_nb.LiveFrame of {self._service!r}: {len(self):,} texts"
        if self._closed.is_set():
            return f"{count}, closed>"
        return f"{count}, {self.trouble}>" if self.trouble else f"{count}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _table(self) -> pa.Table:
        return self._state.blocks.table.select(self._columns)

    def _catch_up(self) -> None:
        if not self._closed.is_set():
            self._following.catch_up()
            with self._following.asking:
                self._fold()

    def _fold(self) -> None:
        """Put what was heard in its places."""
        with self._folding:
            heard = [news for news in self._following.inbox.news() if news.number > self._state.taken]
            if heard:
                self._state = _applied(self._state, heard, self._read)
            self._following.inbox.drop(self._state.taken)
        if heard:
            self._ring()

    def _ring(self) -> None:
        with self._bell:
            self._bell.notify_all()

    def _after(self, number: int, closed: Callable[[], bool], seconds: float | None) -> Batch | None:
        """Wait for the batch that follows one."""
        until = None if seconds is None else time.monotonic() + seconds

        def over() -> bool:
            return closed() or self._closed.is_set() or (until is not None and time.monotonic() >= until)

        while not over():
            self._following.go_on()
            blocks, batches, _ = self._state
            if number != batches.number:
                # What is no longer kept, or was numbered by another frame, is told by all there is.
                return batches.after(number) or Batch(batches.number, blocks.table, reloaded=True)
            with self._bell:
                self._bell.wait_for(
                    lambda: over() or len(self._following.inbox) > 0 or self.number != number, seconds
                )
                if not over() and self.number == number:
                    self._bell.wait_for(over, _BURST)
            if not over():
                self._fold()
        return None

    def _inherit(self) -> None:
        """Go on in a forked process, where neither the parent's thread nor who held its locks exists."""
        self._folding = threading.Lock()
        self._bell = threading.Condition()
        self._following = self._following.heir(self._bell, weakref.WeakMethod(self._fold))
        weakref.finalize(self, self._following.end, wait=False)


def _applied(state: _State, heard: Sequence[News], columns: Sequence[str]) -> _State:
    blocks, batches, _ = state
    changes: list[Change] = []
    for news in heard:
        if isinstance(news.what, Everything):
            blocks, batches, changes = Blocks.of(news.what.texts), batches.reloaded(), []
        elif news.what is not None:
            changes.append(news.what)
    if changes:
        blocks, rows, deleted = folded(blocks, changes, columns)
        if rows.num_rows or deleted:
            batches = batches.more(pa.Table.from_batches([rows]), deleted)
    return _State(blocks, batches, heard[-1].number)


_open: weakref.WeakSet[LiveFrame] = weakref.WeakSet()


def _inherit_in_child() -> None:
    for live in list(_open):
        live._inherit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_inherit_in_child)
