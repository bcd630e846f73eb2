"""Service rules: which actions a service may take.

A guard against slips, and against a handler that its input talks into texting strangers; limits that
must hold against anybody belong in Twilio's own console.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.errors import RuleDenied


def check(rules: Sequence[RuleDefinition], action: str, arguments: Mapping[str, Any]) -> None:
    """Let an action pass if one rule allows it.

    Without a rule that names the action it is refused. One rule that holds is enough. A rule without a
    condition (``when`` absent, empty or true) always holds; a condition is not evaluated by this
    release, so a rule that has one never holds.

    Parameters
    ----------
    rules : sequence of RuleDefinition
        All rules of the service.
    action : str
        Such as ``"send"``.
    arguments : mapping
        The action's arguments, normalised: ``to``, ``from``, ``body``, ``media_url``.

    Raises
    ------
    RuleDenied
        With the rule that is missing and how to add it.
    """
    named = [rule for rule in rules if action in rule.actions]
    if any(_unconditional(rule.when) for rule in named):
        return
    wanted = f'{{"name": "allow-{action}", "actions": ["{action}"], "when": {{}}}}'
    if named:
        names = ", ".join(repr(rule.name) for rule in named)
        message = (
            f"No rule allows {action!r}: {names} would under a condition, and this release cannot evaluate "
            f"conditions, so it refuses. To allow it always, add the rule {wanted}."
        )
    else:
        message = f"No rule of the service allows {action!r}, so it is refused. Add the rule {wanted}."
    raise RuleDenied(message)


def _unconditional(when: Any) -> bool:
    return when is None or when is True or when == {}
