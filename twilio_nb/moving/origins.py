"""Where expressions of JavaScript come from: what a chain of calls, or a variable, leads back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio_nb.moving.syntax import FUNCTIONS, TRANSPARENT, Syntax, argument, parameter, text

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 40
_LONGEST = 5  # parts of a path; with so many it means nothing any more


class Origins:
    """The names of one source, and what they stand for; a name that is given twice stands for the first.

    Parameters
    ----------
    syntax : Syntax
        The source.
    """

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._names: dict[str, tuple[Node, str | None]] = {}  # a variable's value, and which part of it
        self._paths: dict[int, tuple[str, ...]] = {}  # by node, and so are the texts
        self._strings: dict[int, str | None] = {}

    def note(self, node: Node) -> None:
        """Take note of a variable, or of a function with a name."""
        if node.type in ("variable_declarator", "assignment_expression"):
            left = node.child_by_field_name("name") or node.child_by_field_name("left")
            value = node.child_by_field_name("value") or node.child_by_field_name("right")
            if left is None or value is None:
                return
            if left.type == "identifier":
                self._names.setdefault(text(left), (value, None))
            elif left.type == "object_pattern":
                for one in left.named_children:
                    if one.type == "shorthand_property_identifier_pattern":
                        self._names.setdefault(text(one), (value, text(one)))
        elif node.type == "function_declaration" and (name := node.child_by_field_name("name")) is not None:
            self._names.setdefault(text(name), (node, None))

    def parameters(self) -> tuple[str, ...] | None:
        """Return the names of what is exported takes; None if that is no function."""
        exported = self._names.get("exports")
        node = exported[0] if exported else None
        for one in self._syntax.nodes if node is None else ():
            if one.type == "assignment_expression":
                left, right = one.child_by_field_name("left"), one.child_by_field_name("right")
                if left is not None and right is not None and text(left, 14) == "module.exports":
                    node = right
        for _ in range(_DEEPEST):
            if node is None or node.type in FUNCTIONS:
                break
            if node.type == "identifier" and text(node) in self._names:
                node = self._names[text(node)][0]
            elif node.type in TRANSPARENT and node.named_children:
                node = node.named_children[0]
            elif node.type == "assignment_expression":
                node = node.child_by_field_name("right")
            else:
                node = None
        if node is None or node.type not in FUNCTIONS:
            return None
        single = node.child_by_field_name("parameter")
        if single is not None:
            return (text(single),)
        listed = node.child_by_field_name("parameters")
        children = listed.named_children if listed is not None else []
        return tuple(map(parameter, (one for one in children if one.type != "comment")))

    def of(self, node: Node | None) -> tuple[str, ...]:
        """Return where an expression comes from, as a path from ``context``; empty if nobody knows.

        Of a path that is longer than any that means something, only the beginning is there.
        """
        leading: list[Node] = []  # each goes back to the one after it
        met: set[int] = set()
        while node is not None and node.id not in self._paths and node.id not in met:
            met.add(node.id)
            leading.append(node)
            node = self._basis(node)
        path = self._paths.get(node.id, ()) if node is not None else ()
        for one in reversed(leading):
            path = self._paths[one.id] = self._path(one, path)[:_LONGEST]
        return path

    def _basis(self, node: Node) -> Node | None:
        """Return the one expression that another goes back to."""
        if node.type in TRANSPARENT:
            return node.named_children[0] if node.named_children else None
        if node.type == "identifier":
            return self._names.get(text(node), (None, None))[0]
        if node.type in ("member_expression", "subscript_expression"):
            return node.child_by_field_name("object")
        return node.child_by_field_name("function") if node.type == "call_expression" else None

    def _path(self, node: Node, base: tuple[str, ...]) -> tuple[str, ...]:
        """Return the path of an expression, given that of what it goes back to."""
        if node.type == "identifier":
            name = text(node)
            if name == "context":
                return ("context",)
            part = self._names.get(name, (None, None))[1]
            return (*base, part) if base and part else base
        if not base or node.type in TRANSPARENT:
            return base
        if node.type == "call_expression":
            return self._result(base, node)
        key = node.child_by_field_name("property")
        name = text(key) if key is not None else self.string(node.child_by_field_name("index")) or "?"
        return (*base, name)

    def _result(self, made_by: tuple[str, ...], node: Node) -> tuple[str, ...]:
        first = self.string(argument(node)) or "?"
        if made_by == ("context", "services", "get"):
            return ("service", first)
        if made_by[0] == "service" and len(made_by) == 3 and made_by[2] in ("db", "database"):
            return ("database", made_by[1], first)
        if made_by[0] == "database" and len(made_by) == 4 and made_by[3] == "collection":
            return ("collection", f"{made_by[2]}.{first}", made_by[1])
        return ()

    def string(self, node: Node | None) -> str | None:
        """Return a text that is written there, or in the variable that stands there; None for any other."""
        leading: list[int] = []
        while node is not None and node.id not in self._strings:
            leading.append(node.id)
            self._strings[node.id] = _written(node)  # nothing, where a variable leads back to itself
            node = self._names.get(text(node), (None, None))[0] if node.type == "identifier" else node
        found = None if node is None else self._strings[node.id]
        self._strings.update(dict.fromkeys(leading, found))
        return found


def _written(node: Node) -> str | None:
    if node.type == "string" or (
        node.type == "template_string" and all(one.type == "string_fragment" for one in node.named_children)
    ):
        return text(node)[1:-1]
    return None
