"""What stands between the texts of a service and all pages that show them: one live frame, one thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from twilio_nb.errors import TwilioNBError
from twilio_nb.receiving.tracebacks import frames
from twilio_nb.storage.messages import MessageLog

if TYPE_CHECKING:
    import pandas as pd

    from twilio_nb.analysis.correspondence import Correspondence
    from twilio_nb.storage.changes import Batch
    from twilio_nb.storage.database import Database
    from twilio_nb.storage.live import LiveFrame

#: Rows that are told one by one. Where more come at once, pages ask for what they show: Jupyter Server drops messages
#: of a kernel that says more than a megabyte a second.
MOST_TOLD = 20

_PATIENCE = 5.0  # seconds within which what was heard is also counted
_LOOK = 1.0  # seconds after which it is looked whether MongoDB is still heard

logger = logging.getLogger(__name__)


class Source(Protocol):
    """What a feed needs of a service."""

    database: Database

    def live(self, *, columns: Sequence[str] | None = None) -> LiveFrame:
        """Return a live frame of its texts."""


class News(NamedTuple):
    """A batch of changes, as pages need it.

    Attributes
    ----------
    number : int
        One more than that of the news before.
    frame : pandas.DataFrame or None
        The texts that came or changed; None if so much has changed that pages ask anew.
    deleted : tuple of str
        The SIDs of those that went.
    conversations : frozenset of int
        The conversations that are no longer what they were, or are no more.
    """

    number: int
    frame: pd.DataFrame | None = None
    deleted: tuple[str, ...] = ()
    conversations: frozenset[int] = frozenset()


class Listener(Protocol):
    """Who is told."""

    def news(self, news: News) -> None:
        """Take what has changed."""

    def trouble(self, sentence: str) -> None:
        """Take that the texts are out of date, and why; or, if it is empty, that they are no longer."""


class Feed:
    """The texts of a service and their conversations, up to date, for all inboxes of the service together.

    Attributes
    ----------
    live : LiveFrame
        The texts.
    lock : threading.RLock
        Held by who looks at `conversations` and `number`, which belong together.
    conversations : Correspondence
        Who writes to whom.
    number : int
        That of the last batch of changes that is part of them.
    """

    _feeds: ClassVar[WeakKeyDictionary[Source, Feed]] = WeakKeyDictionary()
    _joining: ClassVar = threading.Lock()

    def __init__(self, source: Source) -> None:
        from twilio_nb.analysis.correspondence import Correspondence

        self.lock = threading.RLock()
        self._applied = threading.Condition(self.lock)
        self.live = source.live()
        self.log = MessageLog(source.database)
        self._listeners: list[Listener] = []
        self.number, texts = self.live.snapshot()
        self.conversations: Correspondence = Correspondence(texts)
        self._trouble = ""
        self._changes = self.live.changes(since=self.number)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="twilio_nb-inbox", daemon=True)
        self._thread.start()

    @classmethod
    def join(cls, source: Source, listener: Listener) -> Feed:
        """Listen to the feed of a service, which begins with its first listener.

        Parameters
        ----------
        source : Source
            The service.
        listener : Listener
            Is told in the feed's thread, until it leaves.

        Returns
        -------
        Feed

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.
        """
        with cls._joining:
            feed = cls._feeds.get(source)
            if feed is None:
                feed = cls._feeds[source] = cls(source)
            with feed.lock:
                feed._listeners.append(listener)
            return feed

    def leave(self, listener: Listener) -> None:
        """Listen no longer; with its last listener the feed ends, and with it thread and stream."""
        with self._joining:
            with self.lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                if self._listeners:
                    return
            for source in [source for source, feed in self._feeds.items() if feed is self]:
                del self._feeds[source]
        self._ended.set()
        self._changes.close()
        self.live.close()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    @property
    def trouble(self) -> str:
        """Since when the texts are out of date, and why; empty if they are not."""
        return self.live.trouble

    def snapshot(self) -> pd.DataFrame:
        """Return the texts as they are known, without asking MongoDB."""
        return self.live.snapshot()[1]

    def catch_up(self) -> None:
        """Hear all that MongoDB has acknowledged; nothing while it is away."""
        self.live.frame  # noqa: B018 - which asks MongoDB
        number = self.live.number
        with self._applied:
            self._applied.wait_for(lambda: self.number >= number or self._ended.is_set(), _PATIENCE)

    def _run(self) -> None:
        while not self._ended.is_set():
            batch = self._changes.next(_LOOK)
            try:
                if batch is not None:
                    self._take(batch)
                self._look()
            except Exception as error:  # the next batch is told all the same, and pages find a gap
                logger.error("An inbox could not be told what has changed: %s", frames(error))

    def _take(self, batch: Batch) -> None:
        from twilio_nb.analysis.correspondence import Correspondence

        with self.lock:
            if batch.reloaded:
                self.conversations = Correspondence(batch.frame)
                news = News(batch.number)
            else:
                frame = batch.frame
                changed = self.conversations.apply(frame, batch.deleted, self.snapshot)
                news = News(batch.number)
                if batch.size <= MOST_TOLD:
                    news = News(batch.number, frame, batch.deleted, frozenset(changed))
            self.number = batch.number
            self._applied.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener.news(news)

    def _look(self) -> None:
        if (trouble := self.live.trouble) != self._trouble:
            self._trouble = trouble
            with self.lock:
                listeners = list(self._listeners)
            for listener in listeners:
                listener.trouble(trouble)

    def details(self, sids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what the frame has no columns for; nothing while MongoDB is away.

        Parameters
        ----------
        sids : sequence of str
            Of which texts.

        Returns
        -------
        dict of str to dict
            As `MessageLog.details`.
        """
        if not sids or self.live.trouble:
            return {}
        try:
            return self.log.details(sids)
        except TwilioNBError as error:
            logger.info("Handlers and media of texts are not shown: %s", error)
            return {}
