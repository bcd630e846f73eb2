"""The indexes of a database, and the one by which MongoDB deletes log entries in time."""

import os
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import OperationFailure

from twilio_nb.errors import ConfigurationError

LOG_DAYS_VARIABLE = "TWILIO_NB_LOG_DAYS"
DEFAULT_LOG_DAYS = 10

_MOST_LOG_DAYS = 24_855  # MongoDB holds the seconds in 32 bits
_CONFLICT = 85  # the index is there, with another time

_INDEXES = {
    "messages": [
        IndexModel([("service", ASCENDING), ("time", ASCENDING), ("_id", ASCENDING)]),
        # Two, so that MongoDB finds what is from or to somebody; with one it would read every text.
        IndexModel([("from", ASCENDING), ("time", ASCENDING)]),
        IndexModel([("to", ASCENDING), ("time", ASCENDING)]),
        # Outbound messages have no handling and no place in this index.
        IndexModel(
            [("handling.state", ASCENDING), ("time", ASCENDING)],
            partialFilterExpression={"handling.state": {"$exists": True}},
        ),
    ],
    "logs": [
        IndexModel([("service", ASCENDING), ("webhook", ASCENDING), ("started", ASCENDING)]),
        IndexModel([("co_id", ASCENDING)]),
    ],
}


def log_days() -> int | None:
    """Return for how many days log entries are to be kept; None where the environment does not say.

    Raises
    ------
    ConfigurationError
        If what it says is no such number.
    """
    given = os.environ.get(LOG_DAYS_VARIABLE)
    if not given:
        return None
    if given.isascii() and given.isdigit() and 1 <= int(given) <= _MOST_LOG_DAYS:
        return int(given)
    message = (
        f"{LOG_DAYS_VARIABLE}={given!r} is no number of days; log entries are kept for 1 to {_MOST_LOG_DAYS} whole "
        f"days, {DEFAULT_LOG_DAYS} where nothing is said."
    )
    raise ConfigurationError(message)


def make_indexes(database: Database[dict[str, Any]], days: int | None) -> None:
    """Make the indexes that are not there yet.

    Parameters
    ----------
    database : pymongo.database.Database
        In which to make them.
    days : int or None
        For how many days log entries are kept; None to leave it at what it is, or begin with ten.
    """
    for collection, indexes in _INDEXES.items():
        database[collection].create_indexes(indexes)
    _keep_logs(database, days)


def _keep_logs(database: Database[dict[str, Any]], days: int | None) -> None:
    """Have MongoDB delete log entries in time; unless told otherwise, when it does so already.

    Several processes open a database, not all with the same environment: who has nothing to say about it
    must not undo what another one asked for.
    """
    seconds = (DEFAULT_LOG_DAYS if days is None else days) * 24 * 3600
    try:
        database["logs"].create_index([("started", ASCENDING)], expireAfterSeconds=seconds)
    except OperationFailure as error:
        if error.code != _CONFLICT:
            raise
        if days is not None:
            changed = {"keyPattern": {"started": ASCENDING}, "expireAfterSeconds": seconds}
            database.command("collMod", "logs", index=changed)
