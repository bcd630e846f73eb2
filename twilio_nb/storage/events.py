"""What MongoDB tells of changes to a service's texts, in whole answers.

These are the commands behind pymongo's ``watch``, which hands out events one by one, and neither says whether an answer
ends with one nor can ask without waiting.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import bson
from bson import Timestamp
from bson.codec_options import DatetimeConversion

from twilio_nb.storage.columns import PATHS
from twilio_nb.storage.database import Database
from twilio_nb.storage.news import News

AWAIT = 250  # milliseconds for which MongoDB holds an answer back as long as there is nothing to say

CURSOR_ENDED = frozenset({43, 175, 237, 11601})  # codes: somebody ended a cursor, but no history

_MANY = 1_000  # events; an answer with as many may not be all
_LARGE = (
    1 << 20
)  # bytes; MongoDB puts 16 times as many into an answer, if the next event is not larger than that

Event = dict[str, Any]


class Answer(NamedTuple):
    """Events as they followed each other.

    Attributes
    ----------
    events : list of dict
        Each with its token as ``_id``, ``operationType``, ``clusterTime``, ``documentKey``, and the columns of
        ``fullDocument``.
    whole : bool
        Whether it ends where there was nothing more to say.
    token : dict
        The place behind them, and behind all that MongoDB has passed over.
    """

    events: list[Event]
    whole: bool
    token: dict[str, Any]


class Events:
    """The events that concern a service's texts.

    Parameters
    ----------
    database : Database
        Where the texts are.
    service : str
        Whose they are.
    columns : sequence of str
        What is told of a text, by names of `columns.SCHEMA`.
    """

    def __init__(self, database: Database, service: str, columns: Sequence[str]) -> None:
        # A date beyond the year 9999, or bytes that are no UTF-8, must not end it all.
        self._messages = database.collection(
            "messages",
            datetime_conversion=DatetimeConversion.DATETIME_AUTO,
            unicode_decode_error_handler="replace",
        )
        self._chosen = _chosen(service, columns)

    def until(self, now: Timestamp, place: News) -> Answer:
        """Return what has happened, without waiting for more.

        Parameters
        ----------
        now : Timestamp
            An operation time; all that was acknowledged until then is told.
        place : News
            After which news to begin.

        Returns
        -------
        Answer
        """
        database, name = self._messages.database, self._messages.name
        answer = database.command(
            "aggregate",
            name,
            pipeline=self._pipeline(place),
            cursor={"batchSize": _MANY},
            readConcern={"level": "majority", "afterClusterTime": now},
            codec_options=self._messages.codec_options,
        )["cursor"]
        database.command("killCursors", name, cursors=[answer["id"]])
        events = answer["firstBatch"]
        whole = len(events) < _MANY and len(bson.encode({"events": events})) < _LARGE
        return Answer(events, whole, answer["postBatchResumeToken"])

    @contextmanager
    def following(self, place: News) -> Iterator[Iterator[Answer]]:
        """Open a stream of what happens.

        Parameters
        ----------
        place : News
            After which news to begin.

        Yields
        ------
        iterator of Answer
            Without end; an answer without events after `AWAIT`.
        """
        with self._messages.aggregate_raw_batches(self._pipeline(place), maxAwaitTimeMS=AWAIT) as cursor:
            yield self._answers(cursor)

    def _answers(self, cursor: Any) -> Iterator[Answer]:
        while True:
            batch: bytes = cursor.try_next() or b""
            events: list[Event] = bson.decode_all(batch, self._messages.codec_options)
            yield Answer(events, len(batch) < _LARGE, events[-1]["_id"] if events else {})

    def _pipeline(self, place: News) -> list[dict[str, Any]]:
        begin = {"resumeAfter": place.token} if place.token else {"startAtOperationTime": place.begun}
        return [{"$changeStream": begin | {"fullDocument": "updateLookup"}}, *self._chosen]


def _chosen(service: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the stages that choose events, and what of them is told."""
    concerned: list[dict[str, Any]] = [
        {"fullDocument.service": service},
        # A text may have been ours before, and no event says so, since MongoDB keeps no earlier state.
        {"operationType": {"$nin": ["insert", "update"]}},
        {"updateDescription.updatedFields.service": {"$exists": True}},
        {"updateDescription.removedFields": "service"},
    ]
    kept = {"operationType": 1, "documentKey": 1, "clusterTime": 1, "service": "$fullDocument.service"}
    fields = {f"fullDocument.{PATHS.get(name, name)}": 1 for name in columns}
    return [{"$match": {"$or": concerned}}, {"$project": kept | fields}]
