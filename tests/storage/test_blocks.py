"""Blocks of rows stay in order through any edits, and those that somebody holds are never changed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from twilio_nb.storage import blocks as module
from twilio_nb.storage.blocks import Blocks, Place, keys
from twilio_nb.storage.columns import record_batch, schema
from twilio_nb.storage.folding import folded
from twilio_nb.storage.frames import ordered
from twilio_nb.storage.news import Change

NAMES = ["body", "time", "sid"]
TIMES = [None, *(datetime(2026, 11, 5, 12, second, tzinfo=UTC) for second in range(4))]


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Blocks of a few rows, so that a few rows are many blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST", 8)
        patch.setattr(module, "_LARGE", 12)
        patch.setattr(module, "_FEW", 2)
        yield


def document(sid: str, time: datetime | None, body: str = "") -> dict[str, Any]:
    return {"_id": sid, "time": time, "body": body}


def fresh(documents: dict[str, dict[str, Any]]) -> pa.Table:
    """What a read makes of them, in whatever order they are stored."""
    return ordered(pa.Table.from_batches([record_batch(list(documents.values()), NAMES)]))


edits = some.lists(
    some.lists(
        some.tuples(
            some.integers(0, 40).map(lambda n: f"SM{n:02}"),
            some.sampled_from([*TIMES, "gone"]),
            some.sampled_from("abc"),
        ),
        max_size=12,
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(first=some.integers(0, 40), edits=edits)
def test_after_any_edits_it_equals_a_fresh_read(first: int, edits: list[list[tuple[str, Any, str]]]) -> None:
    stored = {f"SM{n:02}": document(f"SM{n:02}", TIMES[n % 5]) for n in range(first)}
    blocks = Blocks.of(fresh(stored))
    held: list[tuple[Blocks, pa.Table]] = []
    for group in edits:
        changes = []
        for sid, time, body in group:
            new = sid not in stored
            if time == "gone":
                stored.pop(sid, None)
                changes.append(Change(sid, None, False, False))
            else:
                stored[sid] = document(sid, time, body)
                changes.append(Change(sid, stored[sid], new, False))
        before = blocks.table
        blocks, rows, deleted = folded(blocks, changes, NAMES)

        held.append((blocks, blocks.table))
        assert blocks.table.combine_chunks().equals(fresh(stored).combine_chunks())
        assert told(before, rows, deleted) == told(blocks.table)
    for one, table in held:
        assert one.table.equals(table)
    assert blocks.table.column("sid").num_chunks <= len(blocks) / 4 + 4


def told(table: pa.Table, rows: pa.RecordBatch | None = None, deleted: tuple[str, ...] = ()) -> Any:
    """The rows of a table by SID, after what was told of them."""
    found = {row["sid"]: row for row in table.to_pylist() if row["sid"] not in deleted}
    return found | {row["sid"]: row for row in (rows.to_pylist() if rows else [])}


def test_what_may_have_been_read_already_is_there_once() -> None:
    stored = {f"SM{n:02}": document(f"SM{n:02}", TIMES[1]) for n in range(30)}
    twice = pa.concat_tables([fresh(stored), fresh({"SM07": document("SM07", TIMES[3])})])
    blocks = Blocks.of(twice)

    changes = [Change("SM07", document("SM07", time), False, True) for time in (TIMES[2], TIMES[4])]
    for change in changes:
        blocks, _, _ = folded(blocks, [change], NAMES)

    assert len(blocks) == 30
    assert blocks.table.to_pylist()[-1]["sid"] == "SM07"


def test_a_row_is_found_by_what_orders_it_among_many_of_the_same_time() -> None:
    stored = {f"SM{n:02}": document(f"SM{n:02}", TIMES[1]) for n in range(50)}
    blocks = Blocks.of(fresh(stored))

    for key, sid in zip(keys(record_batch(list(stored.values()), NAMES)), stored, strict=True):
        place = blocks.find(key)
        assert place is not None
        assert blocks.row(place)["sid"].to_pylist() == [sid]
    assert blocks.find((0, True, "SM07")) is None


def test_an_empty_table_has_no_blocks_and_takes_rows() -> None:
    blocks = Blocks.of(schema(NAMES).empty_table())
    assert len(blocks) == 0
    assert blocks.table.schema == schema(NAMES)
    assert blocks.find((0, True, "SM07")) is None

    more = blocks.edited([], record_batch([document("SM07", TIMES[1])], NAMES))

    assert more.table["sid"].to_pylist() == ["SM07"]
    assert len(more.edited([Place(0, 0)], record_batch([], NAMES))) == 0
