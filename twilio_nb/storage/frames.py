"""Texts as an Arrow table, and as a DataFrame over its columns."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pymongo.read_concern import ReadConcern

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage import decoding
from twilio_nb.storage.columns import CATEGORICAL, chosen, projection, schema
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import translated

#: What orders texts; the SID settles what has the same time.
ORDER = ("time", "sid")

_BATCH = 5_000  # documents a request: about 1.5 MB, which stay in the processor's cache while they are read
_CHUNK = 65_536  # rows that are put together: few enough to copy soon, and few chunks for many rows


def table(
    database: Database,
    condition: dict[str, Any],
    *,
    limit: int | None = None,
    columns: Sequence[str] | None = None,
    session: Any = None,
) -> pa.Table:
    """Return stored texts, inbound and outbound, the oldest first.

    Parameters
    ----------
    database : Database
        Where they are kept.
    condition : dict
        Which of them, made by `selection.condition`.
    limit : int, optional
        Only the newest so many, still the oldest of them first.
    columns : sequence of str or "all", optional
        Names of `columns.SCHEMA`, in this order; the default set when not given.
    session : pymongo.client_session.ClientSession, optional
        In which to read.

    Returns
    -------
    pyarrow.Table
        Of declared types, also when there is no text; in few and large chunks.

    Raises
    ------
    ConfigurationError
        If there is no such column, or the limit is no whole number from 0.
    StorageError
        If MongoDB refused, or was away.
    """
    if limit is not None and not (isinstance(limit, int) and 0 <= limit < 2**63):
        message = f"A limit of {limit!r} texts means nothing; use a whole number from 0, or None for all."
        raise ConfigurationError(message)
    wanted = chosen(columns)
    read = [*wanted, *(name for name in ORDER if name not in wanted)]
    with database.operation():
        database.client.admin.command("ping")  # reading may take its time, once it is known to have begun
    with translated():
        batches = _ahead(_raw(database, condition, read, limit, session))
        found = _chunked((decoding.record_batch(batch, read) for batch in batches), schema(read))
    return ordered(found).select(wanted)


def ordered(texts: pa.Table) -> pa.Table:
    """Return texts in their order, at no cost if they are in it already.

    Parameters
    ----------
    texts : pyarrow.Table
        With the columns of `ORDER`.

    Returns
    -------
    pyarrow.Table
        The oldest first; what has no time comes before all others.
    """
    time, sid = (texts.column(name) for name in ORDER)
    if time.null_count == 0 and sid.null_count == 0:
        before, after = texts.slice(0, max(len(texts) - 1, 0)), texts.slice(1)
        same = pc.and_(pc.equal(before["time"], after["time"]), pc.less_equal(before["sid"], after["sid"]))
        if pc.all(pc.or_(pc.less(before["time"], after["time"]), same)).as_py() in (True, None):
            return texts
    # Not null_placement: the way to ask for it differs between releases of pyarrow.
    keyed = pa.table([pc.is_valid(time), time, sid], names=["has time", *ORDER])
    return texts.take(pc.sort_indices(keyed, sort_keys=[(name, "ascending") for name in keyed.column_names]))


def frame(texts: pa.Table, *, categories: bool = False) -> pd.DataFrame:
    """Return a table as a DataFrame, without copying it.

    Parameters
    ----------
    texts : pyarrow.Table
        With columns of `columns.SCHEMA`.
    categories : bool
        Whether columns with few values become pandas categories: smaller, and many times faster to group by,
        but slower to append to.

    Returns
    -------
    pandas.DataFrame
        Arrow-backed, but for the categories.
    """
    if not categories:
        arrow: pd.DataFrame = texts.to_pandas(types_mapper=pd.ArrowDtype)
        return arrow
    few = [name for name in texts.column_names if name in CATEGORICAL]
    for name in few:
        encoded = texts.column(name).combine_chunks().dictionary_encode()
        texts = texts.set_column(texts.column_names.index(name), name, encoded)
    mapped: pd.DataFrame = texts.to_pandas(
        types_mapper=lambda kind: None if pa.types.is_dictionary(kind) else pd.ArrowDtype(kind)
    )
    return mapped


def _raw(
    database: Database, condition: dict[str, Any], columns: list[str], limit: int | None, session: Any
) -> Iterator[bytes]:
    """Read documents as MongoDB sends them, in their order where an index has it."""
    if limit == 0:  # for MongoDB that would be no limit
        return
    # What a new primary might take back is not read: nothing would say so later to a frame that goes on from here.
    messages = database.collection("messages").with_options(read_concern=ReadConcern("majority"))
    found = messages.find_raw_batches(condition, projection(columns), batch_size=_BATCH, session=session)
    if limit is not None:
        found = found.sort([("time", -1), ("_id", -1)]).limit(limit)
    elif "service" in condition:
        found = found.sort([("time", 1), ("_id", 1)])
    yield from found


def _ahead(batches: Iterator[bytes]) -> Iterator[bytes]:
    """Let MongoDB look for the next batch while one is read."""
    with ThreadPoolExecutor(1, "twilio_nb-frames") as thread:
        following = thread.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, batches, None)
            yield batch


def _chunked(batches: Iterable[pa.RecordBatch], wanted: pa.Schema) -> pa.Table:
    """Put batches together while they come, so that what is read is never there twice."""
    chunks: list[pa.Table] = [wanted.empty_table()]
    loose: list[pa.RecordBatch] = []
    for batch in batches:
        loose.append(batch)
        if sum(one.num_rows for one in loose) >= _CHUNK:
            chunks.append(pa.Table.from_batches(loose).combine_chunks())
            loose.clear()
    return pa.concat_tables([*chunks, pa.Table.from_batches(loose, wanted).combine_chunks()])
