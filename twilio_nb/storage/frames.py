"""Texts as a DataFrame, over Arrow columns of declared types.

Types are declared and never inferred: inference would turn 2.5 into 2, or a column into nulls, because of one
document that somebody wrote by hand. A value that does not fit its column becomes null in its own cell.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from bson import ObjectId
from bson.codec_options import DatetimeConversion

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import translated

#: The columns of a frame of texts and their types; ``state`` is how far the handling of an inbound text is.
SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("ms", tz="UTC")),
        ("direction", pa.string()),
        ("from", pa.string()),
        ("to", pa.string()),
        ("body", pa.string()),
        ("status", pa.string()),
        ("num_segments", pa.int64()),
        ("num_media", pa.int64()),
        ("error_code", pa.int64()),
        ("webhook", pa.string()),
        ("state", pa.string()),
        ("sid", pa.string()),
    ]
)

_PATHS = {"sid": "_id", "state": "handling.state"}
_CHUNK = 20_000  # documents that are in memory as Python objects at the same time


def texts(
    database: Database,
    *,
    service: str | None = None,
    direction: str | None = None,
    with_: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return stored texts, inbound and outbound, the oldest first.

    Parameters
    ----------
    database : Database
        Where they are kept.
    service, direction : str, optional
        Only those of one service, or that went one way, such as "inbound".
    with_ : str, optional
        Only those from or to this address.
    since, until : datetime, optional
        Only those at or after, and before, an aware time.
    limit : int, optional
        Only the newest so many, still the oldest of them first.
    columns : sequence of str, optional
        These of the columns of `SCHEMA`, in this order; all of them when not given.

    Returns
    -------
    pandas.DataFrame
        Columns and types are those of `SCHEMA`, Arrow-backed, also when there is no text.

    Raises
    ------
    ConfigurationError
        If there is no such column, a time is not aware, or the limit negative.
    StorageError
        If MongoDB refused, or was away.

    Examples
    --------
    >>> texts(database, with_="+15558675309")[["time", "body"]]
    """
    if limit is not None and limit < 0:
        message = f"A limit of {limit} texts means nothing; use 0 or more, or None for all."
        raise ConfigurationError(message)
    wanted = _filter(service, direction, with_, since, until)
    chosen = _chosen(columns)
    read = [name for name in SCHEMA.names if name in {"sid", "time", *chosen}]
    with database.operation():
        database.client.admin.command("ping")  # reading may take its time, once it is known to have begun
    with translated():
        batches = [_batch(documents, read) for documents in _chunks(database, wanted, read, limit)]
    schema = pa.schema([SCHEMA.field(name) for name in read])
    table = pa.Table.from_batches(batches, schema=schema).sort_by(
        [("time", "ascending"), ("sid", "ascending")]
    )
    frame: pd.DataFrame = table.select(chosen).to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _chosen(columns: Sequence[str] | None) -> list[str]:
    if columns is None:
        return list(SCHEMA.names)
    if unknown := [name for name in columns if name not in SCHEMA.names]:
        message = f"Texts have no column {unknown[0]!r}; they have {', '.join(SCHEMA.names)}."
        raise ConfigurationError(message)
    return list(columns)


def _filter(
    service: str | None,
    direction: str | None,
    with_: str | None,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if service is not None:
        wanted["service"] = service
    if direction is not None:
        wanted["direction"] = str(direction)
    if with_ is not None:
        wanted["$or"] = [{"from": with_}, {"to": with_}]
    for operator, moment in (("$gte", since), ("$lt", until)):
        if moment is None:
            continue
        if not isinstance(moment, datetime):  # "1h", as the magic takes it
            message = f"{moment!r} is no time; give an aware datetime, such as datetime.now(UTC) - timedelta(hours=1)."  # type: ignore[unreachable]
            raise ConfigurationError(message)
        if moment.tzinfo is None:
            message = f"{moment!r} has no time zone; write datetime(…, tzinfo=UTC), or add .astimezone()."
            raise ConfigurationError(message)
        wanted.setdefault("time", {})[operator] = moment
    return wanted


def _chunks(
    database: Database, wanted: dict[str, Any], columns: list[str], limit: int | None
) -> Iterator[list[dict[str, Any]]]:
    """Read documents in whatever order they are found; the newest only if there is a limit."""
    messages = database.collection(
        "messages",
        # A date beyond the year 9999, or bytes that are no UTF-8, must not end the whole read.
        datetime_conversion=DatetimeConversion.DATETIME_AUTO,
        unicode_decode_error_handler="replace",
    )
    projection = {"_id": False} | {_PATHS.get(name, name): True for name in columns}
    found = messages.find(wanted, projection)
    if limit == 0:  # for MongoDB that would be no limit
        return
    if limit is not None:
        found = found.sort([("time", -1), ("_id", -1)]).limit(limit)
    chunk = []
    for document in found:
        chunk.append(document)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _batch(documents: list[dict[str, Any]], columns: list[str]) -> pa.RecordBatch:
    arrays = []
    for name in columns:
        path = _PATHS.get(name, name)
        values = [_at(document, path) for document in documents]
        arrays.append(_array(values, SCHEMA.field(name).type))
    return pa.record_batch(arrays, schema=pa.schema([SCHEMA.field(name) for name in columns]))


def _at(document: dict[str, Any], path: str) -> Any:
    head, _, rest = path.partition(".")
    value = document.get(head)
    return value.get(rest) if rest and isinstance(value, dict) else None if rest else value


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    fits = _FITS[kind.id]
    return pa.array([fits(value) for value in values], kind)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float | ObjectId) else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 2**53)
    return int(value) if whole and not isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None


_FITS: dict[int, Callable[[Any], Any]] = {
    pa.string().id: _text,
    pa.int64().id: _number,
    pa.timestamp("ms").id: _moment,
}
