"""What a handler prints, kept beside being shown: its beginning and its end."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

KEPT = 2_000
"""Characters that are kept of the beginning, and as many of the end."""


class Excerpt:
    """The beginning and the end of a text that comes in pieces."""

    def __init__(self) -> None:
        self._head = ""
        self._tail = ""
        self._left_out = 0

    def add(self, piece: str) -> None:
        """Add a piece."""
        room = KEPT - len(self._head)
        self._head += piece[:room]
        rest = piece[room:]
        over = max(0, len(self._tail) + len(rest) - KEPT)
        self._left_out += over
        self._tail = (self._tail + rest[-KEPT:])[-KEPT:]

    def __str__(self) -> str:
        left_out = f"\n… {self._left_out} characters …\n" if self._left_out else ""
        return f"{self._head}{left_out}{self._tail}"


def excerpt(text: str) -> str:
    """Return the beginning and the end of a text.

    Parameters
    ----------
    text : str
        Of any length.

    Returns
    -------
    str
        As it is, if it has no more than two times `KEPT` characters.
    """
    kept = Excerpt()
    kept.add(text)
    return str(kept)


_kept: ContextVar[Excerpt | None] = ContextVar("twilio_nb_printed", default=None)


@contextmanager
def kept() -> Iterator[Excerpt]:
    """Keep what the calling thread or task prints; threads begun with ``asyncio.to_thread`` belong to it.

    Yields
    ------
    Excerpt
        What was printed so far, on both streams.
    """
    for stream in (sys.stdout, sys.stderr):
        _listen(stream)
    found = Excerpt()
    token = _kept.set(found)
    try:
        yield found
    finally:
        _kept.reset(token)


def _listen(stream: Any) -> None:
    """Have a stream's own ``write`` tell us, once for all: the stream stays what it is, for whoever asks."""
    write: Callable[[str], Any] | None = getattr(stream, "write", None)
    if write is None or getattr(write, "tells_twilio_nb", False):
        return

    def told(text: str) -> Any:
        if (found := _kept.get()) is not None and isinstance(text, str):
            found.add(text)
        return write(text)

    told.tells_twilio_nb = True  # type: ignore[attr-defined]
    with suppress(AttributeError, TypeError):  # a stream that lets nobody in: its output is shown, not kept
        stream.write = told
