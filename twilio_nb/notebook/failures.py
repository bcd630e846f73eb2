"""How a failure is told where there is little room: a magic's in one line, a frame's texts below it."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.display import Note
from twilio_nb.sending.advice import advice

if TYPE_CHECKING:
    import pandas as pd


def failures(texts: "pd.DataFrame") -> Note | None:
    """Say what to do about each error code of a frame of texts, the commonest first.

    Parameters
    ----------
    texts : pandas.DataFrame
        With the column ``error_code``.

    Returns
    -------
    Note or None
        A line for each code; None if no text failed.
    """
    counts = texts["error_code"].dropna().value_counts()
    lines = []
    for code, count in zip(counts.index, counts, strict=True):
        told = advice(int(code)) or f"See https://www.twilio.com/docs/api/errors/{code}"
        lines.append(f"Error {code} ({count} {'text' if count == 1 else 'texts'}): {told}")
    return Note(*lines) if lines else None


def in_one_line(magic: Callable[..., Any]) -> Callable[..., Any]:
    """Turn this package's errors in a magic into IPython's UsageError, which shows in one line."""

    @functools.wraps(magic)
    def told(self: Any, line: str, cell: str | None = None) -> Any:
        __tracebackhide__ = True
        try:
            return magic(self, line) if cell is None else magic(self, line, cell)
        except TwilioNBError as error:
            raise UsageError(str(error)) from error

    return told
