"""A whole history: conversations and surveys of some people, and who stops and starts again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twilio_nb.synthetic import rhythm
from twilio_nb.synthetic.conversations import conversations, survey
from twilio_nb.synthetic.draws import Draws, Integers
from twilio_nb.synthetic.people import People
from twilio_nb.synthetic.rates import RATES
from twilio_nb.synthetic.surveys import SURVEYS
from twilio_nb.synthetic.texts import Kind, Texts, make

MOST_TEXTS = 5_000_000
PER_DAY = 0.5
"""Texts per person and day, unless said otherwise."""

_TEXTS_PER_CONVERSATION = 1.7  # somewhat less than there are, lest there be too few
_SURVEYED = 0.5  # of all texts are surveys at most
_TEXTS_PER_QUESTION = 2.2


@dataclass(frozen=True)
class Past:
    """What was drawn.

    Attributes
    ----------
    people : People
        Who took part.
    texts : array of TEXT
        In the order of time.
    sids : list of str
        The SID of each.
    receipts : array of int
        For each text the place of the receipt that it got, or -1.
    """

    people: People
    texts: Texts
    sids: list[str]
    receipts: Integers


def draw(*, seed: int, days: int, people: int, count: int, until: int) -> Past:
    """Draw a history.

    Parameters
    ----------
    seed : int
        Decides everything, together with the other parameters.
    days : int
        How long it lasts.
    people : int
        How many take part.
    count : int
        How many texts there are, exactly.
    until : int
        When it ends, in milliseconds since 1970. SIDs do not depend on it.

    Returns
    -------
    Past
        The same for the same parameters.
    """
    draws = Draws(seed, days, people, count)
    since = until - days * rhythm.DAY
    everybody = People.draw(draws, people)
    surveyed = min(people, int(count * _SURVEYED / len(SURVEYS) / _TEXTS_PER_QUESTION))
    surveys = [
        survey(
            draws,
            everybody,
            which,
            np.argsort(draws.uniform(people))[:surveyed],
            rhythm.at(since, until, each.when, hour=17),
        )
        for which, each in enumerate(SURVEYS)
    ]
    number = int(count / _TEXTS_PER_CONVERSATION) + 20
    while True:
        talked = conversations(draws, everybody, since, until, number)
        texts = _heard(draws, _joined([*surveys, talked]), people, until)
        if len(texts) >= count:
            break
        number *= 2
    texts = _first(texts, count)
    _illustrate(draws, texts, round(count * RATES.pictures))
    texts = texts[np.lexsort((texts["place"], texts["time"]))]
    return Past(everybody, texts, _sids(Draws(seed, days, people, count, 1), texts), _receipts(texts))


def _joined(parts: list[Texts]) -> Texts:
    """Put texts together, their conversations numbered through."""
    following = 0
    for part in parts:
        part["thread"] += following
        following = int(part["thread"][-1]) + 1 if len(part) else following
    return np.concatenate(parts)


def _heard(draws: Draws, texts: Texts, people: int, until: int) -> Texts:
    """Let STOP be obeyed, let some start again, and end it all in time.

    A conversation of which a text cannot be has no more texts after it.
    """
    pair = texts["number"].astype(np.int64) * people + texts["person"]
    stops = np.flatnonzero((texts["kind"] == Kind.STOP) & (texts["time"] <= until))
    stops = stops[np.argsort(texts["time"][stops], kind="stable")]
    first = stops[np.unique(pair[stops], return_index=True)[1]]
    stopped = np.full(2 * people, np.iinfo(np.int64).max)
    started = stopped.copy()
    stopped[pair[first]] = texts["time"][first]

    again = first[draws.chance(RATES.restarted, len(first))]
    delay = draws.lognormal(RATES.restart_days * 24 * 60, 0.8, len(again))
    back = texts["time"][again] + 1000 + (delay * rhythm.MINUTE).astype(np.int64)
    again, back = again[back <= until], back[back <= until]
    started[pair[again]] = back
    starts = make(
        len(again),
        **{name: texts[name][again] for name in ("thread", "person", "number", "topic")},
        place=texts["place"][again] + 1,
        kind=Kind.START,
        time=back,
        way=draws.uniform(len(again)),
    )

    time = texts["time"]
    impossible = (time >= stopped[pair]) & (time <= started[pair]) | (texts["kind"] == Kind.STOP)
    impossible[first] = False
    impossible |= time > until
    ends = np.full(int(texts["thread"].max(initial=-1)) + 1, np.iinfo(np.int8).max)
    np.minimum.at(ends, texts["thread"][impossible], texts["place"][impossible])
    texts = np.concatenate([texts[texts["place"] < ends[texts["thread"]]], starts])
    return texts[np.lexsort((texts["place"], texts["thread"]))]


def _first(texts: Texts, count: int) -> Texts:
    """Return so many texts of the first conversations, which are in no order of time.

    Of the last of them it is the beginning that goes: a START without its STOP does no harm.
    """
    if len(texts) == count:
        return texts
    last = texts["thread"][count - 1]
    begin, end = np.searchsorted(texts["thread"], [last, last + 1])
    return np.concatenate([texts[:begin], texts[end - (count - begin) : end]])


def _illustrate(draws: Draws, texts: Texts, count: int) -> None:
    """Let so many texts of conversations have pictures."""
    candidates = np.flatnonzero((texts["kind"] == Kind.ASK) | (texts["kind"] == Kind.MORE))
    chosen = candidates[np.argsort(draws.uniform(len(candidates)))[:count]]
    texts["pictures"][chosen] = 1 + draws.pick((0.85, 0.1, 0.05), len(chosen))


def _sids(draws: Draws, texts: Texts) -> list[str]:
    """Return SIDs, of which those of pictures and those of words are the same whatever the order.

    Each kind ascends with time, unlike Twilio's: an index that grows at its end only costs MongoDB a third of
    what it costs to write a million texts.
    """
    pictured = texts["pictures"] > 0
    count = int(pictured.sum())
    words, pictures = (iter(sorted(draws.identifiers(each))) for each in (len(texts) - count, count))
    return [f"MM{next(pictures)}" if each else f"SM{next(words)}" for each in pictured.tolist()]


def _receipts(texts: Texts) -> NDArray[np.int64]:
    """Find for each answer to a survey its receipt."""
    found = np.full(len(texts), -1, np.int64)
    answers, receipts = (np.flatnonzero(texts["kind"] == kind) for kind in (Kind.ANSWER, Kind.RECEIPT))
    _, of_answers, of_receipts = np.intersect1d(
        texts["thread"][answers], texts["thread"][receipts], assume_unique=True, return_indices=True
    )
    found[answers[of_answers]] = receipts[of_receipts]
    return found
