"""Texts that MongoDB counts where they are: how many are alike, and when the first and the last of them came."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from twilio_nb.storage import columns
from twilio_nb.storage.database import Database
from twilio_nb.storage.decoding import LENIENT
from twilio_nb.storage.failures import translated
from twilio_nb.storage.frames import frame
from twilio_nb.storage.selection import FIRST, LAST

# What is no date, or one that Python's datetimes lack, is null in a frame.
_TIME = {"$cond": [{"$and": [{"$gte": ["$time", FIRST]}, {"$lte": ["$time", LAST]}]}, "$time", None]}

# The clocks of all zones differ by quarters of an hour. MongoDB knows zones too, as they were when it was built.
_QUARTER = {"$dateTrunc": {"date": _TIME, "unit": "minute", "binSize": 15}}


def groups(
    database: Database,
    condition: dict[str, Any],
    keys: Sequence[str],
    *,
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
        In what: names of `columns.SCHEMA`. In ``time`` they are alike within a quarter of an hour.
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
    paths = {name: f"${columns.PATHS.get(name, name)}" for name in keys}
    alike = {name: _QUARTER if name == "time" else path for name, path in paths.items()}
    group: dict[str, Any] = {"_id": alike, "texts": {"$sum": 1}}
    if ends:
        group |= {"first": {"$min": _TIME}, "last": {"$max": _TIME}}
    pipeline = [{"$match": condition}, *([] if longest is None else [_short(longest)]), {"$group": group}]
    with translated():
        rows = list(database.collection("messages", **LENIENT).aggregate(pipeline))
    found = {name: columns.array(name, [row["_id"].get(name) for row in rows]) for name in keys}
    found["texts"] = pa.array([row["texts"] for row in rows], pa.int64())
    for name in ("first", "last") if ends else ():
        found[name] = columns.array("time", [row[name] for row in rows])
    return frame(pa.table(found))


def _short(longest: int) -> dict[str, Any]:
    length = {"$cond": [{"$eq": [{"$type": "$body"}, "string"]}, {"$strLenCP": "$body"}, 0]}
    return {"$match": {"$expr": {"$lte": [length, longest]}}}
