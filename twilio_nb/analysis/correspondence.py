"""Conversations that go along with their texts: what a new text costs does not depend on how many there are."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twilio_nb.analysis.conversations import COLUMNS
from twilio_nb.analysis.given import given
from twilio_nb.analysis.turns import Turns

Pair = tuple[str, str]


@dataclass
class Conversation:
    """What one address of ours and one of theirs write to each other.

    Attributes
    ----------
    key : int
        Its number; it keeps it, and says nothing of the addresses.
    ours, theirs : str
        The addresses.
    texts, unanswered : int
        How many there are, and how many of theirs came after our last.
    last : int
        The time of the newest, in milliseconds since 1970.
    last_sid, last_body : str
        The newest.
    last_inbound : bool
        Whether they wrote it.
    """

    key: int
    ours: str
    theirs: str
    texts: int = 0
    unanswered: int = 0
    last: int = 0
    last_sid: str = ""
    last_body: str = ""
    last_inbound: bool = False


class Correspondence:
    """The conversations of texts, and of those that come.

    They are those of `conversations`, whichever way one gets there: all texts at once, or one after the other.

    Parameters
    ----------
    texts : pandas.DataFrame
        What there is, as ``Service.texts`` returns it, the oldest first.
    """

    def __init__(self, texts: pd.DataFrame) -> None:
        self._pairs: dict[Pair, Conversation] = {}
        self._keys: dict[int, Conversation] = {}
        self._numbers: dict[
            Pair, int
        ] = {}  # of conversations that went, too: one that comes back is the same
        # What places a text, by its SID: if this stays, so does everything that is counted. Two mappings of plain
        # numbers are made ten times faster than one of tuples.
        self._in: dict[str, int] = {}
        self._moment: dict[str, int] = {}
        self._waiting: set[int] = set()
        self._take(texts)

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def waiting(self) -> int:
        """In how many of them something waits for an answer."""
        return len(self._waiting)

    def get(self, key: int) -> Conversation | None:
        """Return the conversation of a number, if there is one."""
        return self._keys.get(key)

    def of(self, sid: str) -> int | None:
        """Return the number of the conversation that a text is in; None if it is in none."""
        return self._in.get(sid)

    def with_address(self, address: str) -> Conversation | None:
        """Return the conversation with an address that has the newest text."""
        found = [one for one in self._pairs.values() if one.theirs == address]
        return max(found, key=_age, default=None)

    @property
    def pairs(self) -> Collection[Pair]:
        """Our address and theirs of each of them."""
        return self._pairs.keys()

    def newest(
        self, *, search: str = "", waiting: bool = False, named: Collection[str] = ()
    ) -> list[Conversation]:
        """Return conversations, the one with the newest text first.

        Parameters
        ----------
        search : str
            Only those with this in an address (blanks and brackets aside), or in their newest text.
        waiting : bool
            Only those in which something waits for an answer.
        named : collection of str
            Addresses that are found too, such as those of whose name has it.
        """
        found: Iterable[Conversation] = self._pairs.values()
        if waiting:
            found = [self._keys[key] for key in self._waiting]
        if needle := search.strip().casefold():
            digits = bare(needle)
            found = (
                one
                for one in found
                if (digits and (digits in one.theirs.casefold() or digits in one.ours.casefold()))
                or needle in one.last_body.casefold()
                or one.theirs in named
            )
        return sorted(found, key=_age, reverse=True)

    def apply(
        self, texts: pd.DataFrame, deleted: Sequence[str], everything: Callable[[], pd.DataFrame]
    ) -> set[int]:
        """Take texts that came or changed, each as it is now, and those that went.

        Parameters
        ----------
        texts : pandas.DataFrame
            Those that came or changed, the oldest first.
        deleted : sequence of str
            The SIDs of those that went.
        everything : callable
            Returns all texts, these included; called only if one changed its place, or went.

        Returns
        -------
        set of int
            The numbers of the conversations that are no longer what they were, or are no more.
        """
        changed: set[int] = set()
        moved = {self._in.pop(sid) for sid in deleted if sid in self._in}
        for sid, pair, moment, body in _placed(texts):
            key = self._number(pair)
            before = self._in.get(sid)
            if before == key and self._moment[sid] == moment:
                one = self._keys[key]
                if one.last_sid == sid and one.last_body != body:
                    one.last_body = body
                    changed.add(key)
            elif before is None and key not in moved and self._append(sid, pair, moment, body):
                changed.add(key)
            else:
                moved |= {key} if before is None else {key, before}
        if moved:
            self._count(moved, everything())
        return changed | moved

    def _number(self, pair: Pair) -> int:
        return self._numbers.setdefault(pair, len(self._numbers))

    def _append(self, sid: str, pair: Pair, moment: int, body: str) -> bool:
        one = self._pairs.get(pair)
        if one is None:
            one = self._begin(pair)
        elif moment // 2 <= one.last:
            return False
        one.last, one.last_inbound = moment // 2, moment % 2 == 0
        one.texts += 1
        one.unanswered = one.unanswered + 1 if one.last_inbound else 0
        one.last_sid, one.last_body = sid, body
        self._in[sid], self._moment[sid] = one.key, moment
        self._wait(one)
        return True

    def _wait(self, one: Conversation) -> None:
        (self._waiting.add if one.unanswered else self._waiting.discard)(one.key)

    def _begin(self, pair: Pair) -> Conversation:
        key = self._number(pair)
        one = self._pairs[pair] = self._keys[key] = Conversation(key, *pair)
        return one

    def _count(self, keys: set[int], texts: pd.DataFrame) -> None:
        """Count some conversations anew."""
        pairs = {pair for pair, key in self._numbers.items() if key in keys}
        for pair in pairs & self._pairs.keys():
            key = self._pairs.pop(pair).key
            del self._keys[key]
            self._waiting.discard(key)
        addresses = list({address for pair in pairs for address in pair})
        near = texts[texts["from"].isin(addresses) & texts["to"].isin(addresses)]
        self._take(near.reset_index(drop=True), pairs)

    def _take(self, texts: pd.DataFrame, only: set[Pair] | None = None) -> None:
        texts = texts[["sid", *COLUMNS]]
        turns = Turns.of(given(texts, COLUMNS))
        pairs = _pairs(turns)
        wanted = np.array([only is None or pair in only for pair in pairs], bool)
        keys = np.array([self._number(pair) if wanted[n] else -1 for n, pair in enumerate(pairs)], np.int64)
        number = turns.conversation
        sids = texts["sid"].to_numpy(object)[turns.position]
        meant = wanted[number]
        named = sids[meant].tolist()
        self._in.update(zip(named, keys[number][meant].tolist(), strict=True))
        self._moment.update(zip(named, _moments(turns)[meant].tolist(), strict=True))

        last = np.flatnonzero(np.append(number[1:] != number[:-1], np.ones(min(1, len(number)), bool)))
        waits = np.bincount(number[turns.inbound & np.isnan(turns.waits())], minlength=len(pairs)).tolist()
        count = np.bincount(number, minlength=len(pairs)).tolist()
        bodies = texts["body"].take(turns.position[last]).to_numpy(object)
        for n, place, body in zip(number[last].tolist(), last.tolist(), bodies, strict=True):
            if wanted[n]:
                one = self._begin(pairs[n])
                one.texts, one.unanswered = count[n], waits[n]
                one.last, one.last_inbound = int(turns.time[place]), bool(turns.inbound[place])
                one.last_sid, one.last_body = sids[place], _text(body)
                self._wait(one)


def bare(address: str) -> str:
    """Return an address, or a part of one, without what people put between its digits."""
    return "".join(character for character in address if character not in " ()-./\u00a0")


def _age(one: Conversation) -> tuple[int, str]:
    return one.last, one.last_sid


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA else str(value)


def _pairs(turns: Turns) -> list[Pair]:
    addresses = turns.addresses.to_numpy(object)
    ours, theirs = (addresses[side].tolist() for side in turns.pair)
    return list(zip(ours, theirs, strict=True))


def _moments(turns: Turns) -> NDArray[Any]:
    """Return a number for each text that says when it was written, and from which side."""
    return 2 * turns.time + ~turns.inbound


def _placed(texts: pd.DataFrame) -> Iterable[tuple[str, Pair, int, str]]:
    """Return the texts that are in a conversation, in its order."""
    rows = texts[["sid", *COLUMNS]].reset_index(drop=True)
    turns = Turns.of(given(rows, COLUMNS))
    pairs, moments = _pairs(turns), _moments(turns).tolist()
    sids, bodies = rows["sid"].tolist(), rows["body"].tolist()
    for n, position in enumerate(turns.position.tolist()):
        yield sids[position], pairs[turns.conversation[n]], moments[n], _text(bodies[position])
