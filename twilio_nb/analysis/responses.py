"""How long people waited for an answer."""

import numpy as np
import pandas as pd

from twilio_nb.analysis.kinds import COUNT, DURATION, SHARE, typed
from twilio_nb.analysis.turns import Turns

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000

#: Where each bucket begins, in milliseconds.
EDGES = (
    *(0, _SECOND, 10 * _SECOND, _MINUTE, 10 * _MINUTE),
    *(_HOUR, 6 * _HOUR, _DAY, 7 * _DAY),
)


def responses(texts: pd.DataFrame) -> pd.DataFrame:
    """Return how long inbound texts waited for an answer.

    Parameters
    ----------
    texts : pandas.DataFrame
        With `turns.COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        As `summaries.summary` describes it.
    """
    turns = Turns.of(texts)
    waits = turns.waits()[turns.inbound]
    answered = waits[~np.isnan(waits)]
    bucket = np.searchsorted(EDGES, answered, side="right") - 1
    counts = np.append(np.bincount(bucket, minlength=len(EDGES)), len(waits) - len(answered))
    never = np.timedelta64("NaT", "ms")
    edges = np.array(EDGES, "timedelta64[ms]")
    return typed(
        {
            "at_least": (np.append(edges, never), DURATION),
            "under": (np.append(edges[1:], [never, never]), DURATION),
            "texts": (counts, COUNT),
            "share": (
                pd.Series(counts, dtype=COUNT) / len(waits) if len(waits) else [None] * len(counts),
                SHARE,
            ),
        }
    )
