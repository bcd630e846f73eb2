"""What went wrong with texts that a frame shows, where the frame itself has room for a code only."""

from typing import TYPE_CHECKING

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
