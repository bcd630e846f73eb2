"""Rows in their order, in blocks that are never changed: an edit makes new blocks and shares the others.

A reader keeps the blocks it has and needs no lock. The newest rows lie in small blocks, because they are the ones
that are followed by others and change most; blocks that have become small are put together before they slow
reads. Nothing here looks at a whole history, except `Blocks.scan`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Self, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: What orders a row: its time in milliseconds, and its SID; what lacks one comes before all that have it.
Key: TypeAlias = tuple[int, bool, str]

_MOST = (
    8_192  # rows that are put together: few enough to copy within a millisecond, and few blocks for many rows
)
_LARGE = _MOST * 3 // 2  # rows of a block at most; what is a little over is not cut for that
_FEW = 512  # rows that are copied with every edit without being noticed
_TAPER = 4  # how many times smaller each of the last blocks of a table is than the one before
_NO_TIME = -(2**63)
_FAR = 2**32


class Place(NamedTuple):
    """Where a row is: the number of its block, and its own in there."""

    block: int
    row: int


class _Block:
    """Rows, at least one, and what finds one of them."""

    def __init__(self, rows: pa.RecordBatch) -> None:
        self.rows = rows
        self._times: NDArray[np.int64] = _times(rows)
        self.first, self.last = self.key(0), self.key(len(rows) - 1)

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def key(self, row: int) -> Key:
        return int(self._times[row]), *_named(self.rows["sid"][row].as_py())

    def place(self, key: Key) -> tuple[int, bool]:
        """Return where such a row is or would be, and whether it is."""
        begin, end = (int(np.searchsorted(self._times, key[0], side)) for side in ("left", "right"))
        row = bisect_left(range(begin, end), key, key=self.key) + begin
        return row, row < end and self.key(row) == key


class Blocks:
    """A table's rows.

    Parameters
    ----------
    schema : pyarrow.Schema
        Their columns, ``time`` and ``sid`` among them.
    blocks : iterable of pyarrow.RecordBatch
        The rows, in their order; none of them empty.
    """

    def __init__(self, schema: pa.Schema, blocks: Iterable[pa.RecordBatch] = ()) -> None:
        self._schema = schema
        self._blocks = tuple(_Block(rows) for rows in blocks)

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """Take a table apart, without copying it.

        Parameters
        ----------
        table : pyarrow.Table
            Its rows in their order.

        Returns
        -------
        Blocks
        """
        blocks = [rows for rows in table.to_batches(max_chunksize=_LARGE) if rows.num_rows]
        while blocks and blocks[-1].num_rows > 2 * _FEW:
            last = blocks.pop()
            kept = last.num_rows - last.num_rows // _TAPER
            blocks += [last.slice(0, kept), last.slice(kept)]
        return cls(table.schema, blocks)

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    @property
    def table(self) -> pa.Table:
        """All rows, not copied."""
        return pa.Table.from_batches([block.rows for block in self._blocks], self._schema)

    def row(self, place: Place) -> pa.RecordBatch:
        """Return a row.

        Parameters
        ----------
        place : Place
            Where it is.

        Returns
        -------
        pyarrow.RecordBatch
            One row.
        """
        return self._blocks[place.block].rows.slice(place.row, 1)

    def find(self, key: Key) -> Place | None:
        """Find a row by what orders it.

        Parameters
        ----------
        key : Key
            Its time and SID.

        Returns
        -------
        Place or None
            None if there is no such row.
        """
        if not self._blocks:
            return None
        block = self._nearest(key)
        row, there = self._blocks[block].place(key)
        return Place(block, row) if there else None

    def scan(self, sids: Sequence[str], *, once: bool) -> dict[str, list[Place]]:
        """Find rows by their SIDs alone, the newest first.

        Parameters
        ----------
        sids : sequence of str
            Their SIDs.
        once : bool
            Whether each of them has one row at most, so that the search may end when all are found.

        Returns
        -------
        dict
            The places of each that was found.
        """
        found: dict[str, list[Place]] = {}
        if not sids:
            return found
        wanted = pa.array(sids, pa.string())
        for n in reversed(range(len(self._blocks))):
            if once and len(found) == len(sids):
                break
            column = self._blocks[n].rows["sid"]
            for row in np.flatnonzero(pc.is_in(column, value_set=wanted)).tolist():
                found.setdefault(column[row].as_py(), []).append(Place(n, row))
        return found

    def edited(self, gone: Iterable[Place], rows: pa.RecordBatch) -> "Blocks":
        """Return what it is without some rows, and with others.

        Parameters
        ----------
        gone : iterable of Place
            The rows that go.
        rows : pyarrow.RecordBatch
            Those that come, in their order.

        Returns
        -------
        Blocks
            New ones; these stay what they are.
        """
        edits: dict[int, _Edit] = {}
        for place in gone:
            edits.setdefault(place.block, _Edit()).gone.append(place.row)
        behind = rows.num_rows  # from this one on they come after all that is there
        for n, key in enumerate(keys(rows)):
            if not self._blocks or key > self._blocks[-1].last:
                behind = n
                break
            block = self._nearest(key)
            edits.setdefault(block, _Edit()).come.append((self._blocks[block].place(key)[0], n))
        parts: list[_Block] = []
        for n, one in enumerate(self._blocks):
            parts += _cut(edits[n].applied(one.rows, rows)) if n in edits else [one]
        made = Blocks(self._schema)
        made._blocks = _folded([*parts, *_cut(rows.slice(behind))])
        return made

    def _nearest(self, key: Key) -> int:
        """Return the number of the block where such a row would be."""
        return max(bisect_right(self._blocks, key, key=lambda one: one.first) - 1, 0)


@dataclass
class _Edit:
    """What becomes of a block: the rows that go, and those that come, each with the place before which it does."""

    gone: list[int] = field(default_factory=list)
    come: list[tuple[int, int]] = field(default_factory=list)

    def applied(self, block: pa.RecordBatch, rows: pa.RecordBatch) -> pa.RecordBatch:
        count, gone = block.num_rows, np.sort(np.array(self.gone, np.int64))
        before, come = np.array(self.come, np.int64).reshape(-1, 2).T
        # The rows in their new order; those that come are numbered from far behind the others.
        order = np.insert(np.arange(count), before, _FAR + come)
        order = np.delete(order, gone + np.searchsorted(before, gone, "right"))
        # What stays side by side is copied at once.
        bounds = [0, *(np.flatnonzero(np.diff(order) != 1) + 1).tolist(), len(order)]
        pieces = [
            rows.slice(order[begin] - _FAR, end - begin)
            if order[begin] >= _FAR
            else block.slice(order[begin], end - begin)
            for begin, end in pairwise(bounds)
            if begin < end
        ]
        return pa.concat_batches(pieces) if pieces else block.slice(0, 0)


def keys(rows: pa.RecordBatch) -> list[Key]:
    """Return what orders each of some rows.

    Parameters
    ----------
    rows : pyarrow.RecordBatch
        With ``time`` and ``sid``.

    Returns
    -------
    list of Key
    """
    return [
        (time, *_named(sid)) for time, sid in zip(_times(rows).tolist(), rows["sid"].to_pylist(), strict=True)
    ]


def _times(rows: pa.RecordBatch) -> NDArray[np.int64]:
    times: NDArray[np.int64] = rows["time"].cast(pa.int64()).fill_null(_NO_TIME).to_numpy()
    return times


def _named(sid: str | None) -> tuple[bool, str]:
    return sid is not None, sid or ""


def _cut(rows: pa.RecordBatch) -> list[_Block]:
    """Return blocks of these rows, none of them empty and none too large."""
    parts = -(-rows.num_rows // _LARGE)
    bounds = [rows.num_rows * n // parts for n in range(parts + 1)] if parts else []
    return [_Block(rows.slice(begin, end - begin)) for begin, end in pairwise(bounds)]


def _folded(blocks: Iterable[_Block]) -> tuple[_Block, ...]:
    """Put small blocks together, so that there are few; a row is copied a few times in its life, not with each edit."""
    folded: list[_Block] = []
    for block in blocks:
        together = block
        while folded and len(folded[-1]) <= max(2 * len(together), _FEW):
            if len(folded[-1]) + len(together) > _MOST:
                break
            together = _Block(pa.concat_batches([folded.pop().rows, together.rows]))
        folded.append(together)
    return tuple(folded)
