"""The people of a history: their numbers, languages, and how much they text."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twilio_nb.synthetic.draws import Booleans, Draws, Floats, Integers
from twilio_nb.synthetic.rates import RATES

MOST = 1_000_000

_AREA = "+1555"  # assigned to nobody
_FIRST, _NUMBERS = 2_000_000, 6_000_000  # below the sandbox's own phone
_STRIDE = 1_234_567  # has no factor in common with their count, so that none comes twice


@dataclass(frozen=True)
class People:
    """Who there is.

    Attributes
    ----------
    numbers : list of str
        In E.164, each another; none of them is anybody's.
    spanish : array of bool
        Who writes Spanish.
    dead : array of int
        Twilio's code for why nothing arrives at their number; 0 where it does.
    activity : array of float
        How much each texts, relative to the others.
    leaves : array of float
        How far through the history, from 0 to 1, they are tired of notices and answer the next one with STOP;
        infinite for who never is.
    """

    numbers: list[str]
    spanish: Booleans
    dead: NDArray[np.int32]
    activity: Floats
    leaves: Floats

    @classmethod
    def draw(cls, draws: Draws, count: int) -> "People":
        """Draw so many people."""
        first = int(draws.uniform(1)[0] * _NUMBERS)
        places = _FIRST + (first + np.arange(count) * _STRIDE) % _NUMBERS
        spanish = draws.chance(RATES.spanish, count)
        ends = (1 - RATES.unknown - RATES.landline, RATES.unknown, RATES.landline)
        dead = np.array([0, 30005, 30006], np.int32)[draws.pick(ends, count)]
        if dead.all():  # few people, and nobody to text with
            dead[0] = 0
        activity = draws.lognormal(1, 1, count)
        leaves = np.where(draws.chance(RATES.tired, count), 0.1 + 0.9 * draws.uniform(count), np.inf)
        return cls([f"{_AREA}{place}" for place in places], spanish, dead, activity, leaves)

    def texting(self, draws: Draws, count: int) -> Integers:
        """Draw people, some of them more often than others, who begin conversations."""
        return draws.pick(np.where(self.dead, 0, self.activity), count)
