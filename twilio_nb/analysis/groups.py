"""Texts counted in groups by pandas; `storage.aggregates` has MongoDB count the same."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd

from twilio_nb.analysis.kinds import COUNT, DAY, TEXT, TIME

#: What is read from a text's time, as the clock or the calendar of a zone shows it.
CLOCK = ("hour", "weekday", "day")

_KINDS = {
    **dict.fromkeys(("direction", "from", "body", "status"), TEXT),
    **dict.fromkeys(("num_segments", "error_code", "hour", "weekday"), COUNT),
    "day": DAY,
}


def groups(texts: pd.DataFrame, keys: Sequence[str], *, ends: bool = False) -> pd.DataFrame:
    """Count the texts that are alike.

    Parameters
    ----------
    texts : pandas.DataFrame
        Made by `given.given`, and `on_clock`.
    keys : sequence of str
        In what: names of columns.
    ends : bool
        Whether the first and the last time are of interest.

    Returns
    -------
    pandas.DataFrame
        The keys, ``texts`` and, if wanted, ``first`` and ``last``. What is null is a group of its own.
    """
    grouped = texts.groupby(list(keys), observed=True, dropna=False, sort=False)
    counted = grouped.size().rename("texts").to_frame()
    if ends:
        counted = counted.join(grouped["time"].agg(first="min", last="max"))
    kinds = {name: _KINDS[name] for name in keys} | {"texts": COUNT}
    return counted.reset_index().astype(kinds | (dict.fromkeys(("first", "last"), TIME) if ends else {}))


def on_clock(texts: pd.DataFrame, keys: Sequence[str], tz: str) -> pd.DataFrame:
    """Add the hours, weekdays and days of texts.

    Parameters
    ----------
    texts : pandas.DataFrame
        With their ``time``; those that have none are left out.
    keys : sequence of str
        Which of `CLOCK` are added; other names are of no account.
    tz : str
        Name of the zone.

    Returns
    -------
    pandas.DataFrame
        With hours from 0 to 23, weekdays from 0 for Monday, dates.
    """
    timed = texts[texts["time"].notna()]
    # pandas' own times are read many times faster than Arrow's, which want the system's list of zones, too.
    moments = pd.DatetimeIndex(timed["time"].to_numpy("datetime64[ms]"), tz="UTC").tz_convert(ZoneInfo(tz))
    if "hour" in keys:
        timed = timed.assign(hour=moments.hour)
    if "weekday" in keys:
        timed = timed.assign(weekday=moments.day_of_week)
    if "day" in keys:
        timed = timed.assign(day=moments.tz_localize(None).floor("D"))
    return timed


def ways(direction: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Tell which texts came in, and which went out; one that says neither is neither.

    Parameters
    ----------
    direction : pandas.Series
        Twilio's words, such as "outbound-api".

    Returns
    -------
    tuple of pandas.Series of bool
        Inbound, and outbound, however it was sent.
    """
    inbound, outbound = direction == "inbound", direction.str.startswith("outbound")
    return inbound.fillna(False).astype(bool), outbound.fillna(False).astype(bool)
