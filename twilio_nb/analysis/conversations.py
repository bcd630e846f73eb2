"""Texts as conversations: one row for each two addresses that write to each other."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twilio_nb.analysis.kinds import COUNT, DURATION, TEXT, TIME, typed
from twilio_nb.analysis.turns import COLUMNS as TURNS
from twilio_nb.analysis.turns import Turns

#: What must be known of a text.
COLUMNS = (*TURNS, "body")


def conversations(texts: pd.DataFrame) -> pd.DataFrame:
    """Return the conversations of texts, as `Service.conversations` does.

    Parameters
    ----------
    texts : pandas.DataFrame
        With `COLUMNS`, the oldest first.

    Returns
    -------
    pandas.DataFrame
        A row a conversation, the one with the newest text first.
    """
    turns = Turns.of(texts)
    count = len(turns.pair[0])
    number, inbound, waits = turns.conversation, turns.inbound, turns.waits()
    last = np.append(np.flatnonzero(np.diff(number)), len(number) - 1)[:count]
    first = np.append(0, last + 1)[:count]
    open_ = np.flatnonzero(inbound & np.isnan(waits))
    waiting, oldest = np.unique(number[open_], return_index=True)
    since = np.full(count, np.datetime64("NaT", "ms"))
    since[waiting] = turns.time[open_[oldest]].astype("datetime64[ms]")
    received = np.bincount(number[inbound], minlength=count)
    written = np.bincount(number, minlength=count)
    table = typed(
        {
            "ours": (turns.addresses.take(turns.pair[0]), TEXT),
            "theirs": (turns.addresses.take(turns.pair[1]), TEXT),
            "texts": (written, COUNT),
            "received": (received, COUNT),
            "sent": (written - received, COUNT),
            "first": (turns.time[first].astype("datetime64[ms]"), TIME),
            "last": (turns.time[last].astype("datetime64[ms]"), TIME),
            "last_direction": (np.where(inbound[last], "inbound", "outbound"), TEXT),
            "last_body": (texts["body"].take(turns.position[last]), TEXT),
            "unanswered": (np.bincount(number[open_], minlength=count), COUNT),
            "waiting_since": (since, TIME),
            "our_response": (_medians(number, np.where(inbound, waits, np.nan)), DURATION),
            "their_response": (_medians(number, np.where(inbound, np.nan, waits)), DURATION),
        }
    )
    newest = ["last", "ours", "theirs"]
    return table.sort_values(newest, ascending=[False, True, True], ignore_index=True)


def _medians(number: NDArray[Any], waits: NDArray[Any]) -> NDArray[Any]:
    """Return the middle wait of each conversation, without those that are NaN."""
    return pd.Series(waits).groupby(number).median().round().to_numpy("timedelta64[ms]")
