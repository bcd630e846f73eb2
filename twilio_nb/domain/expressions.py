"""Expressions of the retired service's language, parsed and evaluated.

``{"to": {"$in": "%%values.staff"}}`` holds for a send whose recipient is in the list. An expression is data: it
reaches no name and no attribute of Python's, only what a `Scope` holds. It fails closed: what is not
understood, missing, or of another kind than expected makes the whole expression not hold, and no ``%not`` turns
that round. Where an expression is accepted, so is a Python function; it gets what is judged as a dict, and
must return True.
"""

from collections.abc import Sequence
from typing import Any

from twilio_nb.domain.conditions import Clause, Condition, Verdict
from twilio_nb.domain.grammar import Grammar
from twilio_nb.domain.operands import Scope
from twilio_nb.errors import ConfigurationError


def parse(expression: Any, arguments: Sequence[str] | None = None) -> Condition:
    """Read an expression.

    Parameters
    ----------
    expression : bool, mapping or callable
        The expression; ``%`` and ``$`` mean the same before an operator.
    arguments : sequence of str, optional
        Names that ``%%args`` has. Others are refused then, and their first letter may be of either case.

    Returns
    -------
    Condition
        To be judged in a `Scope`.

    Raises
    ------
    ConfigurationError
        If a part of it is not understood; the message names the part.

    Examples
    --------
    >>> parse({"to": {"%in": ["+15558675309"]}}).judge(Scope(args={"to": "+15558675309"})).holds
    True
    """
    return Grammar(arguments).read(expression)


def evaluate(expression: Any, scope: Scope, arguments: Sequence[str] | None = None) -> Verdict:
    """Tell whether an expression holds. It never raises: what cannot be read or evaluated does not hold.

    Parameters
    ----------
    expression : object
        Anything.
    scope : Scope
        What its expansions mean.
    arguments : sequence of str, optional
        As for `parse`.

    Returns
    -------
    Verdict
        Whether it holds, and which comparisons decided; nothing in them is a secret or a text.
    """
    try:
        return parse(expression, arguments).judge(scope)
    except ConfigurationError as error:
        return Verdict(None, (Clause("the condition", "not understood", f"one that is. {error}"),))
    except Exception as error:
        found = f"not to be evaluated ({type(error).__name__})"
        return Verdict(None, (Clause("the condition", found, "one that can be"),))
