"""What a JavaScript function touches, read from its syntax tree; nothing is run.

Without the extra ``moving``, which brings the parser, nothing is scanned.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twilio_nb.moving.origins import Origins
from twilio_nb.moving.syntax import Syntax, argument, called, parser, text

if TYPE_CHECKING:
    from tree_sitter import Node

#: Methods of a collection that begin to work when they are called.
WORKING = frozenset(
    {
        *(
            "insertOne",
            "insertMany",
            "findOne",
            "updateOne",
            "updateMany",
            "deleteOne",
            "deleteMany",
            "bulkWrite",
        ),
        *("findOneAndUpdate", "findOneAndReplace", "findOneAndDelete", "count", "distinct"),
    }
)
#: Those that give a cursor.
CURSORS = frozenset({"find", "aggregate"})
RESPONSE = frozenset({"setBody", "setStatusCode", "setHeader", "addHeader"})
_HTTP = frozenset({"get", "post", "put", "patch", "delete", "head"})
LONGEST = (
    200_000  # characters of a source that is looked through: what the largest functions had, many times over
)
_CALLS = ("call_expression", "new_expression")
_CHAIN = ("member_expression", "call_expression", "parenthesized_expression")
_ERRORS = frozenset({"error", "err", "e", "ex", "exception"})
UNAWAITED = "the document of findOne is not awaited, so what it is compared with was never equal"


@dataclass
class Scan:
    """What a function touches.

    Attributes
    ----------
    parameters : tuple of str or None
        Names of its arguments; None if no function was found.
    services, values, functions, environment : list of str
        Names that it asks ``context`` for.
    collections : dict
        Namespace such as ``"demo.texts"``, ``?`` for what is not written there, to the methods called on it.
    sources : list of str
        What it calls the data sources.
    response, http, modules, globals : list of str
        Methods of ``response`` and ``context.http``, modules it requires, global names such as ``EJSON``.
    sends : int
        How many calls there are of a Twilio service's ``send``.
    notes : list of (int, str)
        Lines, and what stands out there.
    """

    parameters: tuple[str, ...] | None = None
    services: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)
    collections: dict[str, list[str]] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    response: list[str] = field(default_factory=list)
    http: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    globals: list[str] = field(default_factory=list)
    sends: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list)


def scan(source: str) -> Scan | None:
    """Read what a function touches.

    Parameters
    ----------
    source : str
        JavaScript, whole or damaged.

    Returns
    -------
    Scan or None
        None where the extra ``moving`` is not installed.

    Examples
    --------
    >>> scan("exports = function (message) { return context.values.get('number') }").values
    ['number']
    """
    parsing = parser()
    if parsing is None:
        return None
    if len(source) > LONGEST:
        return Scan(
            notes=[(1, f"it is longer than {LONGEST:,} characters, so what it touches was not looked at")]
        )
    return _Scanner(Syntax(parsing.parse(source.encode("utf-8", "replace")).root_node)).scan()


class _Scanner:
    """Looks at each node once or twice, whatever it stands in: of a hostile source that may be very deep."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._found = Scan()
        self._origins = Origins(syntax)
        self._awaited: set[str] = set()
        self._errors: list[int] = []  # where variables stand that hold an error, the first first
        self._chains: dict[int, tuple[Node | None, bool]] = {}  # what it stands in; whether then() follows
        self._added: set[tuple[int, str]] = set()
        self._noted: set[tuple[int, str]] = set()

    def scan(self) -> Scan:
        for node in self._syntax.nodes:
            self._origins.note(node)
            if node.type == "identifier":
                self._note_variable(node)
            elif node.type in _CHAIN or node.type in _CALLS:
                self._note_chain(node)
        self._found.parameters = self._origins.parameters()
        for node in self._syntax.nodes:
            if node.type in _CALLS:
                self._call(node)
            elif node.type == "member_expression":
                self._member(node)
            elif node.type == "identifier" and text(node) in ("EJSON", "BSON", "utils"):
                self._add(self._found.globals, text(node))
        broken = next((node for node in self._syntax.nodes if node.is_error or node.is_missing), None)
        if broken is not None:
            self._note(broken, "it is no JavaScript from here on, so what follows may be missing")
        return self._found

    def _call(self, node: Node) -> None:
        function = node.child_by_field_name("function")
        path = self._origins.of(function)
        first = self._origins.string(argument(node))
        name = called(function)
        if name == "require" and function is not None and function.type == "identifier":
            self._add(self._found.modules, first or "?")
        elif name in RESPONSE and not path:
            self._response(node, name)
        elif path[:2] == ("context", "services") and path[2:] == ("get",):
            self._asked(node, self._found.services, first, "service")
        elif path[:2] == ("context", "values") and path[2:] == ("get",):
            self._asked(node, self._found.values, first, "value")
        elif path[:2] == ("context", "functions") and path[2:] == ("execute",):
            self._asked(node, self._found.functions, first, "function")
            self._look_awaited(node, "context.functions.execute")
        elif path[:2] == ("context", "http") and len(path) == 3:
            self._add(self._found.http, path[2] if path[2] in _HTTP else "?")
        elif path[:1] == ("collection",) and len(path) == 4:
            self._used(node, path[1], path[2], path[3])
        elif path[:1] == ("service",) and path[2:] == ("send",):
            self._found.sends += 1
            self._look_awaited(node, "send")
        elif name in WORKING and not path:
            self._note(node, f"{name} is called on a collection that is not named there")

    def _used(self, node: Node, namespace: str, source: str, method: str) -> None:
        if method not in WORKING and method not in CURSORS:
            return
        self._add(self._found.sources, source)
        self._add(self._found.collections.setdefault(namespace, []), method)
        if method in WORKING:
            self._look_awaited(node, method)

    def _response(self, node: Node, name: str) -> None:
        self._add(self._found.response, name)
        given = argument(node)
        if name == "setBody" and given is not None:
            first = bisect_left(self._errors, given.start_byte)
            if first < len(self._errors) and self._errors[first] < given.end_byte:
                said = (
                    "it texts an error's own words, which may hold numbers and names of fields; text "
                    "a sentence instead"
                )
                self._note(node, said)
        if (
            name == "setStatusCode"
            and given is not None
            and given.type == "number"
            and text(given)[:1] in "345"
        ):
            self._note(node, f"with the status {text(given)} Twilio texts nothing back, whatever the body is")

    def _asked(self, node: Node, names: list[str], name: str | None, what: str) -> None:
        if name is None:
            self._note(node, f"which {what} it asks for is only known when it runs")
        else:
            self._add(names, name)

    def _member(self, node: Node) -> None:
        path = self._origins.of(node)
        if path[:3] == ("context", "environment", "values") and len(path) == 4:
            self._add(self._found.environment, path[3])
        elif path[:2] == ("context", "user") and len(path) == 2:
            self._note(node, "it asks for context.user, which is always the system here")

    def _look_awaited(self, node: Node, name: str) -> None:
        """Note a call that nobody waits for: it was done all the same there."""
        above, followed = self._chains[node.id]
        if above is None or above.type == "expression_statement":
            said = (
                f"nobody waits for {name}, which was done all the same there; in Python a call is "
                f"done when it returns"
            )
            self._note(node, said)
        elif name == "findOne" and not followed and self._compared(above):
            self._note(node, UNAWAITED)

    def _compared(self, above: Node) -> bool:
        if above.type != "variable_declarator":
            return above.type in ("binary_expression", "unary_expression", "if_statement")
        variable = above.child_by_field_name("name")
        return variable is not None and text(variable) not in self._awaited

    def _note_variable(self, node: Node) -> None:
        name = text(node)
        if name in _ERRORS:
            self._errors.append(node.start_byte)
        above = self._syntax.around(node)
        if above is not None and (
            above.type in ("await_expression", "return_statement", "array", "arguments")
            or (above.type == "member_expression" and called(above) in ("then", "catch"))
        ):
            self._awaited.add(name)

    def _note_chain(self, node: Node) -> None:
        """Note what a chain of calls as a whole stands in; whatever is around a node was noted before it."""
        above = self._syntax.around(node)
        if above is None or above.type not in _CHAIN:
            self._chains[node.id] = above, False
        else:
            whole, followed = self._chains[above.id]
            then = above.type == "member_expression" and called(above) == "then"
            self._chains[node.id] = whole, followed or then

    def _note(self, node: Node, sentence: str) -> None:
        note = (node.start_point[0] + 1, sentence)
        if note not in self._noted:
            self._noted.add(note)
            self._found.notes.append(note)

    def _add(self, names: list[str], name: str) -> None:
        if (id(names), name) not in self._added:
            self._added.add((id(names), name))
            names.append(name)
