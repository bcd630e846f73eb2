"""The columns that texts have in frames and tables, and how a document's values become theirs.

Types are declared and never inferred: inference would turn 2.5 into 2, or a column into nulls, because of one
document that somebody wrote by hand. A value that does not fit its column becomes null in its own cell.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
from bson import ObjectId

from twilio_nb.errors import ConfigurationError

TIME = pa.timestamp("ms", tz="UTC")

#: Every column of a text and its type, in the order of the full set. ``state`` is how far the handling of an
#: inbound text is, ``finished`` when its handler was done, ``price`` negative as at Twilio. Media are texts with a
#: blank between each two: what holds lists cannot be compared, or read back from Parquet by pandas.
SCHEMA = pa.schema(
    [
        ("time", TIME),
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
        ("service", pa.string()),
        ("source", pa.string()),
        ("account_sid", pa.string()),
        ("messaging_service_sid", pa.string()),
        ("media_urls", pa.string()),
        ("media_types", pa.string()),
        ("error_message", pa.string()),
        ("price", pa.float64()),
        ("price_unit", pa.string()),
        ("date_created", TIME),
        ("date_sent", TIME),
        ("date_updated", TIME),
        ("request_id", pa.string()),
        ("finished", TIME),
    ]
)

#: The default set: what people look at. The others are had by name, or all of them with ``"all"``.
DEFAULT = tuple(SCHEMA.names[:12])

#: Columns with few values, which ``categories=True`` makes pandas categories.
CATEGORICAL = (
    *("direction", "from", "to", "status", "webhook", "state"),
    *("service", "source", "account_sid", "messaging_service_sid", "price_unit"),
)

#: Where a column stands in a document, if not under its own name.
PATHS = {
    "sid": "_id",
    "media_urls": "media",
    "media_types": "media",
    "state": "handling.state",
    "request_id": "handling.request_id",
    "finished": "handling.finished",
}


def chosen(columns: Sequence[str] | None) -> list[str]:
    """Return the names of the columns that somebody asked for.

    Parameters
    ----------
    columns : sequence of str, "all" or None
        Names, in the order wanted; the default set when None, every column when "all".

    Returns
    -------
    list of str
        Names of `SCHEMA`.

    Raises
    ------
    ConfigurationError
        If there is no such column, or one is named twice.
    """
    if columns is None:
        return list(DEFAULT)
    if isinstance(columns, str):
        if columns == "all":
            return list(SCHEMA.names)
        columns = [columns]
    for n, name in enumerate(columns):
        if name not in SCHEMA.names:
            message = f"Texts have no column {name!r}; they have {', '.join(SCHEMA.names)}."
            raise ConfigurationError(message)
        if name in columns[:n]:
            message = f"The column {name!r} is asked for twice; name each once."
            raise ConfigurationError(message)
    return list(columns)


def schema(names: Iterable[str]) -> pa.Schema:
    """Return the types of some columns.

    Parameters
    ----------
    names : iterable of str
        Names of `SCHEMA`.

    Returns
    -------
    pyarrow.Schema
        In the order given.
    """
    return pa.schema([SCHEMA.field(name) for name in names])


def projection(names: Iterable[str]) -> dict[str, bool]:
    """Return what makes MongoDB send these columns and nothing else.

    Parameters
    ----------
    names : iterable of str
        Names of `SCHEMA`.

    Returns
    -------
    dict
        For ``find``.
    """
    return {"_id": False} | {PATHS.get(name, name): True for name in names}


def record_batch(documents: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pa.RecordBatch:
    """Make columns of documents, whatever these hold.

    Parameters
    ----------
    documents : sequence of Mapping
        Documents of the collection ``messages``, whole or in part.
    names : sequence of str
        Names of `SCHEMA`.

    Returns
    -------
    pyarrow.RecordBatch
        A row a document, in their order.
    """
    arrays = [array(name, _at(documents, PATHS.get(name, name))) for name in names]
    return pa.record_batch(arrays, schema=schema(names))


def array(name: str, values: Iterable[Any]) -> pa.Array:
    """Make a column of values, whatever these are.

    Parameters
    ----------
    name : str
        A name of `SCHEMA`.
    values : iterable
        As they stand in documents.

    Returns
    -------
    pyarrow.Array
        Of the column's type; null where a value does not fit.
    """
    kind = SCHEMA.field(name).type
    if (joined := _MEDIA.get(name)) is not None:
        return pa.array(map(joined, values), kind)
    return fitted(kind, values)


def fitted(kind: pa.DataType, values: Iterable[Any]) -> pa.Array:
    """Make an array of values, whatever these are.

    Parameters
    ----------
    kind : pyarrow.DataType
        One that a column of `SCHEMA` has.
    values : iterable
        As they stand in documents.

    Returns
    -------
    pyarrow.Array
        Of that type; null where a value does not fit.
    """
    # Nearly every value is of the one type, and need not be looked at any further.
    fits, usual = _FITS[kind], _USUAL[kind]
    return pa.array([value if type(value) is usual else fits(value) for value in values], kind)


def _at(documents: Sequence[Mapping[str, Any]], path: str) -> list[Any]:
    head, _, rest = path.partition(".")
    values = [document.get(head) for document in documents]
    if not rest:
        return values
    return [value.get(rest) if isinstance(value, dict) else None for value in values]


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float | ObjectId) else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 2**53)
    return int(value) if whole and not isinstance(value, bool) else None


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _joined(value: Any, key: str) -> str | None:
    """Return one thing of each medium; "?" where it has none, so that both columns count alike."""
    if not isinstance(value, list) or not value:
        return None
    each = (_text(item.get(key)) if isinstance(item, dict) else None for item in value)
    return " ".join("".join(text.split()) if text else "?" for text in each)


_FITS: dict[pa.DataType, Callable[[Any], Any]] = {
    pa.string(): _text,
    pa.int64(): _number,
    pa.float64(): _amount,
    TIME: _moment,
}
_USUAL: dict[pa.DataType, type] = {pa.string(): str, pa.int64(): int, pa.float64(): float, TIME: datetime}
_MEDIA: dict[str, Callable[[Any], Any]] = {
    "media_urls": partial(_joined, key="url"),
    "media_types": partial(_joined, key="content_type"),
}
