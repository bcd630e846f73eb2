"""Where expressions of JavaScript come from: what a chain of calls, or a variable, leads back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio_nb.moving.syntax import FUNCTIONS, TRANSPARENT, argument, parameter, text, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 40


class Origins:
    """The names of one source, and what they stand for; a name that is given twice stands for the first.

    Parameters
    ----------
    root : Node
        The whole source.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        self._names: dict[str, tuple[Node, str | None]] = {}  # a variable's value, and which part of it

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
        for one in walk(self._root) if node is None else ():
            if one.type == "assignment_expression":
                left, right = one.child_by_field_name("left"), one.child_by_field_name("right")
                if left is not None and right is not None and text(left) == "module.exports":
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

    def of(self, node: Node | None, depth: int = 0) -> tuple[str, ...]:
        """Return where an expression comes from, as a path from ``context``; empty if nobody knows."""
        if node is None or depth > _DEEPEST:
            return ()
        if node.type in TRANSPARENT:
            return self.of(node.named_children[0], depth + 1) if node.named_children else ()
        if node.type == "identifier":
            name = text(node)
            if name == "context":
                return ("context",)
            if name not in self._names:
                return ()
            value, part = self._names[name]
            origin = self.of(value, depth + 1)
            return (*origin, part) if origin and part else origin
        if node.type in ("member_expression", "subscript_expression"):
            base = self.of(node.child_by_field_name("object"), depth + 1)
            key = node.child_by_field_name("property")
            name = text(key) if key is not None else self.string(node.child_by_field_name("index")) or "?"
            return (*base, name) if base else ()
        if node.type == "call_expression":
            made_by = self.of(node.child_by_field_name("function"), depth + 1)
            return self._result(made_by, node) if made_by else ()
        return ()

    def _result(self, made_by: tuple[str, ...], node: Node) -> tuple[str, ...]:
        first = self.string(argument(node)) or "?"
        if made_by == ("context", "services", "get"):
            return ("service", first)
        if made_by[0] == "service" and len(made_by) == 3 and made_by[2] in ("db", "database"):
            return ("database", made_by[1], first)
        if made_by[0] == "database" and len(made_by) == 4 and made_by[3] == "collection":
            return ("collection", f"{made_by[2]}.{first}", made_by[1])
        return ()

    def string(self, node: Node | None, depth: int = 0) -> str | None:
        """Return a text that is written there, or in the variable that stands there; None for any other."""
        if node is None or depth > _DEEPEST:
            return None
        if node.type == "string" or (
            node.type == "template_string"
            and all(one.type == "string_fragment" for one in node.named_children)
        ):
            return text(node)[1:-1]
        if node.type == "identifier" and text(node) in self._names:
            return self.string(self._names[text(node)][0], depth + 1)
        return None
