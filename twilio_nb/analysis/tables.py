"""Counted groups as the tables that are shown.

Each function takes a frame of groups, with the keys that it names and their number of ``texts``; several groups
may be alike. It returns the table that the docstring of `summaries.summary` describes.
"""

import numpy as np
import pandas as pd

from twilio_nb.analysis.groups import ways
from twilio_nb.analysis.kinds import COUNT, DAY, SHARE, TEXT, TIME, typed
from twilio_nb.sending.advice import advice


def hours(groups: pd.DataFrame) -> pd.DataFrame:
    """Return texts by hour of the day, from groups of hour and direction."""
    counts = _both_ways(groups, ["hour"]).reindex(range(24), fill_value=0)
    return typed({"hour": (counts.index, COUNT)} | {name: (counts[name], COUNT) for name in counts})


def weekday_hours(groups: pd.DataFrame) -> pd.DataFrame:
    """Return texts by weekday and hour, from groups of weekday, hour and direction."""
    all_ = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    counts = _both_ways(groups, ["weekday", "hour"]).reindex(all_, fill_value=0).reset_index()
    return typed({name: (counts[name], COUNT) for name in counts})


def days(groups: pd.DataFrame) -> pd.DataFrame:
    """Return texts by day, from groups of day, direction and num_segments."""
    known = groups[np.logical_or(*ways(groups["direction"]))]
    counts = _both_ways(known, ["day"])
    counts["segments"] = (known["texts"] * known["num_segments"].fillna(0)).groupby(known["day"]).sum()
    found = counts.index.to_numpy("datetime64[D]")
    every = np.arange(found.min(), found.max() + 1) if len(found) else found
    counts = counts.set_axis(found).reindex(every, fill_value=0)
    return typed({"day": (every, DAY)} | {name: (counts[name], COUNT) for name in counts})


def senders(groups: pd.DataFrame) -> pd.DataFrame:
    """Return who texted, from groups of from, with their ends, of inbound texts."""
    found = groups.groupby("from", dropna=False).agg(
        texts=("texts", "sum"), first=("first", "min"), last=("last", "max")
    )
    found = found.reset_index().sort_values(["texts", "from"], ascending=[False, True])
    return typed(
        {
            "from": (found["from"], TEXT),
            "texts": (found["texts"], COUNT),
            "first": (found["first"], TIME),
            "last": (found["last"], TIME),
            "share": (found["texts"] / found["texts"].sum(), SHARE),
        }
    )


def statuses(groups: pd.DataFrame) -> pd.DataFrame:
    """Return how texts fared, from groups of status and direction."""
    found = _alike(groups, "status")
    found = found.sort_values(["direction", "texts", "status"], ascending=[True, False, True])
    whole = found.groupby("direction", dropna=False)["texts"].transform("sum")
    return typed(
        {
            "direction": (found["direction"], TEXT),
            "status": (found["status"], TEXT),
            "texts": (found["texts"], COUNT),
            "share": (found["texts"] / whole, SHARE),
        }
    )


def errors(groups: pd.DataFrame) -> pd.DataFrame:
    """Return why texts did not arrive, from groups of error_code and direction."""
    outbound = groups[ways(groups["direction"])[1]]
    found = outbound.groupby("error_code")["texts"].sum().reset_index()
    found = found.sort_values(["texts", "error_code"], ascending=[False, True])
    return typed(
        {
            "error_code": (found["error_code"], COUNT),
            "texts": (found["texts"], COUNT),
            "share": (found["texts"] / outbound["texts"].sum(), SHARE),
            "advice": ([advice(code) or None for code in found["error_code"]], TEXT),
        }
    )


def segments(groups: pd.DataFrame) -> pd.DataFrame:
    """Return how long texts are, from groups of num_segments and direction."""
    found = _alike(groups, "num_segments").sort_values(["direction", "num_segments"])
    return typed(
        {
            "direction": (found["direction"], TEXT),
            "num_segments": (found["num_segments"], COUNT),
            "texts": (found["texts"], COUNT),
            "segments": (found["texts"] * found["num_segments"].fillna(0), COUNT),
        }
    )


def _both_ways(groups: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return how many texts were received and sent, by keys that are not null."""
    inbound, outbound = ways(groups["direction"])
    counts = {"received": groups["texts"].where(inbound, 0), "sent": groups["texts"].where(outbound, 0)}
    parts = groups[keys].assign(**counts)[inbound | outbound]
    summed: pd.DataFrame = parts.groupby(keys)[list(counts)].sum()
    return summed


def _alike(groups: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return how many texts there are by side and a key, null or not."""
    inbound, outbound = ways(groups["direction"])
    side = pd.Series(None, groups.index, TEXT).mask(inbound, "inbound").mask(outbound, "outbound")
    sides = groups.assign(direction=side)
    return sides.groupby(["direction", key], dropna=False)["texts"].sum().reset_index()
