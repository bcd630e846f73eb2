"""A frame of texts as a person hands it over: filtered, read back from a file, or no frame of texts at all."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from twilio_nb.analysis.kinds import COUNT, TEXT, TIME
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.selection import aware

_NUMBERS = ("num_segments", "error_code")


def given(
    texts: pd.DataFrame,
    columns: Sequence[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """Return the columns of a frame that are needed, with the types that texts have.

    Parameters
    ----------
    texts : pandas.DataFrame
        What `Service.texts` returned, whole or in part; also written to a file and read again, as far as the
        types of the file allow.
    columns : sequence of str
        Those that are needed.
    since, until : datetime, optional
        Only texts at or after, and before, an aware time; what has no time is then left out.

    Returns
    -------
    pandas.DataFrame
        With an index that counts from 0. Categories stay categories.

    Raises
    ------
    ConfigurationError
        If a column lacks, or holds something else than it does in texts; or a time is not aware.
    """
    bounds = {"since": since, "until": until}
    windowed = any(moment is not None for moment in bounds.values())
    needed = list(dict.fromkeys([*columns, *(["time"] if windowed else [])]))
    lacking = [name for name in needed if list(texts.columns).count(name) != 1]
    if lacking:
        message = (
            f"This needs the columns {', '.join(needed)}, and the frame has no {', no '.join(lacking)}: "
            f"give the service, or what service.texts(columns={needed}) returns."
        )
        raise ConfigurationError(message)
    found = pd.DataFrame({name: _typed(texts[name]) for name in needed}).reset_index(drop=True)
    # MongoDB's times are whole milliseconds, and so are those that it compares with.
    if since is not None:
        found = found[found["time"] >= pd.Timestamp(aware(since)).floor("ms")]
    if until is not None:
        found = found[found["time"] < pd.Timestamp(aware(until)).floor("ms")]
    return found.reset_index(drop=True) if windowed else found


def _typed(column: pd.Series) -> pd.Series:
    if column.name == "time":
        return _times(column)
    return _numbers(column) if column.name in _NUMBERS else _texts(column)


def _times(column: pd.Series) -> pd.Series:
    if column.dtype == TIME:
        return column
    if pd.api.types.is_string_dtype(column.dtype):  # from CSV, with or without a type of its own
        text = column.astype("string")
        if text.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)[text.notna()].all():
            column = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        message = (
            f"The column 'time' holds {column.dtype}, and should hold aware times: "
            "frame['time'] = pandas.to_datetime(frame['time'], utc=True) makes them, if they are in UTC."
        )
        raise ConfigurationError(message)
    if column.dt.tz is None:
        message = (
            "The times of this frame have no time zone; if they are in UTC, "
            "frame['time'] = frame['time'].dt.tz_localize('UTC') says so."
        )
        raise ConfigurationError(message)
    aware_: pd.Series = column.dt.floor("ms").astype(TIME)
    return aware_


def _numbers(column: pd.Series) -> pd.Series:
    if column.dtype == COUNT:
        return column
    try:
        # A file has no integer that is missing, so that they may come as 1.0 and NaN.
        return pd.to_numeric(column).astype("Int64").astype(COUNT)
    except (TypeError, ValueError):  # which quotes a cell
        message = f"The column {column.name!r} holds {column.dtype}, and should hold whole numbers."
        raise ConfigurationError(message) from None


def _texts(column: pd.Series) -> pd.Series:
    if column.dtype == TEXT or column.isna().all():
        return column.astype(TEXT)
    kind = column.dtype
    inner = kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
    if not pd.api.types.is_string_dtype(inner):
        message = (
            f"The column {column.name!r} holds {inner}, and should hold text; read from CSV it does with "
            f"pandas.read_csv(…, dtype={{{column.name!r}: str}})."
        )
        raise ConfigurationError(message)
    try:
        return column if isinstance(kind, pd.CategoricalDtype) else column.astype(TEXT)
    except (TypeError, ValueError):  # which quotes a cell
        message = f"The column {column.name!r} holds something else than text."
        raise ConfigurationError(message) from None
