"""Conditions as a tree: whether they hold, and what decided it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from twilio_nb.domain.operands import Computed, Expansion, Operand, Scope, called, words
from twilio_nb.domain.operators import COMPARISONS, Truth, compare


@dataclass(frozen=True)
class Clause:
    """One comparison that decided, in words that may be shown.

    Attributes
    ----------
    operand : str
        What was looked at, such as ``%%args.to``.
    found : str
        Its value: of an address the last four digits, of all but truths otherwise the kind alone.
    expected : str
        What it would have to be for the condition to hold; empty where nothing would help.
    """

    operand: str
    found: str
    expected: str = ""

    def __str__(self) -> str:
        expected = f"; expected: {self.expected}" if self.expected else ""
        return f"{self.operand} is {self.found}{expected}"


@dataclass(frozen=True)
class Verdict:
    """What a condition says.

    Attributes
    ----------
    truth : bool or None
        None where it cannot be said.
    clauses : tuple of Clause
        Those that decided; where the condition does not hold, the fewest that would have to change.
    """

    truth: Truth
    clauses: tuple[Clause, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is true; what cannot be said is not."""
        return self.truth is True


class Condition(Protocol):
    """A part of an expression that is true or false."""

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Return what it says; `wanted` is False below an odd number of ``%not``."""

    def leaves(self) -> "Iterator[Condition]":
        """Yield the conditions in it that consist of no others."""


@dataclass(frozen=True)
class Constant:
    """True, or false, as it stands there."""

    truth: bool

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Return it."""
        return Verdict(self.truth, (Clause("the condition", words(self.truth, ()), words(wanted, ())),))

    def leaves(self) -> Iterator[Condition]:
        """Yield this one."""
        yield self


@dataclass(frozen=True)
class Comparison:
    """An operator between two values."""

    left: Operand
    operator: str
    right: Operand

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Compare the values."""
        left, right, operator = self.left, self.right, self.operator
        if isinstance(right, Computed) and operator == "eq":  # {"%%true": {"%function": …}}
            left, right = right, left
        value = left.value(scope)
        truth = compare(operator, value, right.value(scope))
        path = left.path if isinstance(left, Expansion) else ()
        expected = COMPARISONS[operator].format(right.shown(scope, left))
        if operator == "exists":
            expected = "not given" if right.value(scope) is False else "given"
        clause = Clause(str(left), words(value, path), expected if wanted else f"not ({expected})")
        return Verdict(truth, (clause,))

    def leaves(self) -> Iterator[Condition]:
        """Yield this one."""
        yield self


@dataclass(frozen=True)
class PythonFunction:
    """A function of the notebook's in the place of an expression."""

    function: Callable[..., Any]

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Call it; only a bool is a truth."""
        result = called(self.function, scope.subject)
        name = getattr(self.function, "__name__", type(self.function).__name__)
        truth = result if isinstance(result, bool) else None
        return Verdict(truth, (Clause(f"{name}()", words(result, ()), words(wanted, ())),))

    def leaves(self) -> Iterator[Condition]:
        """Yield this one."""
        yield self


@dataclass(frozen=True)
class Every:
    """Conditions that must all hold; without any it does."""

    parts: tuple[Condition, ...]

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Judge all of them."""
        verdicts = [part.judge(scope, wanted) for part in self.parts]
        truth = _conjunction([verdict.truth for verdict in verdicts])
        return Verdict(truth, _blamed(verdicts, truth, wanted, every=wanted))

    def leaves(self) -> Iterator[Condition]:
        """Yield those of the parts."""
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class Not:
    """A condition that must be false; of what cannot be said it cannot be said either."""

    part: Condition

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Judge the part and turn it round."""
        verdict = self.part.judge(scope, not wanted)
        return Verdict(_opposite(verdict.truth), verdict.clauses)

    def leaves(self) -> Iterator[Condition]:
        """Yield those of the part."""
        yield from self.part.leaves()


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one must hold."""

    parts: tuple[Condition, ...]

    def judge(self, scope: Scope, wanted: bool = True) -> Verdict:
        """Judge all of them."""
        verdicts = [part.judge(scope, wanted) for part in self.parts]
        truth = _opposite(_conjunction([_opposite(verdict.truth) for verdict in verdicts]))
        return Verdict(truth, _blamed(verdicts, truth, wanted, every=not wanted))

    def leaves(self) -> Iterator[Condition]:
        """Yield those of the parts."""
        for part in self.parts:
            yield from part.leaves()


def _conjunction(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def _opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _blamed(verdicts: list[Verdict], truth: Truth, wanted: bool, *, every: bool) -> tuple[Clause, ...]:
    """Return the clauses of the parts that decided: of all of them, or of one where one would be enough."""
    reached = truth is wanted
    deciding = [verdict.clauses for verdict in verdicts if (verdict.truth is wanted) is reached]
    if every:
        return tuple(clause for clauses in deciding for clause in clauses)
    return min(deciding, key=len, default=())
