"""The grammar of expressions: from what is written to a tree of conditions and operands."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from twilio_nb.domain.addresses import masked_in
from twilio_nb.domain.conditions import (
    AnyOf,
    Comparison,
    Condition,
    Constant,
    Every,
    Not,
    PythonFunction,
)
from twilio_nb.domain.operands import (
    ROOTS,
    Computed,
    Converted,
    Expansion,
    Literal,
    Operand,
    Several,
)
from twilio_nb.domain.operators import COMPARISONS, CONVERTERS, PLAIN, truth
from twilio_nb.errors import ConfigurationError

_DEPTH = 32
_BRANCHES = 10_000
_JUNCTIONS = ("and", "or", "nor")
_ELSEWHERE = ("root", "prevRoot", "this", "prev", "partition")  # of MongoDB's rules and of Sync
_EXPANSIONS = ("%%true", "%%false", *(f"%%{root}" for root in ROOTS))
_OPERATORS = (*COMPARISONS, *_JUNCTIONS, "not", "function", *CONVERTERS)


class Grammar:
    """One reading of one expression.

    Parameters
    ----------
    arguments : sequence of str, optional
        Names that ``%%args`` has; others are refused then.
    """

    def __init__(self, arguments: Sequence[str] | None) -> None:
        self._arguments = arguments
        self._depth = self._branches = 0
        self._bare: str | None = None  # a name without a prefix that stood there
        self._prefixed = False  # whether %%args stood there

    def read(self, expression: Any) -> Condition:
        """Read an expression.

        Raises
        ------
        ConfigurationError
            If a part of it is not understood.
        """
        condition = self._expression(expression)
        if self._bare is not None and self._prefixed:
            _refuse(f"{self._bare!r} beside %%args", f"prefixes everywhere, here '%%args.{self._bare}'")
        return condition

    def _expression(self, given: Any) -> Condition:
        if isinstance(given, bool):
            return Constant(given)
        if callable(given):
            if inspect.iscoroutinefunction(given):
                _refuse("an async function", "a plain one: nothing waits for a condition")
            return PythonFunction(given)
        if not isinstance(given, Mapping):
            _refuse(_kind(given), "true, false, a document or a Python function")
        self._enter(given)
        parts = [self._member(key, value) for key, value in given.items()]
        self._depth -= 1
        return Every(tuple(parts))

    def _member(self, key: Any, value: Any) -> Condition:
        operator = _operator(key)
        if operator is None:
            return self._field(self._name(key), value)
        if operator == "not":
            return Not(self._expression(value))
        if operator in _JUNCTIONS:
            return self._junction(operator, [self._expression(one) for one in self._list(operator, value)])
        return _refuse(f"{key!r} without a name before it", f"{{'%%true': {{{key!r}: …}}}}")

    def _field(self, left: Expansion, value: Any) -> Condition:
        is_true = left.path == ("true",)
        if callable(value) and is_true:
            return self._expression(value)
        if not isinstance(value, Mapping):
            return Comparison(left, "eq", self._operand(value))
        operators = [_operator(key) for key in value]
        if not value or None in operators:
            # A document below a name is an expression of its own, whose truth the name would have to equal.
            if is_true:
                return self._expression(value)
            if value and not any(operators) and not any(str(key).startswith("%%") for key in value):
                return Comparison(left, "eq", self._operand(value))
            _refuse(
                f"a document below {str(left)!r} that mixes names and operators, or is empty", "operators"
            )
        self._enter(value)
        parts = [
            self._operation(left, operator, value[key])
            for key, operator in zip(value, operators, strict=True)
            if operator is not None
        ]
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _operation(self, left: Expansion, operator: str, value: Any) -> Condition:
        if operator in COMPARISONS:
            operand = self._operand(value)
            if operator == "exists" and isinstance(operand, Literal):
                operand = Literal(truth(operand.content))  # 1 and 0 mean true and false
            if operator == "exists" and operand != Literal(True) and operand != Literal(False):
                _refuse(f"{_kind(value)} behind 'exists'", "true or false")
            if operator in ("in", "nin") and (isinstance(operand, Literal) or isinstance(value, Mapping)):
                _refuse(f"{_kind(value)} behind {operator!r}", "a list, or an expansion that is one")
            return Comparison(left, operator, operand)
        if operator == "not":
            return Not(self._field(left, value))
        if operator in _JUNCTIONS:
            return self._junction(operator, [self._field(left, one) for one in self._list(operator, value)])
        return Comparison(left, "eq", self._computed(operator, value))

    def _junction(self, operator: str, parts: Sequence[Condition]) -> Condition:
        if operator == "and":
            return Every(tuple(parts))
        return AnyOf(tuple(parts)) if operator == "or" else Not(AnyOf(tuple(parts)))

    def _operand(self, value: Any) -> Operand:
        if isinstance(value, str) and value.startswith("%%"):
            return self._expansion(value)
        if isinstance(value, Mapping):
            operators = [_operator(key) for key in value]
            if len(operators) == 1 and operators[0] is not None:
                return self._computed(operators[0], value[next(iter(value))])
            if any(operators) or not all(isinstance(key, str) and key[:2] != "%%" for key in value):
                _refuse("a document with operators as a value", "one operator, or names alone")
            self._enter(value)
            several = Several(tuple(map(self._operand, value.values())), tuple(value))
            self._depth -= 1
            return several
        if isinstance(value, list | tuple):
            self._enter(value)
            several = Several(tuple(map(self._operand, value)))
            self._depth -= 1
            return several
        if not isinstance(value, PLAIN):
            _refuse(
                _kind(value),
                "a text, a number, a truth, a list of them, or an expansion such as '%%values.staff'",
            )
        return Literal(value)

    def _computed(self, operator: str, value: Any) -> Operand:
        if operator in CONVERTERS:
            operand = self._operand(value)
            if not isinstance(operand, Literal | Expansion):
                _refuse(f"{_kind(value)} behind {operator!r}", "a literal or an expansion")
            return Converted(operator, operand)
        if operator != "function":
            _refuse(f"{operator!r} as a value", f"a function or one of {', '.join(CONVERTERS)}")
        name = value.get("name") if isinstance(value, Mapping) else None
        arguments = value.get("arguments", []) if isinstance(value, Mapping) else None
        if (
            not isinstance(name, str)
            or not isinstance(arguments, list | tuple)
            or set(value) - {"name", "arguments"}
        ):
            _refuse("another 'function'", "{'%function': {'name': …, 'arguments': […]}}")
        self._enter(arguments)
        computed = Computed(name, tuple(map(self._operand, arguments)))
        self._depth -= 1
        return computed

    def _name(self, key: Any) -> Expansion:
        if not isinstance(key, str) or not key:
            _refuse(f"the name {str(key)[:64]!r}", f"an argument or an expansion: {', '.join(_EXPANSIONS)}")
        if key.startswith("%%"):
            return self._expansion(key)
        self._bare = key[:64]
        return self._argument(tuple(key.split(".")), key)

    def _expansion(self, text: str) -> Expansion:
        root, *path = text[2:].split(".")
        if text in ("%%true", "%%false"):
            return Expansion((root,))
        if root in _ELSEWHERE:
            _refuse(f"%%{root}, which belongs to MongoDB's rules", ", ".join(_EXPANSIONS))
        if root not in ROOTS or "" in path or any("%" in name for name in path):
            _refuse(f"{text[:64]!r}", ", ".join(_EXPANSIONS))
        if root != "args":
            if not path:
                _refuse(f"{text!r} alone", f"a name behind it, '{text}.name'")
            return Expansion((root, *path))
        self._prefixed = True
        return self._argument(tuple(path), text)

    def _argument(self, path: tuple[str, ...], text: str) -> Expansion:
        if path and self._arguments is not None:
            alike = {_small(name): name for name in self._arguments}  # To and to are the same
            if _small(path[0]) not in alike:
                _refuse(f"{text[:64]!r}", f"an argument: {', '.join(self._arguments)}")
            path = (alike[_small(path[0])], *path[1:])
        return Expansion(("args", *path))

    def _list(self, operator: str, value: Any) -> Sequence[Any]:
        if not isinstance(value, list | tuple) or not value:
            _refuse(f"{_kind(value)} behind {operator!r}", "a list of one condition or more")
        self._enter(value)
        self._depth -= 1
        return value

    def _enter(self, branch: object) -> None:
        """Count a document or a list, which may hold itself."""
        self._depth += 1
        self._branches += 1
        if self._depth > _DEPTH or self._branches > _BRANCHES:
            _refuse("an expression too deep or too large", f"{_DEPTH} levels and {_BRANCHES:,} parts at most")


def _operator(key: Any) -> str | None:
    """Return the operator that a key is, None if it is a name; ``%`` and ``$`` are the same before it."""
    if not isinstance(key, str) or key[:1] not in ("%", "$") or key[:2] == "%%":
        return None
    if key[1:] not in _OPERATORS:
        _refuse(f"the operator {key[:64]!r}", f"one of {', '.join(_OPERATORS)}")
    return key[1:]


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _kind(value: Any) -> str:
    return "a document" if isinstance(value, Mapping) else f"a value of type {type(value).__name__}"


def _refuse(found: str, expected: str) -> NoReturn:
    message = masked_in(f"A condition holds {found}; expected {expected}.")
    raise ConfigurationError(message)
