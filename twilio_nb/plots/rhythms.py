"""When people text, and how long they wait."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.ticker import FuncFormatter, MaxNLocator

from twilio_nb.analysis.summaries import summary
from twilio_nb.errors import ConfigurationError
from twilio_nb.plots.canvas import GREY, RECEIVED, SENT, TROUBLE, drawing, grid, nothing

if TYPE_CHECKING:
    from twilio_nb.reading import Reading

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def heatmap(
    texts: pd.DataFrame | Reading,
    *,
    direction: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw at which hours of which weekdays there are how many texts.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        As for `twilio_nb.summary`, which counts.
    direction : {"inbound", "outbound"}, optional
        Only what was received, or sent.
    since, until, tz, ax
        As for `volume`.

    Returns
    -------
    matplotlib.axes.Axes
        The picture; an hour without a text is empty.

    Raises
    ------
    ConfigurationError, StorageError
        As `twilio_nb.summary` does; or if the direction is another.

    Examples
    --------
    >>> twilio_nb.plots.heatmap(service, direction="inbound", tz="America/New_York")
    """
    counted = summary(texts, "weekday_hour", since=since, until=until, tz=tz)
    sides = {None: ["received", "sent"], "inbound": ["received"], "outbound": ["sent"]}
    if direction not in sides:
        message = f"There are texts of direction 'inbound' and 'outbound', and none of {direction!r}."
        raise ConfigurationError(message)
    counts = counted[sides[direction]].sum(axis=1).to_numpy(int).reshape(7, 24)
    what = {None: "Texts", "inbound": "Texts received", "outbound": "Texts sent"}[direction]
    with drawing(ax, f"{what} by weekday and hour") as drawn:
        drawn.set_xlabel(f"hour of the day ({tz})")
        if not counts.any():
            nothing(drawn, "no texts")
            return drawn
        colour = to_rgb(SENT if direction == "outbound" else RECEIVED)
        ramp = ListedColormap([(*colour, alpha) for alpha in np.linspace(0.12, 1, 256)])
        # Nothing is no colour at all, and one text among thousands still is one.
        shown = np.ma.masked_equal(counts, 0)
        mesh = drawn.pcolormesh(
            range(25), range(8), shown, cmap=ramp, vmin=0, vmax=max(counts.max(), 1), edgecolors="none"
        )
        drawn.set(xlim=(0, 24), ylim=(7, 0), xticks=range(0, 25, 3))
        drawn.set_yticks(np.arange(7) + 0.5, _WEEKDAYS)
        for position in range(8):
            drawn.axhline(position, color=GREY, linewidth=0.5, alpha=0.35)
        for position in range(0, 25, 3):
            drawn.axvline(position, color=GREY, linewidth=0.5, alpha=0.35)
        figure = drawn.get_figure()
        assert figure is not None
        bar = figure.colorbar(mesh, ax=drawn, pad=0.02, aspect=14)
        bar.outline.set_visible(False)
        bar.ax.set_facecolor("none")
        bar.locator = MaxNLocator(5, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
        bar.formatter = FuncFormatter(lambda value, _: f"{value:,.0f}")
        bar.update_ticks()
        bar.ax.tick_params(colors=GREY, length=0, labelsize=9)
        bar.set_label("texts", color=GREY, fontsize=9.5)
    return drawn


def response_times(
    texts: pd.DataFrame | Reading,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how long those who text waited for the answer, and how many got none.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        As for `twilio_nb.summary`, which says what counts as the answer.
    since, until, ax
        As for `volume`; an answer after ``until`` does not count.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: shares of the texts that were received, with their number above.

    Raises
    ------
    ConfigurationError, StorageError
        As `twilio_nb.summary` does.

    Examples
    --------
    >>> twilio_nb.plots.response_times(service, since=datetime.now(UTC) - timedelta(days=7))
    """
    counted = summary(texts, "response_time", since=since, until=until)
    counts = counted["texts"].to_numpy(int)
    with drawing(ax, "Response times") as drawn:
        drawn.set(xlabel="time from a text to its answer", ylabel="texts received (%)")
        if not counts.any():
            nothing(drawn, "no texts received")
            return drawn
        places = np.arange(len(counts)) + np.where(counted["at_least"].isna(), 0.4, 0)
        colours = [TROUBLE if missing else RECEIVED for missing in counted["at_least"].isna()]
        bars = drawn.bar(places, 100 * counts / counts.sum(), 0.86, color=colours)
        drawn.bar_label(
            bars, [f"{count:,}" if count else "" for count in counts], color=GREY, fontsize=8.5, padding=2
        )
        labels = [_range(low, high) for low, high in zip(counted["at_least"], counted["under"], strict=True)]
        drawn.set_xticks(places, labels)
        grid(drawn, "y")
        drawn.margins(y=0.12)
    return drawn


def _range(low: Any, high: Any) -> str:
    if pd.isna(low):
        return "no\nanswer"
    if pd.isna(high):
        return f"{_duration(low)}\nor more"
    return f"under\n{_duration(high)}"


def _duration(time: pd.Timedelta) -> str:
    seconds = round(time.total_seconds())
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{seconds // size} {unit}"
