"""What people answered to a question."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from twilio_nb.errors import ConfigurationError
from twilio_nb.plots.canvas import GREY, RECEIVED, TROUBLE, drawing, harmless, lying_bars, nothing

_UNREAD = {"ambiguous": "several options named", "unparsed": "not understood"}


def answers(parsed: pd.DataFrame, *, asked: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw what people chose, and beside it how many could not be understood or did not answer.

    Parameters
    ----------
    parsed : pandas.DataFrame
        Answers as `twilio_nb.parse_choice` returns them, with ``latest=True`` where each person counts once.
    asked : int, optional
        How many people were asked: shares are then of all of them. Else they are of the texts that came.
    ax : matplotlib.axes.Axes, optional
        Where to draw; on a figure of its own when not given.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: the options in their order, below them what could not be read and who did not answer, each
        with its share. All shares add up to the whole.

    Raises
    ------
    ConfigurationError
        If the frame is not from `twilio_nb.parse_choice`, or more answered than were asked.

    Examples
    --------
    >>> parsed = twilio_nb.parse_choice(texts, ["pizza", "salad"], latest=True)
    >>> twilio_nb.plots.answers(parsed, asked=120)
    """
    for name in ("answer", "reading"):
        column = parsed.get(name) if isinstance(parsed, pd.DataFrame) else None
        if column is None or not isinstance(column.dtype, pd.CategoricalDtype):
            message = f"These answers have no category {name!r}; give what twilio_nb.parse_choice() returns."
            raise ConfigurationError(message)
    total = len(parsed) if asked is None else asked
    if total < len(parsed):
        message = (
            f"{len(parsed):,} answered and {total:,} were asked; leave out who was not asked, and read the answers "
            "with latest=True, which keeps one of each sender."
        )
        raise ConfigurationError(message)
    chosen = parsed["answer"].value_counts(sort=False)
    readings = parsed["reading"].value_counts()
    options = [(harmless(option), int(count), RECEIVED) for option, count in chosen.items()]
    others = [(name, int(readings.get(how, 0)), TROUBLE) for how, name in _UNREAD.items()]
    others.append(("no answer", total - len(parsed), GREY))
    rows = [*options, *(row for row in others if row[1])]
    with drawing(ax, "Answers", rows=len(rows) if total else 5) as drawn:
        drawn.set_xlabel(
            f"answers, and their share of {total:,} {'texts' if asked is None else 'people asked'}"
        )
        if not total:
            nothing(drawn, "no answers")
            return drawn
        places = np.arange(len(rows))
        lying_bars(drawn, places + np.where(places < len(options), 0, 0.5), rows, total)
    return drawn
