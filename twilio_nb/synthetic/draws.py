"""Chance, from a seed: the same draws for the same seed, with every numpy.

Only uniform numbers and bytes are taken from numpy, whose other distributions may change between releases.
Logarithms may differ in their last digit between processors, and so now and then a time by a millisecond.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Draws:
    """A sequence of draws.

    Parameters
    ----------
    *seed : int
        From 0; all of them together are the seed.
    """

    def __init__(self, *seed: int) -> None:
        self._random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))

    def uniform(self, count: int) -> Floats:
        """Return numbers from 0 to below 1."""
        return self._random.random(count)

    def chance(self, share: Any, count: int) -> Booleans:
        """Return for each whether it happens, with a share between 0 and 1, or an array of them."""
        happens: Booleans = self.uniform(count) < share
        return happens

    def pick(self, weights: Sequence[float] | Floats, count: int) -> Integers:
        """Return places, each drawn with its weight."""
        edges = np.cumsum(weights)
        # A sum of floats may end a little below one.
        places: Integers = np.searchsorted(edges / edges[-1], self.uniform(count), side="right")
        return np.minimum(places, len(edges) - 1)

    def lognormal(self, median: Any, spread: float, count: int) -> Floats:
        """Return numbers above 0 whose logarithm is normal, of a median and a spread of the logarithm."""
        # Box and Muller's: a normal number from two uniform ones.
        radius = np.sqrt(-2 * np.log(1 - self.uniform(count)))
        spreads: Floats = median * np.exp(spread * radius * np.cos(2 * np.pi * self.uniform(count)))
        return spreads

    def identifiers(self, count: int) -> list[str]:
        """Return strings of 32 hexadecimal digits."""
        digits = self._random.bytes(16 * count).hex()
        return [digits[place : place + 32] for place in range(0, len(digits), 32)]
