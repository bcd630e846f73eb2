"""Who texts whom, and how long each text waits for its answer."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twilio_nb.analysis.groups import ways

_Numbers: TypeAlias = NDArray[Any]

#: What must be known of a text.
COLUMNS = ("time", "direction", "from", "to")


@dataclass(frozen=True)
class Turns:
    """The texts of all conversations, one conversation behind the other, each in order of time.

    A conversation is what one address of ours and one of theirs write to each other. Of what has the same time,
    the inbound comes first. What has no time, lacks an address or went neither way is in no conversation.

    Attributes
    ----------
    position : numpy.ndarray of int
        Where each text stands in the frame.
    conversation : numpy.ndarray of int
        The number of its conversation, counted from 0.
    pair : numpy.ndarray of int
        Of each conversation, the number of our address, and of theirs, in `addresses`.
    addresses : pandas.Index
        All addresses, each once.
    inbound : numpy.ndarray of bool
        Whether they wrote it.
    time : numpy.ndarray of int
        Milliseconds since 1970.
    """

    position: _Numbers
    conversation: _Numbers
    pair: tuple[_Numbers, _Numbers]
    addresses: "pd.Index[Any]"
    inbound: _Numbers
    time: _Numbers

    @classmethod
    def of(cls, texts: pd.DataFrame) -> "Turns":
        """Find the conversations of texts.

        Parameters
        ----------
        texts : pandas.DataFrame
            Made by `given.given`, with `COLUMNS`.

        Returns
        -------
        Turns
            Of those that are in a conversation.
        """
        inbound, outbound = (way.to_numpy() for way in ways(texts["direction"]))
        (sender, recipient), addresses = _numbered(texts["from"], texts["to"])
        known = texts["time"].notna().to_numpy(bool) & (inbound | outbound) & (sender >= 0) & (recipient >= 0)
        time = texts["time"].to_numpy("datetime64[ms]").astype(np.int64)
        position = np.flatnonzero(known)
        # One key for time and side; most frames have this order, or almost.
        moment = 2 * time[position] + ~inbound[position]
        if (moment[1:] < moment[:-1]).any():
            position = position[np.argsort(moment, kind="stable")]
        ours = np.where(inbound, recipient, sender)[position]
        theirs = np.where(inbound, sender, recipient)[position]
        conversation, pairs = pd.factorize(ours * len(addresses) + theirs)
        # numpy sorts small integers much faster.
        order = np.argsort(conversation.astype(np.min_scalar_type(len(pairs))), kind="stable")
        position = position[order]
        pair = np.divmod(pairs, max(len(addresses), 1))
        return cls(position, conversation[order], pair, addresses, inbound[position], time[position])

    def waits(self) -> _Numbers:
        """Return how long each text waited for the next one of the other side, in the same conversation.

        Returns
        -------
        numpy.ndarray of float
            Milliseconds; NaN where none came.
        """
        end = len(self.time)
        waited = np.full(end, np.nan)
        for asks in (self.inbound, ~self.inbound):
            answers = np.where(asks, end, np.arange(end))
            following = np.minimum.accumulate(answers[::-1])[::-1]
            asked = np.flatnonzero(asks & (following < end))
            answer = following[asked]
            same = self.conversation[asked] == self.conversation[answer]
            waited[asked[same]] = self.time[answer[same]] - self.time[asked[same]]
        return waited


def _numbered(*columns: pd.Series) -> tuple[list[_Numbers], "pd.Index[Any]"]:
    """Give each value of several columns a number, the same in all of them; -1 for null."""
    coded = [pd.factorize(column) for column in columns]
    values = [pd.Series(np.asarray(uniques, dtype=object), dtype=object) for _, uniques in coded]
    numbers, addresses = pd.factorize(pd.concat(values))
    found, begin = [], 0
    for codes, uniques in coded:
        own = np.append(numbers[begin : begin + len(uniques)], -1)
        found.append(own[codes])
        begin += len(uniques)
    return found, pd.Index(addresses)
