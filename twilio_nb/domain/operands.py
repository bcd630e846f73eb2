"""The values that an expression speaks of: literals, expansions such as ``%%args.to``, and what is computed.

Each has a value, and words for it that may be shown: numbers end in their last four digits, the text of a message
is never shown, nor is anything that came from elsewhere and may be a secret.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bson import Decimal128

from twilio_nb.domain.addresses import masked, masked_in
from twilio_nb.domain.operators import CONVERTERS, PLAIN, Missing, lacks

ROOTS = ("args", "values", "environment", "request", "user")
"""The expansions that have a path; ``%%true`` and ``%%false`` have none."""

_ADDRESSES = tuple(("args", name) for name in ("to", "from", "To", "From"))
_SHOWN = 3  # items of a list


@dataclass(frozen=True)
class Scope:
    """What the expansions of an expression mean, at one moment.

    Attributes
    ----------
    args : mapping or None
        The arguments of an action, normalised: ``to``, ``from``, ``body``, ``mediaUrl``; or the form of a text.
    request : mapping or None
        The HTTP request that is being answered, with the retired service's names: ``requestHeaders`` …
    user : mapping or None
        The authenticated user; None where there is none, and then ``%%user.id`` is missing.
    environment : mapping
        ``tag`` and ``values``.
    values : mapping
        The values by name; asked for the ones that an expression names, so it may look them up.
    functions : mapping
        The Python functions that ``%function`` may call, by name.
    """

    args: Mapping[str, Any] | None = None
    request: Mapping[str, Any] | None = None
    user: Mapping[str, Any] | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def root(self, name: str) -> Any:
        """Return what a name of `ROOTS` means, None for nothing."""
        meant = (self.args, self.values, self.environment, self.request, self.user)
        return dict(zip(ROOTS, meant, strict=True)).get(name)

    @property
    def subject(self) -> dict[str, Any]:
        """What a Python function is given that stands for an expression: the arguments, else the request."""
        return dict(self.args if self.args is not None else self.request or {})


class Operand(Protocol):
    """A value in an expression."""

    def value(self, scope: Scope) -> Any:
        """Return the value, or `Missing`."""

    def shown(self, scope: Scope, beside: "Operand") -> str:
        """Return words for it that may be shown, next to the operand that it is compared with."""


@dataclass(frozen=True)
class Literal:
    """A value as it stands in the expression."""

    content: Any

    def value(self, scope: Scope) -> Any:
        """Return the value."""
        return self.content

    def shown(self, scope: Scope, beside: Operand) -> str:
        """Return the value where it stands beside an address, or is a truth; else whose it is, and its kind."""
        path = beside.path if isinstance(beside, Expansion) else ()
        shown = words(self.content, path)
        return f"the condition's own {shown[2:]}" if shown.startswith("a ") else shown


@dataclass(frozen=True)
class Expansion:
    """A value that is looked up: ``%%args.to``, ``%%values.ourNumber``."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return masked_in("%%" + ".".join(self.path))

    def value(self, scope: Scope) -> Any:
        """Follow the path through mappings, and through nothing else."""
        if self.path in (("true",), ("false",)):
            return self.path == ("true",)
        found = scope.root(self.path[0])
        for depth, name in enumerate(self.path[1:]):
            if not isinstance(found, Mapping):
                return Missing()
            if self.path[: depth + 1] == ("request", "requestHeaders"):  # names of headers have no case
                found = {key.lower(): value for key, value in found.items()}
                name = name.lower()
            try:
                found = found[name]
            except KeyError:
                return Missing()
            except Exception as error:
                return Missing(f"not to be had ({type(error).__name__})", absent=False)
        return Missing() if found is None and len(self.path) == 1 else plain(found)

    def shown(self, scope: Scope, beside: Operand) -> str:
        """Return the name, and of the value what may be shown."""
        if self.path in (("true",), ("false",)):
            return self.path[0]
        return f"{self}, {words(self.value(scope), self.path)}"


@dataclass(frozen=True)
class Several:
    """A list, or a document, in which something is looked up."""

    parts: tuple[Operand, ...]
    names: tuple[str, ...] | None = None  # of a document

    def value(self, scope: Scope) -> Any:
        """Return a list, or a dict."""
        values = [part.value(scope) for part in self.parts]
        return values if self.names is None else dict(zip(self.names, values, strict=True))

    def shown(self, scope: Scope, beside: Operand) -> str:
        """Return the first of the items."""
        if self.names is not None:
            return words(self.value(scope), ())
        listed = ", ".join(part.shown(scope, beside) for part in self.parts[:_SHOWN])
        more = len(self.parts) - _SHOWN
        return f"{listed} and {more:,} more" if more > 0 else listed or "nothing"


@dataclass(frozen=True)
class Converted:
    """A value of another kind: ``{"%stringToOid": "%%args.body"}``."""

    operator: str
    operand: Operand

    def value(self, scope: Scope) -> Any:
        """Return the converted value."""
        given = self.operand.value(scope)
        return given if isinstance(given, Missing) else CONVERTERS[self.operator](given)

    def shown(self, scope: Scope, beside: Operand) -> str:
        """Return the operator, and the operand's words."""
        return f"%{self.operator} of {self.operand.shown(scope, beside)}"


@dataclass(frozen=True)
class Computed:
    """What a Python function returns: ``{"%function": {"name": …, "arguments": […]}}``."""

    name: str
    arguments: tuple[Operand, ...]

    def __str__(self) -> str:
        return masked_in(f"%function {self.name[:64]!r}")

    def value(self, scope: Scope) -> Any:
        """Call the function, if there is one and nothing that it is given is missing."""
        values = [argument.value(scope) for argument in self.arguments]
        if lacks(values):
            return Missing("not called, as an argument is missing", absent=False)
        try:
            function = scope.functions[self.name]
        except KeyError:
            return Missing("not defined in this kernel", absent=False)
        return called(function, *values)

    def shown(self, scope: Scope, beside: Operand) -> str:
        """Return the function's name; what it returns may be a secret."""
        return f"what {self} returns"


def called(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a Python function of the notebook's; an error of its own is `Missing`, and so is a coroutine."""
    try:
        result = function(*arguments)
    except Exception as error:
        return Missing(f"an error ({type(error).__name__})", absent=False)
    if hasattr(result, "__await__"):
        if hasattr(result, "close"):
            result.close()
        return Missing("an async function, which a condition cannot wait for", absent=False)
    if type(result).__module__ == "numpy" and type(result).__name__ in ("bool", "bool_"):
        return bool(result)  # as comparisons of a DataFrame return it
    return plain(result)


def plain(value: Any) -> Any:
    """Return a copy of lists and mappings, down to what is neither, so that nobody changes the original."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def words(value: Any, path: tuple[str, ...]) -> str:
    """Return words for a value: itself if it is a truth, four digits of an address, else its kind.

    Parameters
    ----------
    value : object
        Any, also `Missing`.
    path : tuple of str
        Where it comes from, as an `Expansion` has it.
    """
    if isinstance(value, Missing):
        return value.why
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return masked(value) if path in _ADDRESSES else "a text"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    for kind, name in (((int, float, Decimal128), "a number"), (Mapping, "a document")):
        if isinstance(value, kind):
            return name
    return (
        f"a {type(value).__name__}"
        if isinstance(value, PLAIN)
        else f"of Python's type {type(value).__name__}"
    )
