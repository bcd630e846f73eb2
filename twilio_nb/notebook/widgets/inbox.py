"""The inbox: conversations, threads and a table of all texts of a service, which go along with what comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from twilio_nb.domain.markup import plain
from twilio_nb.domain.segments import segments
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.feed import Feed, News, Source
from twilio_nb.notebook.widgets.rows import conversation_row
from twilio_nb.notebook.widgets.view import Answer, View, asked, asked_slowly, source
from twilio_nb.notebook.widgets.windows import Windows

if TYPE_CHECKING:
    import pandas as pd

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


class Inbox(Windows):
    """All texts of a service on the page, up to date; made by ``service.inbox()``.

    It shows what comes by itself, whoever stored it, also while a cell is running. Where a page does not show
    what comes by itself, as in Google Colab, its button *Refresh* does, and so does `refresh`.

    All inboxes of a service share one live frame. One that is closed, or whose service is, shows nothing new.

    Parameters
    ----------
    service : Service
        Whose texts.

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

    _esm = source("conversations.js", "entry.js", "reply.js", "thread.js", "texts.js", "inbox.js")
    _css = source("bubbles.css", "inbox.css", "thread.css", "texts.css")

    def __init__(self, service: Service) -> None:
        self._service = service
        self._open: int | None = None  # the conversation that is shown
        self._marked: dict[str, None] = {}  # the texts that are ticked in the table, in the order of that
        self._view = "conversations"
        super().__init__()
        try:
            self._feed = Feed.join(service, self)
        except BaseException:
            View.close(self)  # else it would stay among all widgets for ever
            raise

    @property
    def frame(self) -> pd.DataFrame:
        """All texts that MongoDB has acknowledged by now, as ``service.texts()`` returns them."""
        return self._feed.live.frame

    @property
    def selection(self) -> pd.DataFrame:
        """The texts that are ticked in the table; where none is, those of the conversation that is open.

        A DataFrame of the same columns as `frame`, the oldest text first; without a row if nothing is selected.
        """
        from twilio_nb.analysis.choosing import between

        texts = self.frame
        if self._marked:
            return texts[texts["sid"].isin(list(self._marked))].reset_index(drop=True)
        one = self._conversation(self._open)
        found = texts.iloc[between(texts, one.ours, one.theirs)] if one else texts.iloc[:0]
        return found.reset_index(drop=True)

    def select(self, what: str | pd.DataFrame | Iterable[str] | None) -> None:
        """Select, on all pages that show this inbox.

        Parameters
        ----------
        what : str, DataFrame, iterable of str or None
            A number: opens the newest conversation with it. Texts, as rows of `frame` or by their SIDs: ticks them
            in the table. None: selects nothing.

        Raises
        ------
        ConfigurationError
            If there is no such conversation, or no such text.
        InvalidAddress
            If a number lacks its ``+``.
        """
        from twilio_nb.domain.addresses import correspondent

        if what is None:
            self._open, self._marked = None, {}
        elif isinstance(what, str):
            address = correspondent(what)
            with self._feed.lock:
                one = self._feed.conversations.with_address(address)
            if one is None:
                message = (
                    f"There is no conversation with …{address[-4:]}; select one of service.conversations()."
                )
                raise ConfigurationError(message)
            self._open, self._marked, self._view = one.key, {}, "conversations"
        else:
            sids = [str(sid) for sid in getattr(what, "sid", what)]
            known = set(self._feed.snapshot()["sid"])
            if unknown := [sid for sid in sids if sid not in known]:
                message = (
                    f"There is no text {plain(unknown[0])!r}; give rows of inbox.frame, or SIDs of theirs."
                )
                raise ConfigurationError(message)
            self._marked, self._view = dict.fromkeys(sids), "table"
        self.tell("selected", open=self._open, view=self._view, marked=list(self._marked))

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
            "open": self._open,
            "view": self._view,
            "marked": list(self._marked),
            **self._state(),
            **self._choices(),
        }

    @asked
    def show(self, key: int | None = None, view: str = "conversations") -> Answer:
        """Note what a page shows, for `selection` and for pages that open later."""
        self._open, self._view = key, view
        return None

    @asked
    def mark(self, sids: Sequence[str], on: bool) -> Answer:
        """Note which texts are ticked in the table."""
        for sid in sids:
            if on:
                self._marked[sid] = None
            else:
                self._marked.pop(sid, None)
        return {"marked": len(self._marked)}

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
            changed = [conversation_row(one) for one in pairs.values() if one]
        gone = [key for key, one in pairs.items() if one is None]
        self.tell("news", rows=rows, deleted=list(news.deleted), conversations=changed, gone=gone, **state)

    def trouble(self, sentence: str) -> None:
        """Tell the pages whether they are out of date; called by the feed."""
        self.tell("trouble", trouble=sentence)
