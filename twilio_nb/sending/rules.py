"""Service rules: which actions a service may take.

A guard against slips, and against a handler that its input talks into texting strangers; limits that
must hold against anybody belong in Twilio's own console.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twilio_nb.domain.addresses import correspondent
from twilio_nb.domain.conditions import Clause, Comparison, PythonFunction, Verdict
from twilio_nb.domain.definitions import RuleDefinition, ServiceDefinition
from twilio_nb.domain.expressions import evaluate, parse
from twilio_nb.domain.operands import Literal, Operand, Scope, Several
from twilio_nb.errors import ConfigurationError, RuleDenied, RuleNotFound
from twilio_nb.storage.database import Database
from twilio_nb.storage.rules import StoredRules

ARGUMENTS = ("to", "from", "body", "mediaUrl")
"""What a rule may ask of a send, by the retired service's names."""

ACTIONS = ("send",)
"""What a service can be asked to do."""

_TOLD = 2  # clauses in an error

_HELD: dict[tuple[str, str, str], dict[str, RuleDefinition]] = {}


@dataclass(frozen=True)
class Weighed:
    """A rule, and what it says about an action that it names."""

    rule: RuleDefinition
    verdict: Verdict


class Rulebook:
    """All rules of one service: those stored, and those with a Python function, which this kernel holds.

    A function cannot be stored. Such a rule ends with the kernel, and then allows nothing any more.

    Parameters
    ----------
    database : Database
        Where the others are.
    definition : ServiceDefinition
        The service.
    """

    def __init__(self, database: Database, definition: ServiceDefinition) -> None:
        self._database = database
        self._stored = StoredRules(database)
        self._service = definition.name
        # With the account: a sandbox that begins anew has a new one, and rules of its own.
        self._held = _HELD.setdefault((database.name, definition.name, definition.account_sid), {})

    def rules(self) -> list[RuleDefinition]:
        """List the rules by name, as they are at this moment."""
        self._database.check_open()  # the rules of a sandbox that ended are gone
        known = {rule.name: rule for rule in self._stored.of(self._service)} | self._held
        return [known[name] for name in sorted(known)]

    def holds(self, name: str) -> bool:
        """Tell whether a rule is one with a Python function, which this kernel holds."""
        return name in self._held

    def save(self, rule: RuleDefinition) -> None:
        """Put a rule in place of the one that has its name.

        Raises
        ------
        InvalidAddress
            If it compares a recipient or a sender with a number that cannot be one.
        ConfigurationError
            If it names an action that there is none of, its condition is not understood, or compares a recipient
            or a sender with what is not written as Twilio writes it, which nothing would ever equal.
        """
        self._database.check_open()
        if not check_rule(rule):
            self._stored.save(rule)
            self._held.pop(rule.name, None)
            return
        self._stored.remove(rule)
        self._held[rule.name] = rule

    def rule(self, name: str) -> RuleDefinition:
        """Return a rule.

        Raises
        ------
        RuleNotFound
            If there is none of this name; the message lists those there are.
        """
        rules = {rule.name: rule for rule in self.rules()}
        if name not in rules:
            message = f"{self._service!r} has no rule {name!r}; it has: {', '.join(rules) or 'none'}."
            raise RuleNotFound(message)
        return rules[name]

    def remove(self, name: str) -> None:
        """Take a rule away; raises as `rule` does."""
        self._stored.remove(self.rule(name))
        self._held.pop(name, None)


def weigh(
    rules: Sequence[RuleDefinition], action: str, arguments: Mapping[str, Any], scope: Scope
) -> list[Weighed]:
    """Return what each rule that names an action says about it.

    Parameters
    ----------
    rules : sequence of RuleDefinition
        All rules of a service.
    action : str
        Such as ``"send"``.
    arguments : mapping
        The action's arguments, normalised: ``to``, ``from``, ``body``, ``mediaUrl``.
    scope : Scope
        What the other expansions mean.

    Returns
    -------
    list of Weighed
        In the order of the rules. A rule without a condition holds, one whose condition cannot be read does not.
    """
    given = replace(scope, args={name: value for name, value in arguments.items() if value not in ("", [])})
    return [
        Weighed(rule, Verdict(True) if rule.when is None else evaluate(rule.when, given, ARGUMENTS))
        for rule in rules
        if action in rule.actions
    ]


def check(service: str, weighed: Sequence[Weighed]) -> None:
    """Let an action pass if one rule allows it.

    Parameters
    ----------
    service : str
        Name of the service.
    weighed : sequence of Weighed
        What its rules say; without any the action is refused.

    Raises
    ------
    RuleDenied
        With the rule that came closest, and what stood in its way.
    """
    if any(one.verdict.holds for one in weighed):
        return
    if not weighed:
        message = (
            f"No rule of {service!r} allows to send, so nothing is sent. Allow it with "
            "service.rules.add('allow-send'), or under a condition with service.rules.add('NAME', when=…)."
        )
        raise RuleDenied(message)
    # One of which something is missing, or that is not understood, comes behind those that were simply not met.
    closest = min(weighed, key=lambda one: (one.verdict.truth is None, len(one.verdict.clauses)))
    message = (
        f"No rule of {service!r} allows this text, so it is not sent. {closest.rule.name!r} comes closest: "
        f"{told(closest.verdict.clauses)}. service.rules.explain(to, body, from_) tells about each rule."
    )
    raise RuleDenied(message)


def told(clauses: Sequence[Clause]) -> str:
    """Return a sentence or two about what decided."""
    more = len(clauses) - _TOLD
    return "; and ".join(map(str, clauses[:_TOLD])).rstrip(".") + (f"; and {more} more" if more > 0 else "")


def check_rule(rule: RuleDefinition) -> bool:
    """Refuse a rule that cannot be meant; tell whether it holds a Python function.

    Parameters
    ----------
    rule : RuleDefinition
        The rule, before it is stored.

    Returns
    -------
    bool
        Whether its condition holds a Python function, which cannot be stored.

    Raises
    ------
    InvalidAddress, ConfigurationError
        As for :meth:`Rulebook.save`.
    """
    if unknown := [action for action in rule.actions if action not in ACTIONS]:
        message = f"{unknown[0]!r} is no action; there is: {', '.join(ACTIONS)}."
        raise ConfigurationError(message)
    leaves = list(parse(True if rule.when is None else rule.when, ARGUMENTS).leaves())
    for leaf in leaves:
        if not isinstance(leaf, Comparison) or str(leaf.left) not in ("%%args.to", "%%args.from"):
            continue
        for address in _texts(leaf.right):
            if (written := correspondent(address)) != address:
                message = f"A condition compares {leaf.left} with {address!r}; write it as {written!r}."
                raise ConfigurationError(message)
    return any(isinstance(leaf, PythonFunction) for leaf in leaves)


def _texts(operand: Operand) -> list[str]:
    if isinstance(operand, Several):
        return [text for part in operand.parts for text in _texts(part)]
    return [operand.content] if isinstance(operand, Literal) and isinstance(operand.content, str) else []
