"""Expressions of the retired service's language, parsed and evaluated.

``{"to": {"$in": "%%values.staff"}}`` holds for a send whose recipient is in the list. An expression is data: it
reaches no name and no attribute of Python's, only what a `Scope` holds. It fails closed: what is not
understood, missing, or of another kind than expected makes the whole expression not hold, and no ``%not`` turns
that round. Where an expression is accepted, so is a Python function; it gets what is judged as a dict, and
must return True.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from twilio_nb.domain.addresses import masked_in
from twilio_nb.domain.conditions import Clause, Condition, Verdict
from twilio_nb.domain.grammar import Grammar
from twilio_nb.domain.operands import ROOTS, Scope
from twilio_nb.domain.placeholders import function_in_place, told_name
from twilio_nb.errors import ConfigurationError

_SHOWN = 3  # items of a list
_UNSHOWN = tuple(f"%%{root}." for root in ROOTS if root != "args")


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
        return Verdict(None, (Clause("the condition", f"not understood. {error}"),))
    except Exception as error:
        return Verdict(None, (Clause("the condition", f"not to be evaluated ({type(error).__name__})"),))


def written(when: Any) -> str:
    """Return an expression as JSON that may be shown.

    Parameters
    ----------
    when : object
        The expression; a Python function in it is written as its name.

    Returns
    -------
    str
        Long lists are cut, numbers end in their last four digits, and what is compared with a part of a
        request, a user or a value, which may be a secret, is left out.

    Examples
    --------
    >>> written({"to": {"$in": ["+15558675309"]}})
    '{"to": {"$in": ["…5309"]}}'
    """
    shown = _shown(when)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, default=str)


def _shown(part: Any, below: str = "") -> Any:
    if callable(part):
        return told_name(part)
    if name := function_in_place(part):
        return name
    if isinstance(part, Mapping):
        return {
            masked_in(str(key)): _shown(value, key if str(key).startswith("%%") else below)
            for key, value in part.items()
        }
    if isinstance(part, list | tuple):
        cut = [f"… {len(part) - _SHOWN:,} more"] if len(part) > _SHOWN else []
        return [_shown(one, below) for one in part[:_SHOWN]] + cut
    if not isinstance(part, str) or part.startswith("%%"):
        return part
    return "…" if below.startswith(_UNSHOWN) else masked_in(part)
