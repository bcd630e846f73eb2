"""The log of services: what was asked, what became of it, for some days. No bodies and no whole numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from twilio_nb.domain.entries import Entry
from twilio_nb.domain.messages import HandlingState, storable
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.database import Database
from twilio_nb.storage.selection import aware

STATUSES = ("OK", "Error")


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
    error_request : str or None
        Id of the request, which its log entry has.
    """

    calls: int = 0
    failures: int = 0
    median: float | None = None
    error: str | None = None
    error_time: datetime | None = None
    error_request: str | None = None


class LogBook:
    """The log entries of a database.

    `entries.entry` says what one holds. ``duration`` is None where no handler ran, or its end is in another
    entry. MongoDB deletes it ten days after ``started``, or after the ``TWILIO_NB_LOG_DAYS`` of who opened the
    database.

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
        self,
        service: str | None = None,
        *,
        status: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        webhook: str | None = None,
        from_: str | None = None,
        request_id: str | None = None,
        limit: int | None = 100,
    ) -> list[Entry]:
        """Return the newest entries; what is given narrows them.

        Parameters
        ----------
        service, webhook : str, optional
            Only those of one service, of one webhook.
        status : {"OK", "Error"}, optional
            Only those that went well, or did not.
        since, until : datetime, optional
            Only those that started at or after, and before, an aware time.
        from_ : str, optional
            Only texts of this sender, as far as the last four digits tell: the log holds no more.
        request_id : str, optional
            Only those of one request.
        limit : int or None
            How many at most; None for all.

        Returns
        -------
        list of dict
            The newest first.

        Raises
        ------
        ConfigurationError
            If an argument is not what it should be.
        StorageError
            If MongoDB refused, or was away.
        """
        if limit is not None and not (isinstance(limit, int) and 0 <= limit < 2**31):
            message = (
                f"A limit of {limit!r} entries means nothing; use a whole number from 0, or None for all."
            )
            raise ConfigurationError(message)
        wanted = chosen(service=service, status=status, webhook=webhook, request_id=request_id, from_=from_)
        if from_ is not None:
            from twilio_nb.domain.addresses import masked  # its metadata of numbers takes a while to load

            wanted["from"] = {"$in": [from_, masked(from_)]}
        started = {} if since is None else {"$gte": aware(since)}
        started |= {} if until is None else {"$lt": aware(until)}
        if started:
            wanted["started"] = started
        if limit == 0:  # for MongoDB that would be no limit
            return []
        with self._database.operation():
            newest = self._logs.find(wanted).sort([("started", DESCENDING), ("_id", DESCENDING)])
            return list(newest.limit(limit or 0))

    def figures(self, services: Iterable[str]) -> dict[tuple[str, str], Figures]:
        """Count the calls of all webhooks of some services, as far back as the log goes.

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
            "last": {
                "$max": {
                    "$cond": [wrong, {"time": "$completed", "error": "$error", "request": "$co_id"}, None]
                }
            },
        }
        with self._database.operation():
            pipeline = [{"$match": {"service": {"$in": list(services)}, "$or": called}}, {"$group": group}]
            rows = list(self._logs.aggregate(pipeline))
        webhooks: dict[tuple[str, str], list[Entry]] = {}
        for row in rows:
            webhooks.setdefault((row["_id"]["service"], row["_id"]["webhook"]), []).append(row)
        return {webhook: _figures(found) for webhook, found in webhooks.items()}


def chosen(*, status: str | None = None, **given: object) -> Entry:
    """Return the filter for entries that have what is given.

    Parameters
    ----------
    status : {"OK", "Error"}, optional
        How it went.
    **given : str, optional
        ``service``, ``webhook``, ``request_id`` and ``from_``, as they are stored.

    Returns
    -------
    dict
        By the names that an entry has.

    Raises
    ------
    ConfigurationError
        If there is no such status, or something is no string.
    """
    if status is not None and status not in STATUSES:
        message = f"There is no status {status!r} in the log; choose {' or '.join(map(repr, STATUSES))}."
        raise ConfigurationError(message)
    for name, value in given.items():
        if value is not None and not isinstance(value, str):  # it would be an operator of MongoDB's
            message = f"{name} takes a string, and a {type(value).__name__} is none."
            raise ConfigurationError(message)
    names = {"request_id": "co_id", "from_": "from"}
    asked = {names.get(name, name): value for name, value in {"status": status, **given}.items()}
    return {name: value for name, value in asked.items() if value is not None}


def _figures(rows: Sequence[Entry]) -> Figures:
    last = max((row["last"] for row in rows if row["last"]), key=lambda one: one["time"], default=None)
    times = Counter({row["_id"]["took"]: row["calls"] for row in rows if row["_id"].get("took") is not None})
    return Figures(
        calls=sum(row["calls"] for row in rows),
        failures=sum(row["failures"] for row in rows),
        median=_median(times),
        error=last and last["error"],
        error_time=last and last["time"],
        error_request=last and last.get("request"),
    )


def _median(times: Counter[float]) -> float | None:
    """Return the lower median, in seconds, of milliseconds that are counted."""
    left = (times.total() + 1) // 2
    for time in sorted(times):
        left -= times[time]
        if left <= 0:
            return time / 1000
    return None
