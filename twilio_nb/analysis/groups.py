"""Texts counted in groups by pandas; `storage.aggregates` has MongoDB count the same."""

from collections.abc import Sequence

import pandas as pd

from twilio_nb.analysis.kinds import COUNT, DAY, TEXT, TIME

#: Columns of which text has which type; the last three are made of its time, in the zone that is asked for.
KINDS = {
    **dict.fromkeys(("direction", "from", "body", "status"), TEXT),
    **dict.fromkeys(("num_segments", "error_code", "hour", "weekday"), COUNT),
    "day": DAY,
}


def groups(texts: pd.DataFrame, keys: Sequence[str], *, tz: str = "UTC", ends: bool = False) -> pd.DataFrame:
    """Count the texts that are alike.

    Parameters
    ----------
    texts : pandas.DataFrame
        Made by `given.given`.
    keys : sequence of str
        In what: columns, or ``hour``, ``weekday`` (0 is Monday), ``day``.
    tz : str
        Zone of the hours and days.
    ends : bool
        Whether the first and the last time are of interest.

    Returns
    -------
    pandas.DataFrame
        The keys, ``texts`` and, if wanted, ``first`` and ``last``. What is null is a group of its own.
    """
    parts = texts.assign(**{name: clock(texts["time"], name, tz) for name in keys if name not in texts})
    grouped = parts.groupby(list(keys), observed=True, dropna=False, sort=False)
    counted = grouped.size().rename("texts").to_frame()
    if ends:
        counted = counted.join(grouped["time"].agg(first="min", last="max"))
    kinds = {name: KINDS[name] for name in keys} | {"texts": COUNT}
    return counted.reset_index().astype(kinds | (dict.fromkeys(("first", "last"), TIME) if ends else {}))


def clock(time: pd.Series, part: str, tz: str) -> pd.Series:
    """Return what the clock or the calendar of a zone shows.

    Parameters
    ----------
    time : pandas.Series
        Aware times.
    part : {"hour", "weekday", "day"}
        What is read from it.
    tz : str
        Name of the zone.

    Returns
    -------
    pandas.Series
        Hours from 0 to 23, weekdays from 0 for Monday to 6, or dates.
    """
    local = time.dt.tz_convert(tz).dt
    found = {"hour": "hour", "weekday": "day_of_week", "day": "date"}[part]
    series: pd.Series = getattr(local, found)
    return series


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
