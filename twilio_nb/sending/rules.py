"""Service rules: which actions a service may take.

A guard against slips, and against a handler that its input talks into texting strangers; limits that
must hold against anybody belong in Twilio's own console.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.errors import RuleDenied


def check(service: str, rules: Sequence[RuleDefinition], action: str, arguments: Mapping[str, Any]) -> None:
    """Let an action pass if one rule allows it.

    Without a rule that names the action it is refused. One rule that holds is enough. A rule without a
    condition (``when`` absent, empty or true) always holds; a condition is not evaluated by this
    release, so a rule that has one never holds.

    Parameters
    ----------
    service : str
        Name of the service.
    rules : sequence of RuleDefinition
        All its rules.
    action : str
        Such as ``"send"``.
    arguments : mapping
        The action's arguments, normalised: ``to``, ``from``, ``body``, ``mediaUrl``.

    Raises
    ------
    RuleDenied
        With the rule that is missing and how to add it.
    """
    named = [rule for rule in rules if action in rule.actions]
    if any(_unconditional(rule.when) for rule in named):
        return
    missing = RuleDefinition(service, f"allow-{action}", (action,))
    remedy = f"add to the collection 'rules' of the service's database: {json.dumps(missing.to_document())}"
    if named:
        names = ", ".join(repr(rule.name) for rule in named)
        message = (
            f"No rule allows {action!r}: {names} would under a condition, and this release cannot evaluate "
            f"conditions, so it is refused. To allow it always, {remedy}"
        )
    else:
        message = f"No rule of {service!r} allows {action!r}, so it is refused. To allow it, {remedy}"
    raise RuleDenied(message)


def _unconditional(when: Any) -> bool:
    return when is None or when is True or when == {}
