"""Running a cell in the user's namespace, and keeping a magic's text from IPython's help syntax."""

import ast
import re
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError

# What can be told apart without running IPython: a question in a text, which is the one part that changes, and
# whatever else a question mark or a quote may stand in. The recipient and at least one more word make a text:
# `%twilio_send?` alone does ask for help.
_PARTS = re.compile(
    r"""
    ^(?P<before>[ \t]*(?:\w+[ \t]*=[ \t]*)?)%twilio_send[ \t]+(?P<line>\S+[ \t].*\?)[ \t]*$
    | ^[ \t]*(?:\w+[ \t]*=[ \t]*)?[%!?].*          # another magic, in which quotes are no Python's
    | \#.*
    | (?P<quotes>\"{3}|'{3})(?s:\\.|[^\\])*?(?:(?P=quotes)|\Z)
    | "(?:\\.|[^"\\\n])*"?
    | '(?:\\.|[^'\\\n])*'?
    """,
    re.MULTILINE | re.VERBOSE,
)


def last_function(shell: Any, cell: str) -> Callable[..., Any]:
    """Run a cell and return the last function it defines at its top level.

    Errors come out as from any cell, with tracebacks that point into it.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        Holds the user's namespace.
    cell : str
        The cell without the line of the magic.

    Raises
    ------
    UsageError
        Before anything runs, if the cell defines no function.
    """
    __tracebackhide__ = True  # IPython leaves this frame out of a traceback
    # An empty first line stands for the magic's, so that line numbers are those of the cell.
    source = "\n" + shell.transform_cell(cell)
    filename = shell.compile.cache(source, shell.displayhook.prompt_count, raw_code=source)
    tree = shell.compile.ast_parse(source, filename=filename)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if not names:
        message = (
            "%%twilio_webhook found no function in its cell; define one at the top level, such as: "
            "def reply(payload, response): ..."
        )
        raise UsageError(message)
    code = shell.compile(shell.transform_ast(tree), filename, "exec")
    exec(code, shell.user_global_ns, shell.user_ns)  # noqa: S102  # running cells is what a notebook is for
    function: Callable[..., Any] | None = shell.user_ns.get(names[-1])
    if not callable(function):
        message = f"{names[-1]!r} is no function any more at the end of the cell; keep it one."
        raise UsageError(message)
    return function


def keep_question_marks(lines: list[str]) -> list[str]:
    """Let ``%twilio_send +15558675309 How are you?`` be a text, not a request for help on ``you``.

    An input transformer: IPython takes a question mark at the end of a line for its help syntax before
    it looks for magics. Lines inside strings stay as they are.
    """
    if lines and lines[0].startswith("%%"):
        return lines
    return _PARTS.sub(_as_call, "".join(lines)).splitlines(keepends=True)


def _as_call(part: re.Match[str]) -> str:
    if part["line"] is None:
        return part[0]
    return f"{part['before']}get_ipython().run_line_magic('twilio_send', {part['line']!r})"
