"""What has changed in a live frame, in numbered batches, for those who show it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import pyarrow as pa

from twilio_nb.storage.frames import frame

if TYPE_CHECKING:
    import pandas as pd

# Kept for those who are behind; who is further behind begins anew.
_MOST = 20_000  # texts, about 10 MB
_MOST_BATCHES = 1_000


@dataclass(frozen=True)
class Batch:
    """What has changed since the batch before. To apply it twice does no harm.

    Attributes
    ----------
    number : int
        One more than that of the batch before.
    table : pyarrow.Table
        The texts that came or changed, each as it is now, the oldest first; ``sid`` and ``time`` are always there.
    deleted : tuple of str
        The SIDs of texts that are gone.
    reloaded : bool
        Whether these are all texts there are, and what was known before counts no longer.
    """

    number: int
    table: pa.Table
    deleted: tuple[str, ...] = ()
    reloaded: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """The texts that came or changed, as a DataFrame."""
        return frame(self.table)

    @property
    def size(self) -> int:
        """How many texts it tells of."""
        return len(self.table) + len(self.deleted)


class Batches(NamedTuple):
    """The latest batches, as many as it is worth to keep.

    Attributes
    ----------
    number : int
        That of the last one.
    kept : tuple of Batch
        Those that follow each other until the last one.
    """

    number: int = 0
    kept: tuple[Batch, ...] = ()

    def more(self, table: pa.Table, deleted: tuple[str, ...]) -> Batches:
        """Return these and one more.

        Parameters
        ----------
        table, deleted
            As in `Batch`.

        Returns
        -------
        Batches
        """
        kept = (*self.kept[-_MOST_BATCHES:], Batch(self.number + 1, table, deleted))
        size = sum(batch.size for batch in kept)
        first = 0
        while size > _MOST:
            size -= kept[first].size
            first += 1
        return Batches(self.number + 1, kept[first:])

    def reloaded(self) -> Batches:
        """Return none, but for the number of one after which nothing is what it was.

        Returns
        -------
        Batches
        """
        return Batches(self.number + 1)

    def after(self, number: int) -> Batch | None:
        """Return the batch that follows one.

        Parameters
        ----------
        number : int
            That of the one before.

        Returns
        -------
        Batch or None
            None if it is not kept.
        """
        index = len(self.kept) - (self.number - number)
        return self.kept[index] if 0 <= index < len(self.kept) else None


class Changes:
    """An iterator over a live frame's batches, which waits for the next one; made by `LiveFrame.changes`.

    Parameters
    ----------
    following : callable
        Takes the number of a batch, a function and seconds or None, and returns the batch that follows; or None,
        as soon as the frame is closed, the function says so, or the seconds are over.
    number : int
        That of the batch before the first.
    ring : callable
        Makes whoever waits look again.
    """

    def __init__(
        self,
        following: Callable[[int, Callable[[], bool], float | None], Batch | None],
        number: int,
        ring: Callable[[], None],
    ) -> None:
        self._following = following
        self._number = number
        self._ring = ring
        self._closed = threading.Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        batch = self.next()
        if batch is None:
            raise StopIteration
        return batch

    def next(self, seconds: float | None = None) -> Batch | None:
        """Return the next batch, for those who have something else to look after as well.

        Parameters
        ----------
        seconds : float, optional
            For how long to wait for it; until it is closed when not given.

        Returns
        -------
        Batch or None
            None if none came, or it was closed.
        """
        batch = self._following(self._number, self._closed.is_set, seconds)
        if batch is not None:
            self._number = batch.number
        return batch

    def close(self) -> None:
        """End the iteration, in whichever thread it waits."""
        self._closed.set()
        self._ring()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
