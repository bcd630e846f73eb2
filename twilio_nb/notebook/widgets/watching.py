"""Views that look into the store again and again, and tell their pages what has changed."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.display import Table
from twilio_nb.notebook.widgets.view import View, asked, asked_slowly

_SHARE = 20  # how much longer it looks away than a look takes
_FORGOTTEN = 600.0  # seconds without a word after which a page is taken for gone


class Watching(View):
    """A view that is up to date by itself as long as a page shows it; a base of others.

    What it tells is named by ``_shows``. `_seen` returns what a page shows, as JSON holds it, with the ``time`` at
    which that was read: a page shows nothing that was read before what it shows already. ``_table`` is shown where
    there are no widgets.
    """

    _shows: ClassVar[str]
    _interval: ClassVar[float] = 2.0  # seconds between two looks, at least
    _table: Table

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._heard_of = 0.0
        self._changed = threading.Event()

    def _seen(self) -> dict[str, Any]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return repr(self._table)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | {"text/plain": repr(self._table), "text/html": self._table._repr_html_()}, metadata

    def close(self) -> None:
        """Take it off the page, and end its thread."""
        super().close()
        self._changed.set()

    def look_now(self) -> None:
        """Look without waiting for the next time."""
        self._changed.set()

    @asked_slowly
    def look(self) -> dict[str, Any]:
        """Return what there is now, and go on telling what changes."""
        self.stay()
        return self._seen()

    @asked
    def stay(self) -> None:
        """Take notice that a page is still open."""
        self._heard_of = time.monotonic()
        with self._lock:
            if self.is_open and self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._watch, name=f"twilio_nb {self._shows}", daemon=True
                )
                self._watcher.start()

    def _watch(self) -> None:
        """Tell the pages what has changed, as long as there are any."""
        told, pause = None, self._interval
        while self._is_watched():
            if self._changed.wait(pause):
                self._changed.clear()
            if not self.is_open:
                continue
            began = time.monotonic()
            try:
                seen = self._seen()
            except TwilioNBError as error:
                self.tell("trouble", sentence=str(error))
            else:
                what = json.dumps({key: value for key, value in seen.items() if key != "time"})
                if what != told:
                    told = what
                    self.tell(self._shows, **seen)
                else:
                    self.tell("unchanged", time=seen["time"])
            pause = max(self._interval, _SHARE * (time.monotonic() - began))

    def _is_watched(self) -> bool:
        with self._lock:
            if self.is_open and self._pages and time.monotonic() - self._heard_of < _FORGOTTEN:
                return True
            self._watcher = None
            return False


def now() -> str:
    """Return the time as pages compare it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
