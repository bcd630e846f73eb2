"""What happened to texts, put into the places where they are."""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from twilio_nb.storage.blocks import Blocks, Key, Place, keys
from twilio_nb.storage.columns import record_batch
from twilio_nb.storage.news import Change


class Folded(NamedTuple):
    """What came of it.

    Attributes
    ----------
    blocks : Blocks
        All rows.
    rows : pyarrow.RecordBatch
        Those that came, or are no longer what they were.
    deleted : tuple of str
        The SIDs of those that went.
    """

    blocks: Blocks
    rows: pa.RecordBatch
    deleted: tuple[str, ...]


def folded(blocks: Blocks, changes: Sequence[Change], columns: Sequence[str]) -> Folded:
    """Put changes in their places. Only texts of which nothing but the SID is known are searched for.

    Parameters
    ----------
    blocks : Blocks
        All rows as they were.
    changes : sequence of Change
        What happened, in its order.
    columns : sequence of str
        Names of `columns.SCHEMA`, in the order that the blocks have.

    Returns
    -------
    Folded
    """
    latest = _latest(changes)
    rows = _sorted(
        record_batch([one.document for one in latest.values() if one.document is not None], columns)
    )
    sids: list[str] = rows["sid"].to_pylist()
    places = _places(blocks, latest, dict(zip(sids, keys(rows), strict=True)))

    same = [sid in places and _is_same(blocks, places[sid], rows, n) for n, sid in enumerate(sids)]
    if any(same):
        rows = rows.filter(pa.array([not one for one in same]))
        for sid in (sid for sid, one in zip(sids, same, strict=True) if one):
            del places[sid]
    gone = [place for found in places.values() for place in found]
    deleted = tuple(sid for sid in places if latest[sid].document is None)
    return Folded(blocks.edited(gone, rows) if gone or rows.num_rows else blocks, rows, deleted)


def _sorted(rows: pa.RecordBatch) -> pa.RecordBatch:
    known = keys(rows)
    order = sorted(range(len(known)), key=known.__getitem__)
    return rows if order == list(range(len(known))) else rows.take(pa.array(order, pa.int64()))


def _is_same(blocks: Blocks, places: Sequence[Place], rows: pa.RecordBatch, n: int) -> bool:
    return len(places) == 1 and bool(blocks.row(places[0]).equals(rows.slice(n, 1)))


def _latest(changes: Sequence[Change]) -> dict[str, Change]:
    """Return the last change of each text; whether it is new, and whether it was early, the first ones say."""
    latest: dict[str, Change] = {}
    for change in changes:
        before = latest.get(change.sid)
        if before is not None:
            change = change._replace(new=before.new, early=before.early or change.early)
        latest[change.sid] = change
    return latest


def _places(blocks: Blocks, latest: dict[str, Change], known: dict[str, Key]) -> dict[str, Sequence[Place]]:
    """Return where the rows are of all texts that have one."""
    places: dict[str, Sequence[Place]] = {}
    lost = []
    for sid, change in latest.items():
        if change.new or change.early:
            continue
        place = blocks.find(known[sid]) if sid in known else None
        if place is None:
            lost.append(sid)  # deleted, or of another time than it was
        else:
            places[sid] = (place,)
    early = [sid for sid, change in latest.items() if change.early and not change.new]
    return places | blocks.scan(lost, once=True) | blocks.scan(early, once=False)
