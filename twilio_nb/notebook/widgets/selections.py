"""What a person has selected in an inbox, as data, and selected from the notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.markup import plain
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.view import Answer, asked
from twilio_nb.notebook.widgets.windows import Windows

if TYPE_CHECKING:
    import pandas as pd


class Selections(Windows):
    """A view of texts that can be selected; the base of :class:`~twilio_nb.notebook.widgets.inbox.Inbox`."""

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self._open: int | None = None  # the conversation that is shown
        self._marked: dict[str, None] = {}  # the texts that are ticked in the table, in the order of that
        self._view = "conversations"

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
