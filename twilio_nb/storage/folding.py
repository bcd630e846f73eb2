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
    documents = [change.document for change in latest.values() if change.document is not None]
    rows = record_batch(documents, columns)
    known = keys(rows)
    order = sorted(range(len(known)), key=known.__getitem__)
    rows, known = rows.take(pa.array(order, pa.int64())), [known[n] for n in order]
    sids: list[str] = rows["sid"].to_pylist()

    places = _places(blocks, latest, dict(zip(sids, known, strict=True)))
    same = [
        len(at := places.get(sid, ())) == 1 and blocks.row(at[0]).equals(rows.slice(n, 1))
        for n, sid in enumerate(sids)
    ]
    rows = rows.filter(pa.array([not one for one in same], pa.bool_()))
    for sid in (sid for sid, one in zip(sids, same, strict=True) if one):
        del places[sid]
    deleted = tuple(sid for sid in places if latest[sid].document is None)
    gone = [place for found in places.values() for place in found]
    return Folded(blocks.edited(gone, rows) if gone or rows.num_rows else blocks, rows, deleted)


def _latest(changes: Sequence[Change]) -> dict[str, Change]:
    """Return the last change of each text; whether it is new, and whether it was early, the first ones say."""
    latest: dict[str, Change] = {}
    for change in changes:
        before = latest.get(change.sid, change)
        latest[change.sid] = change._replace(new=before.new, early=before.early or change.early)
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
