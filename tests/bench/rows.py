"""What a benchmark reports, and taking turns, so that a noisy minute is shared by all that are compared."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HEAD = ("what", "here", "the alternative", "its figure", "ratio", "aim")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    what : str
        What was measured, with its unit.
    here : float
        The figure of this package, a median.
    alternative : str
        What a user would do instead; empty if there is nothing.
    other : float or None
        Its figure in the same run.
    aim : str
        What is aimed at, in words.
    """

    what: str
    here: float
    alternative: str = ""
    other: float | None = None
    aim: str = ""

    def cells(self) -> tuple[object, ...]:
        """Return the line; the ratio is that of the larger figure to the smaller."""
        ratio = None
        if self.other:
            more, less = max(self.here, self.other), min(self.here, self.other)
            ratio = f"{more / less:.1f} × {'more' if self.here >= self.other else 'less'}"
        return self.what, _short(self.here), self.alternative, _short(self.other), ratio, self.aim


def turns(rounds: int, cases: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Measure each case once a round, and return the median of each."""
    values: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            values[name].append(case())
    return {name: statistics.median(found) for name, found in values.items()}


def _short(figure: float | None) -> str | None:
    """Return a figure with two or three digits that mean something."""
    if figure is None:
        return None
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
