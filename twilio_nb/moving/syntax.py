"""Syntax trees of JavaScript.

tree-sitter takes any text, also half a function. It comes with the extra ``moving``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

FUNCTIONS = ("function_expression", "arrow_function", "function_declaration", "generator_function")
TRANSPARENT = ("parenthesized_expression", "await_expression")


def parser() -> Parser | None:
    """Return what parses JavaScript; None where it is not installed."""
    try:
        import tree_sitter
        import tree_sitter_javascript
    except ImportError:
        return None
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))


class Syntax:
    """All nodes of a source, and what each stands in: tree-sitter looks for that from the root, again and again.

    Parameters
    ----------
    root : Node
        The whole source.

    Attributes
    ----------
    nodes : list of Node
        In the order of the source, each before what is in it.
    """

    def __init__(self, root: Node) -> None:
        self.nodes: list[Node] = []
        self._around: dict[int, Node] = {}
        waiting = [root]
        while waiting:
            self.nodes.append(node := waiting.pop())
            children = node.children
            self._around.update((one.id, node) for one in children)
            waiting.extend(reversed(children))

    def around(self, node: Node) -> Node | None:
        """Return what a node stands in; None for the whole source."""
        return self._around.get(node.id)


def text(node: Node, longest: int | None = None) -> str:
    """Return what stands there; nothing if that is longer than so many bytes."""
    if longest is not None and node.end_byte - node.start_byte > longest:
        return ""
    return (node.text or b"").decode("utf-8", "replace")


def argument(node: Node) -> Node | None:
    """Return the first argument of a call."""
    arguments = node.child_by_field_name("arguments")
    named = (
        [one for one in arguments.named_children if one.type != "comment"] if arguments is not None else []
    )
    return named[0] if named else None


def called(function: Node | None) -> str:
    """Return the last name of what is called; empty where it has none."""
    if function is None:
        return ""
    name = function.child_by_field_name("property") if function.type == "member_expression" else function
    return text(name) if name is not None and name.type in ("identifier", "property_identifier") else ""


def parameter(node: Node) -> str:
    """Return the name of a parameter, with a star before one that takes the rest; empty for one that is taken apart."""
    if node.type == "assignment_pattern":
        left = node.child_by_field_name("left")
        return parameter(left) if left is not None else ""
    if node.type == "rest_pattern" and node.named_children:
        return f"*{parameter(node.named_children[0])}"
    return text(node) if node.type == "identifier" else ""
