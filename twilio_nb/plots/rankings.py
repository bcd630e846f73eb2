"""What became of what was sent, and who texts most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from twilio_nb.analysis.summaries import summary
from twilio_nb.domain.addresses import masked
from twilio_nb.domain.reasons import reason
from twilio_nb.errors import ConfigurationError
from twilio_nb.plots.canvas import RECEIVED, SENT, TROUBLE, drawing, harmless, lying_bars, nothing

if TYPE_CHECKING:
    from twilio_nb.reading import Reading

_MOST = 50  # bars that can be read
_CODES = 8

_WAITING = ("accepted", "scheduled", "queued", "sending")
_PASSED = ("sent", "undelivered", "partially_delivered", "delivered", "read")
_ARRIVED = ("delivered", "read")
_FAILED = ("failed", "undelivered", "canceled")


def delivery(
    texts: pd.DataFrame | Reading,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far the texts that were sent have come, and why the others failed.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        As for `twilio_nb.summary`, which counts.
    since, until, ax
        As for `volume`.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: stages from above, each with its share of all that were sent; below them the failures, the
        most frequent first, by Twilio's codes in words.

    Raises
    ------
    ConfigurationError, StorageError
        As `twilio_nb.summary` does.

    Examples
    --------
    >>> twilio_nb.plots.delivery(service, since=datetime.now(UTC) - timedelta(days=7))
    """
    by_status = summary(texts, "status", since=since, until=until)
    outbound = by_status[(by_status["direction"] == "outbound").fillna(False)]
    statuses = outbound.groupby("status", dropna=False)["texts"].sum()
    total = int(statuses.sum())

    def count(names: Sequence[str]) -> int:
        return int(statuses[statuses.index.isin(names)].sum())

    stages = [
        ("handed to Twilio", total),
        ("passed to the carrier", count(_PASSED)),
        ("delivered", count(_ARRIVED)),
    ]
    stages += [("read", count(["read"]))] * bool(count(["read"]))
    stages += [("still on the way", count(_WAITING))] * bool(count(_WAITING))
    errors = _reasons(summary(texts, "error", since=since, until=until), count(_FAILED))
    rows = [
        *((name, number, SENT) for name, number in stages),
        *((name, number, TROUBLE) for name, number in errors),
    ]
    with drawing(ax, "Delivery of texts sent", rows=len(rows) if total else 5) as drawn:
        drawn.set_xlabel("texts sent")
        if not total:
            nothing(drawn, "no texts sent")
            return drawn
        gap = np.where(np.arange(len(rows)) < len(stages), 0, 0.5)
        lying_bars(drawn, np.arange(len(rows)) + gap, rows, total)
    return drawn


def top_senders(
    texts: pd.DataFrame | Reading,
    n: int = 10,
    *,
    mask: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw who texted most.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        As for `twilio_nb.summary`, which counts. Where ``from`` holds names, such as those of contacts, they are
        shown.
    n : int
        How many senders, 1 to 50.
    mask : bool
        Show only the last four digits of numbers, and no names.
    since, until, ax
        As for `volume`.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: each sender's texts, with their share of all that were received.

    Raises
    ------
    ConfigurationError, StorageError
        As `twilio_nb.summary` does; or if there are to be too few or too many.

    Examples
    --------
    >>> twilio_nb.plots.top_senders(service, 20, mask=True)
    """
    if not 1 <= n <= _MOST:
        message = f"{n} senders cannot be drawn; choose 1 to {_MOST}, and twilio_nb.summary(…, by='sender') for more."
        raise ConfigurationError(message)
    counted = summary(texts, "sender", since=since, until=until)
    top, total = counted.head(n), int(counted["texts"].sum())
    names = [_sender(address, mask) for address in top["from"]]
    rows = [(name, int(number), RECEIVED) for name, number in zip(names, top["texts"], strict=True)]
    more = len(counted) > len(top)
    title = f"Top {len(top)} of {len(counted):,} senders" if more else "Senders"
    with drawing(ax, title, rows=max(len(rows), 5)) as drawn:
        drawn.set_xlabel("texts received")
        if not rows:
            nothing(drawn, "no texts received")
            return drawn
        lying_bars(drawn, np.arange(len(rows)), rows, total)
    return drawn


def _sender(address: Any, mask: bool) -> str:
    if pd.isna(address) or not str(address).strip():
        return "unknown"
    return masked(str(address)) if mask else harmless(address)


def _reasons(errors: pd.DataFrame, failed: int) -> list[tuple[str, int]]:
    """Return why texts failed, and how many; those without a code are what is left of the failed ones."""
    counts = [
        (None if pd.isna(code) else int(code), int(n))
        for code, n in zip(errors["error_code"], errors["texts"], strict=True)
    ]
    found = [(reason(code), number) for code, number in counts[:_CODES]]
    if rest := sum(number for _, number in counts[_CODES:]):
        found.append((f"{len(counts) - _CODES} other codes", rest))
    if (silent := failed - sum(number for _, number in counts)) > 0:
        found.append((reason(None), silent))
    return found
