"""What is heard of texts, kept until somebody puts it in its place."""

import threading
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa
from bson import ObjectId, Timestamp


class Everything(NamedTuple):
    """All texts as they were read: what was heard before counts no longer."""

    texts: pa.Table


class Change(NamedTuple):
    """What became of a text.

    Attributes
    ----------
    sid : str
        Which one.
    document : dict or None
        The fields of it that are followed; None if it is there no longer.
    new : bool
        Whether it was not there before.
    early : bool
        Whether it may be part of `Everything` already, in this state, a later or an earlier one.
    """

    sid: str
    document: dict[str, Any] | None
    new: bool
    early: bool


class News(NamedTuple):
    """Something that was heard, and how far one has got with it.

    Attributes
    ----------
    number : int
        One more than that of the news before.
    what : Everything, Change or None
        The news itself; None where one has only got further.
    token : dict
        After which event a stream has to go on from here; empty if it is `begun` that it has to begin at.
    begun, early : Timestamp
        The operation time at which everything was read, and the one until which events may repeat that.
    reading : int
        How many times everything had been read.
    """

    number: int
    what: Everything | Change | None
    token: dict[str, Any]
    begun: Timestamp
    early: Timestamp
    reading: int


class Inbox:
    """A queue of news. News comes and goes as a whole: neither an interrupt nor a fork finds half of it."""

    def __init__(self) -> None:
        self._queue: deque[News] = deque()
        self._dropped = News(0, None, {}, Timestamp(0, 0), Timestamp(0, 0), 0)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def last(self) -> News:
        """What was heard last, dropped or not."""
        try:
            return self._queue[-1]
        except IndexError:
            return self._dropped

    def news(self) -> list[News]:
        """Return what was not dropped yet, in its order.

        Returns
        -------
        list of News
        """
        with self._lock:
            return list(self._queue)

    def drop(self, number: int) -> None:
        """Forget news that is in its place.

        Parameters
        ----------
        number : int
            That of the last such news.
        """
        with self._lock:
            while self._queue and self._queue[0].number <= number:
                self._dropped = self._queue[0]._replace(what=None)
                self._queue.popleft()

    def read(self, texts: pa.Table, begun: Timestamp, ended: Timestamp) -> None:
        """Keep everything.

        Parameters
        ----------
        texts : pyarrow.Table
            All texts.
        begun, ended : Timestamp
            The operation times before and after they were read.
        """
        with self._lock:
            number, reading = self.last.number + 1, self.last.reading + 1
            self._queue.append(News(number, Everything(texts), {}, begun, ended, reading))

    def hear(self, events: Iterable[dict[str, Any]], service: str, reading: int) -> bool:
        """Keep what events say, but for those that were heard already, from this stream or another.

        Parameters
        ----------
        events : iterable of dict
            As `following` has them sent.
        service : str
            Whose texts are meant.
        reading : int
            After which reading their stream began; an older stream tells what is known.

        Returns
        -------
        bool
            False if all must be read anew, because this cannot be followed.
        """
        with self._lock:
            for event in events:
                last = self.last
                if reading != last.reading or not _follows(event["_id"], last.token):
                    continue
                sid = event.get("documentKey", {}).get("_id")
                if not isinstance(sid, str | ObjectId):  # as when the collection was dropped
                    return False
                document = event.get("fullDocument") if _is_of(service, event.get("service")) else None
                early = event["clusterTime"] <= last.early
                new = event["operationType"] == "insert" and not early
                change = Change(str(sid), document, new, early)
                news = News(last.number + 1, change, event["_id"], last.begun, last.early, reading)
                self._queue.append(news)
        return True

    def advance(self, token: dict[str, Any]) -> None:
        """Get further behind events that are none of ours, because MongoDB forgets the oldest first.

        Parameters
        ----------
        token : dict
            How far.
        """
        with self._lock:
            if not self._queue and _follows(token, self._dropped.token):
                self._dropped = self._dropped._replace(token=token)

    def copy(self) -> "Inbox":
        """Return the same with a lock of its own.

        Returns
        -------
        Inbox
        """
        inbox = Inbox()
        inbox._queue.extend(self._queue)
        inbox._dropped = self._dropped
        return inbox


def _follows(token: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether one comes after another: they sort as events follow each other."""
    return not other or bool(token["_data"] > other["_data"])


def _is_of(service: str, said: Any) -> bool:
    """Tell whether MongoDB would find a document under this service."""
    return service in said if isinstance(said, list) else bool(said == service)
