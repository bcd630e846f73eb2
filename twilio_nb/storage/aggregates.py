"""Texts that MongoDB counts where they are: how many are alike, and when the first and the last of them came."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from twilio_nb.storage import columns
from twilio_nb.storage.database import Database
from twilio_nb.storage.decoding import LENIENT
from twilio_nb.storage.failures import translated
from twilio_nb.storage.frames import frame
from twilio_nb.storage.selection import FIRST, LAST

# What is no date, or one that Python's datetimes lack, is null in a frame, and ends a pipeline that asks its hour.
_TIME = {"$cond": [{"$and": [{"$gte": ["$time", FIRST]}, {"$lte": ["$time", LAST]}]}, "$time", None]}


def groups(
    database: Database,
    condition: dict[str, Any],
    keys: Sequence[str],
    *,
    tz: str = "UTC",
    ends: bool = False,
    longest: int | None = None,
) -> pd.DataFrame:
    """Count the texts that are alike.

    Parameters
    ----------
    database : Database
        Where they are kept.
    condition : dict
        Which of them, made by `selection.condition`.
    keys : sequence of str
        In what: names of `columns.SCHEMA`, or ``hour``, ``weekday`` (0 is Monday), ``day``.
    tz : str
        Zone of the hours and days.
    ends : bool
        Whether the first and the last time are of interest.
    longest : int, optional
        Only those whose body has no more characters.

    Returns
    -------
    pandas.DataFrame
        The keys, ``texts`` and, if wanted, ``first`` and ``last``; Arrow-backed. Several rows may be alike:
        MongoDB tells 1 from "1", which are the same number of segments.

    Raises
    ------
    StorageError
        If MongoDB refused, or was away.
    """
    group: dict[str, Any] = {"_id": {name: _key(name, tz) for name in keys}, "texts": {"$sum": 1}}
    if ends:
        group |= {"first": {"$min": _TIME}, "last": {"$max": _TIME}}
    pipeline = [{"$match": condition}, *([] if longest is None else [_short(longest)]), {"$group": group}]
    with translated():
        rows = list(database.collection("messages", **LENIENT).aggregate(pipeline))
    found = {name: _array(name, [row["_id"].get(name) for row in rows]) for name in keys}
    found["texts"] = pa.array([row["texts"] for row in rows], pa.int64())
    for name in ("first", "last") if ends else ():
        found[name] = columns.array("time", [row[name] for row in rows])
    return frame(pa.table(found))


def _short(longest: int) -> dict[str, Any]:
    length = {"$cond": [{"$eq": [{"$type": "$body"}, "string"]}, {"$strLenCP": "$body"}, 0]}
    return {"$match": {"$expr": {"$lte": [length, longest]}}}


def _key(name: str, tz: str) -> Any:
    return _CLOCK[name](tz) if name in _CLOCK else f"${columns.PATHS.get(name, name)}"


def _array(name: str, values: list[Any]) -> pa.Array:
    if name == "day":
        return pa.array(values, pa.int32()).cast(pa.date32())
    return pa.array(values, pa.int64()) if name in _CLOCK else columns.array(name, values)


def _day(tz: str) -> dict[str, Any]:
    """Count the days since the first of 1970, which is how Arrow writes a date."""
    noon = datetime(1970, 1, 1, 12, tzinfo=ZoneInfo(tz))
    return {"$dateDiff": {"startDate": noon, "endDate": _TIME, "unit": "day", "timezone": tz}}


_CLOCK: dict[str, Callable[[str], Any]] = {
    "hour": lambda tz: {"$hour": {"date": _TIME, "timezone": tz}},
    "weekday": lambda tz: {"$subtract": [{"$isoDayOfWeek": {"date": _TIME, "timezone": tz}}, 1]},
    "day": _day,
}
