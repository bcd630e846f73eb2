"""Texts over time: how many came and went, and who wanted no more."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from twilio_nb.analysis.given import given
from twilio_nb.analysis.summaries import summary
from twilio_nb.plots.canvas import GREY, RECEIVED, SENT, TROUBLE, drawing, grid, legend, nothing

if TYPE_CHECKING:
    from twilio_nb.reading import Reading

# The words that Twilio obeys: https://help.twilio.com/articles/223134027
_STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
_START = frozenset(["START", "YES", "UNSTOP"])

# From so many days on, days are put together: about a hundred bars can be told apart.
_TICKS = 8
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PERIODS = (
    (3653, "year", "YS", 365),
    (730, "month", "MS", 30),
    (100, "week", "W-MON", 7),
    (0, "day", "D", 1),
)


def volume(
    texts: pd.DataFrame | Reading,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw how many texts were received, upwards, and sent, downwards.

    A bar is a day; in more than a hundred days a week, in more than two years a month, in more than ten a year; and an
    hour where all texts are of one day. Of the first and the last of them only a part may have been counted.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        As for `twilio_nb.summary`, which counts.
    since, until : datetime, optional
        Only texts at or after, and before, an aware time.
    tz : str
        Zone whose days and hours count.
    ax : matplotlib.axes.Axes, optional
        Where to draw; on a figure of its own when not given.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    ConfigurationError, StorageError
        As `twilio_nb.summary` does.

    Examples
    --------
    >>> twilio_nb.plots.volume(service, since=datetime.now(UTC) - timedelta(days=30), tz="Europe/Vienna")
    """
    both = _by_day(summary(texts, "day", since=since, until=until, tz=tz))
    colours = {"received": RECEIVED, "sent": SENT}
    if len(both) != 1:
        return _bars(both, "Texts", colours, "no texts", tz, ax)
    hours = summary(texts, "hour", since=since, until=until, tz=tz)
    with drawing(ax, "Texts an hour") as drawn:
        _up_and_down(drawn, hours["hour"].to_numpy(int) + 0.5, 0.84, hours, colours)
        drawn.set(xlim=(0, 24), xlabel=f"hour of {both.index[0]:%Y-%m-%d} ({tz})", ylabel="texts an hour")
        drawn.xaxis.set_major_locator(MultipleLocator(3))
    return drawn


def opt_outs(
    texts: pd.DataFrame | Reading,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw how many people opted out by STOP, upwards, and came back by START, downwards.

    What counts are the words that Twilio obeys, when they are all of a text: STOP, STOPALL, UNSUBSCRIBE, CANCEL, END,
    QUIT, REVOKE, OPTOUT; START, YES, UNSTOP. A second STOP to the same number counts no more than a START without
    a STOP before it among the texts.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        Texts with ``time``, ``direction``, ``from``, ``to`` and ``body``, or the service.
    since, until, tz, ax
        As for `volume`; so are the bars.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    ConfigurationError, StorageError
        As `twilio_nb.summary` does.

    Examples
    --------
    >>> twilio_nb.plots.opt_outs(service, tz="Europe/Vienna")
    """
    columns = ["time", "direction", "from", "to", "body"]
    if not isinstance(texts, pd.DataFrame):
        texts = texts.texts(direction="inbound", since=since, until=until, columns=columns)
    known = given(texts, columns, since=since, until=until)
    known = known[(known["direction"] == "inbound").fillna(False)].assign(
        num_segments=1
    )  # a summary asks for it
    word = known["body"].astype("str").str.strip().str.upper()
    said = known[word.isin(_STOP | _START)].assign(stop=word.isin(_STOP)).sort_values("time", kind="stable")
    before = said.groupby(["from", "to"], observed=True)["stop"].shift()
    turned = said["stop"] != before.eq(True)
    counts = _by_day(summary(known, "day", tz=tz))[[]]
    for name, stop in (("opted out", True), ("came back", False)):
        counts[name] = _by_day(summary(said[turned & (said["stop"] == stop)], "day", tz=tz))["received"]
    counts = counts.fillna(0)
    colours = {"opted out": TROUBLE, "came back": SENT}
    return _bars(counts, "Opt-outs", colours, "no texts received", tz, ax)


def _by_day(counted: pd.DataFrame) -> pd.DataFrame:
    """Return what a summary counts of each day, under the days."""
    days = pd.DatetimeIndex(counted["day"].to_numpy("datetime64[ns]"))
    return pd.DataFrame({name: counted[name].to_numpy(int) for name in ("received", "sent")}, days)


def _bars(
    days: pd.DataFrame, what: str, colours: dict[str, str], none: str, tz: str, ax: Axes | None
) -> Axes:
    """Draw two counts of each day, or of a longer period where there are many days."""
    least, period, rule, width = next(kind for kind in _PERIODS if len(days) > kind[0] or not kind[0])
    with drawing(ax, f"{what} a {period}") as drawn:
        drawn.set_xlabel(f"{'week from Monday' if period == 'week' else period} ({tz})")
        drawn.set_ylabel(f"{what.lower()} a {period}")
        if days.empty:
            nothing(drawn, none)
            return drawn
        if least:
            days = days.resample(rule, closed="left", label="left").sum()
        middle = days.index.to_numpy() + np.timedelta64(12 * width, "h")
        _up_and_down(drawn, middle, np.timedelta64(round(20 * width), "h"), days, colours)
        ticks = _ticks(days.index[0], days.index[-1])
        drawn.set_xticks(ticks.to_numpy() + np.timedelta64(12 * width, "h") * (least == 0), _dates(ticks))
    return drawn


def _ticks(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return up to eight days between two, which stand for a day, week, month or some years."""
    for step in ("1D", "2D", "W-MON", "2W-MON", "MS", "2MS", "3MS", "6MS", "YS", "2YS", "5YS", "10YS"):
        ticks = pd.date_range(first, last, freq=step)
        if len(ticks) <= _TICKS:
            break
    return ticks if len(ticks) else pd.DatetimeIndex([first])


def _dates(days: pd.DatetimeIndex) -> list[str]:
    """Return days as they are written below an axis: the year where a new one begins."""
    years = all((day.month, day.day) == (1, 1) for day in days) and len(days) > 1
    if years:
        return [f"{day:%Y}" for day in days]
    names = [f"{day.day} {_MONTHS[day.month - 1]}" for day in days]
    if all(day.day == 1 for day in days):
        names = [_MONTHS[day.month - 1] for day in days]
    new = [n == 0 or day.year != days[n - 1].year for n, day in enumerate(days)]
    return [
        f"{name}\n{day:%Y}" if is_new else name for name, day, is_new in zip(names, days, new, strict=True)
    ]


def _up_and_down(ax: Axes, at: Any, width: Any, counts: pd.DataFrame, colours: dict[str, str]) -> None:
    handles, labels = [], []
    for sign, (name, colour) in zip((1, -1), colours.items(), strict=True):
        values = counts[name].to_numpy(int)
        handles.append(ax.bar(at, sign * values, width, color=colour))
        labels.append(f"{name} {values.sum():,}")
    grid(ax, "y")
    ax.axhline(0, color=GREY, linewidth=0.8)
    legend(ax, handles, labels)
