"""Which of many texts somebody looks at, and in which order: searched, filtered and sorted in memory."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twilio_nb.analysis.correspondence import bare
from twilio_nb.analysis.groups import ways
from twilio_nb.errors import ConfigurationError

#: What texts can be sorted by.
SORTS = ("time", "direction", "from", "to", "body", "status", "num_segments", "webhook")

_SEARCHED = ("from", "to")


@dataclass(frozen=True)
class Choice:
    """What somebody asked for.

    Attributes
    ----------
    search : str
        Only texts with this in their body, upper or lower case, or in an address, blanks and brackets aside.
    direction : str
        Only ``"inbound"`` or ``"outbound"`` ones; all if empty.
    status, webhook : str
        Only those with this status, of this webhook; all if empty.
    since, until : int or None
        Only those of this moment or later, and before that one, in milliseconds since 1970.
    sort : str
        By which column of `SORTS`; what is alike, and what is null, keeps the order of time.
    descending : bool
        The last ones first.

    Raises
    ------
    ConfigurationError
        If it is sorted by something else.
    """

    search: str = ""
    direction: str = ""
    status: str = ""
    webhook: str = ""
    since: int | None = None
    until: int | None = None
    sort: str = "time"
    descending: bool = True

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            message = f"Texts cannot be sorted by {self.sort!r}, but by {', '.join(SORTS)}."
            raise ConfigurationError(message)


def chosen(texts: pd.DataFrame, choice: Choice, named: Collection[str] = ()) -> NDArray[np.int64]:
    """Return the positions of the texts that are meant, in their order.

    Parameters
    ----------
    texts : pandas.DataFrame
        As ``Service.texts`` returns them, the oldest first.
    choice : Choice
        Which of them.
    named : collection of str
        Addresses that a search finds too, such as those of whose name has it.

    Returns
    -------
    numpy.ndarray of int
    """
    meant = np.ones(len(texts), bool)
    if choice.direction:
        inbound, outbound = ways(texts["direction"])
        meant &= _true(inbound if choice.direction == "inbound" else outbound)
    for name in ("status", "webhook"):
        if wanted := getattr(choice, name):
            meant &= _true(texts[name] == wanted)
    if needle := choice.search.strip():
        meant &= _found(texts, needle, named)
    if choice.since is not None or choice.until is not None:
        meant &= _within(texts["time"], choice.since, choice.until)
    positions = np.flatnonzero(meant)
    if choice.sort != "time":
        positions = positions[_order(texts[choice.sort].iloc[positions], descending=choice.descending)]
    elif choice.descending:
        positions = positions[::-1]
    return positions


def between(texts: pd.DataFrame, ours: str, theirs: str) -> NDArray[np.int64]:
    """Return the positions of the texts that two addresses wrote to each other.

    Parameters
    ----------
    texts : pandas.DataFrame
        As ``Service.texts`` returns them.
    ours, theirs : str
        The addresses.

    Returns
    -------
    numpy.ndarray of int
        In the order of time.
    """
    inbound, outbound = ways(texts["direction"])
    came = _true(texts["from"] == theirs) & _true(texts["to"] == ours) & _true(inbound)
    went = _true(texts["from"] == ours) & _true(texts["to"] == theirs) & _true(outbound)
    return np.flatnonzero((came | went) & texts["time"].notna().to_numpy(bool))


def _within(times: pd.Series, since: int | None, until: int | None) -> NDArray[np.bool_]:
    """Return which moments are in a period; one that is not known is in none."""
    moments = times.to_numpy("datetime64[ms]").astype(np.int64)
    meant = times.notna().to_numpy(bool)
    if since is not None:
        meant = meant & (moments >= since)
    if until is not None:
        meant = meant & (moments < until)
    return meant


def _found(texts: pd.DataFrame, needle: str, named: Collection[str]) -> NDArray[np.bool_]:
    found = _true(texts["body"].str.contains(needle, case=False, regex=False))
    if part := bare(needle):
        for name in _SEARCHED:
            found |= _true(texts[name].str.contains(part, case=False, regex=False))
    if named:
        for name in _SEARCHED:
            found |= _true(texts[name].isin(list(named)))
    return found


def _order(values: pd.Series, *, descending: bool) -> NDArray[np.int64]:
    """Return what sorts values; null is at the end, and of what is alike the newest comes first, as in time."""
    codes, uniques = pd.factorize(values, sort=False)
    ranks = np.empty(len(uniques) + 1, np.int64)
    ranks[np.argsort(_sortable(uniques), kind="stable")] = np.arange(len(uniques))
    ranks[-1] = -1 if descending else len(uniques)  # of null, whose code is -1
    rank = ranks[codes]
    newest = np.arange(len(values))[::-1]
    return newest[np.argsort((-rank if descending else rank)[newest], kind="stable")]


def _sortable(uniques: Any) -> NDArray[Any]:
    values = np.asarray(uniques, dtype=object)
    if len(values) and isinstance(values[0], str):
        return np.array([value.casefold() for value in values], dtype=object)
    return values


def _true(values: pd.Series) -> NDArray[np.bool_]:
    """Return where a condition holds; what is not known does not."""
    return values.to_numpy(bool, na_value=False)
