"""The inbox: conversations, threads and a table of all texts of a service, which go along with what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from twilio_nb.domain.markup import plain
from twilio_nb.domain.segments import EXPLAINED, segments
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.feed import Feed, News, Source
from twilio_nb.notebook.widgets.selections import Selections
from twilio_nb.notebook.widgets.view import Answer, View, asked, asked_slowly, source

if TYPE_CHECKING:
    from twilio_nb.analysis.names import Names
    from twilio_nb.notebook.display import Message, Table
    from twilio_nb.sending.gateway import Gateway


class Service(Source, Protocol):
    """What an inbox needs of a service."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def gateway(self) -> Gateway:
        """Twilio's REST API."""

    def send(self, to: str, body: str | None = None, from_: str | None = None) -> Message:
        """Send a text."""

    def replay(self, name: str, *, states: Sequence[str] = (), sids: Sequence[str] = ()) -> Table:
        """Run a handler again."""


class Inbox(Selections):
    """All texts of a service on the page, up to date; made by ``service.inbox()``.

    It shows what comes by itself, whoever stored it, also while a cell is running. Where a page does not show
    what comes by itself, as in Google Colab, its button *Refresh* does, and so does `refresh`.

    All inboxes of a service share one live frame. One that is closed, or whose service is, shows nothing new.

    Parameters
    ----------
    service : Service
        Whose texts.
    named : callable, optional
        Takes the service's own addresses, and returns the names that stand beside numbers.

    Raises
    ------
    StorageError
        If MongoDB refused, or was away.

    Examples
    --------
    >>> inbox = service.inbox()
    >>> inbox
    >>> inbox.frame.groupby("from").size()
    >>> inbox.selection["body"]
    """

    _esm = source(
        "explanation.js",
        "conversations.js",
        "entry.js",
        "reply.js",
        "thread.js",
        "period.js",
        "texts.js",
        "inbox.js",
    )
    _css = source("bubbles.css", "inbox.css", "thread.css", "texts.css")

    def __init__(self, service: Service, named: Callable[[Iterable[str]], Names] | None = None) -> None:
        self._service = service
        super().__init__()
        with ExitStack() as undo:
            undo.callback(View.close, self)  # else it would stay among all widgets for ever
            self._feed = Feed.join(service, self)
            undo.callback(self._feed.leave, self)
            if named is not None:
                with self._feed.lock:
                    self._names = named({ours for ours, _ in self._feed.conversations.pairs})
            undo.pop_all()

    def refresh(self) -> None:
        """Have all pages that show it look anew."""
        self._feed.catch_up()
        self.tell("anew", **self._state())

    def close(self) -> None:
        """Take it off the page; with the last inbox of a service its live frame ends."""
        if self.is_open:
            super().close()
            self._feed.leave(self)

    def __repr__(self) -> str:
        with self._feed.lock:
            texts, people = len(self._feed.live), self._feed.conversations
            count = (
                f"{texts:,} texts in {len(people):,} conversations, {people.waiting:,} waiting for an answer"
            )
        state = ", closed" if not self.is_open else f", {self._feed.trouble}" if self._feed.trouble else ""
        return f"<twilio_nb.Inbox of {self._service.name!r}: {count}{state}>"

    # What its pages ask for.

    @asked
    def hello(self) -> Answer:
        """Return what a page that opens shows first."""
        return {
            "service": self._service.name,
            "explained": EXPLAINED,
            "open": self._open,
            "view": self._view,
            "marked": list(self._marked),
            **self._state(),
            **self._choices(),
        }

    @asked
    def count(self, body: str) -> Answer:
        """Say what a reply would cost."""
        counted = segments(body)
        return {
            "segments": counted.count,
            "encoding": counted.encoding,
            "forced_by": plain(counted.forced_by),
        }

    @asked_slowly
    def reply(self, key: int, body: str) -> Answer:
        """Text whom the conversation is with, from the address that they wrote to."""
        one = self._conversation(key)
        if one is None:
            message = "This conversation is there no longer; nothing was sent."
            raise ConfigurationError(message)
        return {"sid": self._service.send(one.theirs, body, one.ours).sid}

    @asked_slowly
    def again(self, sid: str) -> Answer:
        """Run the handler of a text again."""
        text = self._feed.log.get(sid)
        if text is None or not text.get("webhook"):
            message = "No handler belongs to this text; nothing was run."
            raise ConfigurationError(message)
        self._service.replay(text["webhook"], sids=[sid])
        return None  # what came of it stands in the text, and is told as any change is

    @asked_slowly
    def picture(self, sid: str, n: int) -> Answer:
        """Fetch a picture of a text."""
        media = (self._feed.log.get(sid) or {}).get("media") or []
        if not 0 <= n < len(media) or not media[n].get("url"):
            message = "This picture is there no longer."
            raise ConfigurationError(message)
        picture = self._service.gateway.picture(media[n]["url"])
        return {"type": picture.content_type}, [picture.content]

    @asked_slowly
    def look(self) -> Answer:
        """Hear what is new, for a page that is not told by itself."""
        self._feed.catch_up()
        return self._state()

    # What its feed tells.

    def news(self, news: News) -> None:
        """Tell the pages what has changed; called by the feed."""
        if not self._pages:
            return
        with self._feed.lock:
            state = self._state()
        state["number"] = news.number
        if news.frame is None:
            self.tell("anew", **state)
            return
        rows = self._rows(news.frame)
        with self._feed.lock:
            pairs = {key: self._feed.conversations.get(key) for key in news.conversations}
            changed = [self._conversation_row(one) for one in pairs.values() if one]
        gone = [key for key, one in pairs.items() if one is None]
        self.tell("news", rows=rows, deleted=list(news.deleted), conversations=changed, gone=gone, **state)

    def trouble(self, sentence: str) -> None:
        """Tell the pages whether they are out of date; called by the feed."""
        self.tell("trouble", trouble=sentence)
