"""Texts counted in groups by pandas; `storage.aggregates` has MongoDB count the same."""

from collections.abc import Sequence

import pandas as pd

from twilio_nb.analysis.kinds import COUNT, DAY, TEXT, TIME

#: What is made of a text's time, in the zone that is asked for, and pandas' word for it.
CLOCK = {"hour": "hour", "weekday": "day_of_week", "day": "date"}

_KINDS = {
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
    made = {name: getattr(texts["time"].dt.tz_convert(tz).dt, CLOCK[name]) for name in keys if name in CLOCK}
    grouped = texts.assign(**made).groupby(list(keys), observed=True, dropna=False, sort=False)
    counted = grouped.size().rename("texts").to_frame()
    if ends:
        counted = counted.join(grouped["time"].agg(first="min", last="max"))
    kinds = {name: _KINDS[name] for name in keys} | {"texts": COUNT}
    return counted.reset_index().astype(kinds | (dict.fromkeys(("first", "last"), TIME) if ends else {}))


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
