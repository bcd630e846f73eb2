"""Windows of an inbox: the rows that a page holds of a list, a thread or a table, and never more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.feed import Feed
from twilio_nb.notebook.widgets.rows import conversation_row, has_details, text_rows
from twilio_nb.notebook.widgets.view import Answer, View, asked, asked_slowly

if TYPE_CHECKING:
    import pandas as pd

    from twilio_nb.analysis.correspondence import Conversation
    from twilio_nb.analysis.names import Names

# Rows of a window; the page holds at most two of a thread, and together never more than 200.
CONVERSATIONS, THREAD, TABLE = 40, 70, 100


class Windows(View):
    """A view of what a feed has; the base of :class:`~twilio_nb.notebook.widgets.inbox.Inbox`."""

    _feed: Feed
    _names: Names | None = None

    @asked
    def conversations(self, search: str = "", waiting: bool = False, offset: int = 0) -> Answer:
        """Return a window of the list of conversations."""
        with self._feed.lock:
            found = self._feed.conversations.newest(search=search, waiting=waiting, named=self._named(search))
            offset = _within(offset, len(found), CONVERSATIONS)
            window = [self._conversation_row(one) for one in found[offset : offset + CONVERSATIONS]]
            return {"rows": window, "offset": offset, "total": len(found), **self._state()}

    @asked_slowly
    def thread(
        self, key: int, before: str | None = None, after: str | None = None, around: str | None = None
    ) -> Answer:
        """Return a window of a conversation: its newest texts, or those before, after or around a text."""
        from twilio_nb.analysis.choosing import between

        with self._feed.lock:
            one, state = self._conversation(key), self._state()
            texts = self._feed.snapshot()
        if one is None:
            message = "This conversation is there no longer; choose another."
            raise ConfigurationError(message)
        positions = between(texts, one.ours, one.theirs)
        begin, end = _window(texts["sid"].iloc[positions].tolist(), before, after, around)
        rows = self._rows(texts.iloc[positions[begin:end]])
        places = {"earlier": begin, "later": len(positions) - end}
        return {"conversation": self._conversation_row(one), "rows": rows, **places, **state}

    @asked
    def texts(self, offset: int = 0, **choice: Any) -> Answer:
        """Return a window of the table."""
        from twilio_nb.analysis.choosing import Choice, chosen

        wanted = Choice(**choice)
        with self._feed.lock:
            texts, state, named = self._feed.snapshot(), self._state(), self._named(wanted.search)
        positions = chosen(texts, wanted, named)
        offset = _within(offset, len(positions), TABLE)
        with self._feed.lock:
            window = texts.iloc[positions[offset : offset + TABLE]]
            rows = text_rows(window, self._feed.conversations, {}, self._name)
        return {"rows": rows, "offset": offset, "total": len(positions), **state, **self._choices()}

    def _state(self) -> dict[str, Any]:
        with self._feed.lock:
            people = self._feed.conversations
            return {
                "number": self._feed.number,
                "texts": len(self._feed.live),
                "people": len(people),
                "waiting": people.waiting,
                "trouble": self._feed.trouble,
            }

    def _choices(self) -> dict[str, Any]:
        """Return what the texts can be filtered by."""
        texts = self._feed.snapshot()
        kinds = {"statuses": "status", "webhooks": "webhook"}
        return {name: sorted(map(str, texts[column].dropna().unique())) for name, column in kinds.items()}

    def _conversation(self, key: int | None) -> Conversation | None:
        with self._feed.lock:
            return None if key is None else self._feed.conversations.get(key)

    def _rows(self, texts: pd.DataFrame) -> list[dict[str, Any]]:
        details: Mapping[str, Any] = self._feed.details(has_details(texts))
        with self._feed.lock:
            return text_rows(texts, self._feed.conversations, details, self._name)

    def _conversation_row(self, one: Conversation) -> dict[str, Any]:
        return conversation_row(one, self._name(one.theirs))

    def _name(self, address: str) -> str:
        return self._names.of(address) if self._names else ""

    def _named(self, search: str) -> frozenset[str]:
        """Return with whom there is a conversation whose name holds what is searched for."""
        if self._names is None:
            return frozenset()
        return self._names.among({theirs for _, theirs in self._feed.conversations.pairs}, search)


def _within(offset: int, total: int, size: int) -> int:
    """Return the beginning of a window that is not behind the end."""
    return max(0, min(offset, (total - 1) // size * size))


def _window(sids: list[str], before: str | None, after: str | None, around: str | None) -> tuple[int, int]:
    """Return the bounds of a thread's window; its end if the text is there no longer."""
    places = {sid: n for n, sid in enumerate(sids)}
    if before in places:
        return max(0, places[before] - THREAD), places[before]
    if after in places:
        return places[after] + 1, min(len(sids), places[after] + 1 + THREAD)
    if around in places:
        end = min(len(sids), max(places[around] + THREAD // 2, THREAD))
        return max(0, end - THREAD), end
    return max(0, len(sids) - THREAD), len(sids)
