"""The log of webhooks: what was asked, what became of it, for ten days. No bodies and no whole numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from twilio_nb.domain.messages import HandlingState, storable
from twilio_nb.storage.database import Database

Entry = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """What became of the calls of a webhook's handler.

    Attributes
    ----------
    calls : int
        How often it ran.
    failures : int
        How often it failed, was interrupted, or its reply could not be sent.
    median : float or None
        Seconds that half of the runs took at most; None if none ended.
    error : str or None
        What went wrong last.
    error_time : datetime or None
        When that was, aware.
    """

    calls: int = 0
    failures: int = 0
    median: float | None = None
    error: str | None = None
    error_time: datetime | None = None


class LogBook:
    """The log entries of a database.

    An entry has ``_id`` (the request id), ``service``, ``webhook``, ``sid``, ``started`` and ``completed``
    (aware), ``status`` ("OK" or "Error"), ``state``, ``error``, ``warnings``, ``source`` and ``duration``: the
    seconds that the handler ran, None where none did or its end is in another entry. MongoDB deletes it ten
    days after ``started``.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # An entry of the last moments before a crash may be lost, a text may not: entries wait for no journal, which
        # texts would wait for too.
        self._logs = database.collection("logs").with_options(write_concern=WriteConcern(w=1, j=False))

    def add(self, entries: Sequence[Entry]) -> None:
        """Write entries; one that is there already stays as it is.

        Parameters
        ----------
        entries : sequence of dict
            Who makes them has masked the numbers and left out the bodies.

        Raises
        ------
        StorageError
            If MongoDB refused one, or was away.
        """
        if not entries:
            return
        with self._database.operation():
            try:
                self._logs.insert_many([storable(entry) for entry in entries], ordered=False)
            except BulkWriteError as error:
                refusals = error.details["writeErrors"]
                if error.details.get("writeConcernErrors") or any(each["code"] != 11000 for each in refusals):
                    raise

    def find(
        self, service: str | None = None, *, webhook: str | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return the newest entries.

        Parameters
        ----------
        service : str, optional
            Only those of one service.
        webhook : str, optional
            Only those of one of its webhooks.
        limit : int
            How many at most.

        Returns
        -------
        list of dict
            The newest first.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.
        """
        asked = {"service": service, "webhook": webhook}
        wanted = {name: value for name, value in asked.items() if value is not None}
        with self._database.operation():
            return list(self._logs.find(wanted).sort("started", DESCENDING).limit(limit))

    def figures(self, services: Iterable[str]) -> dict[tuple[str, str], Figures]:
        """Count the calls of all webhooks of some services, of the last ten days.

        Parameters
        ----------
        services : iterable of str
            Their names.

        Returns
        -------
        dict
            By service and webhook, those that were called.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.
        """
        called = [{"duration": {"$type": "number"}}, {"state": HandlingState.INTERRUPTED.value}]
        wrong: dict[str, Any] = {"$eq": ["$status", "Error"]}
        # MongoDB 6 has no median; the times to the millisecond are few, however many calls there were.
        took = {"$round": [{"$multiply": ["$duration", 1000]}, 0]}
        group: dict[str, Any] = {
            "_id": {"service": "$service", "webhook": "$webhook", "took": took},
            "calls": {"$sum": 1},
            "failures": {"$sum": {"$cond": [wrong, 1, 0]}},
            "last": {"$max": {"$cond": [wrong, {"time": "$completed", "error": "$error"}, None]}},
        }
        with self._database.operation():
            pipeline = [{"$match": {"service": {"$in": list(services)}, "$or": called}}, {"$group": group}]
            rows = list(self._logs.aggregate(pipeline))
        webhooks: dict[tuple[str, str], list[Entry]] = {}
        for row in rows:
            webhooks.setdefault((row["_id"]["service"], row["_id"]["webhook"]), []).append(row)
        return {webhook: _figures(found) for webhook, found in webhooks.items()}


def _figures(rows: Sequence[Entry]) -> Figures:
    last = max((row["last"] for row in rows if row["last"]), key=lambda one: one["time"], default=None)
    times = Counter({row["_id"]["took"]: row["calls"] for row in rows if row["_id"].get("took") is not None})
    return Figures(
        calls=sum(row["calls"] for row in rows),
        failures=sum(row["failures"] for row in rows),
        median=_median(times),
        error=last and last["error"],
        error_time=last and last["time"],
    )


def _median(times: Counter[float]) -> float | None:
    """Return the lower median, in seconds, of milliseconds that are counted."""
    left = (times.total() + 1) // 2
    for time in sorted(times):
        left -= times[time]
        if left <= 0:
            return time / 1000
    return None
