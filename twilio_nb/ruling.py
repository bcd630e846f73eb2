"""The rules of a service as a person holds them: shown, added, removed, explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twilio_nb.domain.addresses import masked
from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.domain.expressions import parse, written
from twilio_nb.domain.markup import Markup, Shown
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.display import Finding, Findings, Note, Table
from twilio_nb.sending.document import arguments as arguments_of
from twilio_nb.sending.outbox import Outbox
from twilio_nb.sending.rules import ARGUMENTS, Weighed, told

Expression = bool | Mapping[str, Any] | Callable[[dict[str, Any]], bool]

_ALLOW_ALL = "service.rules.add('allow-send')"


class Rules(Shown):
    """What a service may send: the rules, of which one that holds is enough, and without any nothing is sent.

    They bind every send, of cells, magics, widgets and handlers; a webhook's own reply is no send. They guard
    against slips, and against a handler that a texter talks into texting strangers. What must hold against
    anybody belongs in Twilio's console: a restricted API key, geographic permissions, usage triggers.

    Parameters
    ----------
    service : str
        Name of the service.
    outbox : Outbox
        Its way out, which asks them.

    Examples
    --------
    >>> service.rules.add("staff", when={"to": {"$in": ["+15558675309", "+15558675310"]}})
    >>> service.rules.remove("allow-send")
    >>> service.rules.explain("+15558675311")
    """

    def __init__(self, service: str, outbox: Outbox) -> None:
        self._service = service
        self._outbox = outbox
        self._book = outbox.rulebook

    def add(
        self, name: str, actions: Sequence[str] | str = ("send",), when: Expression | None = None
    ) -> Note:
        """Add a rule, in place of the one that has its name; it binds at once.

        Parameters
        ----------
        name : str
            Its name: ASCII letters, digits, ``_`` and ``-``, 64 at most.
        actions : sequence of str
            What it allows. There is one action, ``send``.
        when : mapping, bool or callable, optional
            The condition, in the retired service's expression language: ``to``, ``from``, ``body`` and
            ``mediaUrl`` are those of the send. Or a Python function of the notebook's that is given them as a
            dict and returns True; it is not stored, so such a rule ends with this kernel. Without one the rule
            always allows.

        Returns
        -------
        Note
            What the rule now means, and which others still allow everything.

        Raises
        ------
        ConfigurationError
            If a name, an action or a part of the condition is not understood.
        InvalidAddress
            If the condition compares with a number that cannot be one.

        Examples
        --------
        >>> service.rules.add("office", when={"from": "+15558675310", "body": {"$ne": "STOP"}})
        >>> service.rules.add("known", when=lambda send: send["to"] in contacts)
        """
        if not isinstance(name, str) or callable(actions) or isinstance(actions, Mapping):
            message = (
                "A rule has a name, and its condition is called when: service.rules.add('staff', when=…)."
            )
            raise ConfigurationError(message)
        given = (actions,) if isinstance(actions, str) else tuple(actions)
        rule = RuleDefinition(self._service, name, given, {} if when is None else when)
        self._book.save(rule)
        sentences = [f"{name!r} {self._meaning(rule)}."]
        wide = [
            other.name
            for other in self
            if other.name != name and _always(other) and set(other.actions) & set(given)
        ]
        if wide and not _always(rule):
            one = "still allows" if len(wide) == 1 else "still allow"
            sentences.append(
                f"{', '.join(map(repr, wide))} {one} everything: service.rules.remove({wide[0]!r})"
                " lets the condition count."
            )
        return Note(*sentences)

    def remove(self, name: str) -> Note:
        """Remove a rule; what only it allowed is refused from then on.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Note
            What is left.

        Raises
        ------
        RuleNotFound
            If there is none of this name.
        """
        self._book.remove(name)
        left = ", ".join(rule.name for rule in self)
        return Note(
            f"{name!r} is removed; there remain: {left}."
            if left
            else f"{name!r} is removed. No rule is left, so nothing is sent; {_ALLOW_ALL} allows it again."
        )

    def explain(
        self,
        to: str | Mapping[str, Any],
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
    ) -> Findings:
        """Tell whether a send would be allowed, by which rule, and what stands in the way of the others.

        Nothing is sent. Functions in conditions are called.

        Parameters
        ----------
        to, body, from_, media_url
            As for :meth:`~twilio_nb.service.Service.send`, also as one document; the text may be left out where no
            rule asks for it.

        Returns
        -------
        Findings
            One for each rule. Numbers end in their last four digits; texts, and what comes from values,
            requests and users, are not shown.

        Raises
        ------
        InvalidAddress, ConfigurationError
            As the send would.
        """
        if isinstance(to, Mapping):
            return self.explain(**arguments_of(to, body=body, from_=from_, media_url=media_url))
        arguments = self._outbox.normalised(to, body, from_, media_url)
        weighed = self._outbox.weighed(arguments)
        allowed = any(one.verdict.holds for one in weighed)
        verdict = "is allowed" if allowed else "is refused"
        title = f"A text from {masked(arguments['from'])} to {masked(arguments['to'])} {verdict}."
        findings = [_finding(one) for one in weighed]
        told_of = {one.rule.name for one in weighed}
        findings += [
            Finding("warning", f"{rule.name!r} {self._meaning(rule)}.")
            for rule in self
            if rule.name not in told_of
        ]
        if not findings:
            findings = [Finding("problem", f"There is no rule. {_ALLOW_ALL} allows every text.")]
        return Findings(title, findings)

    def to_config(self) -> list[dict[str, Any]]:
        """Return the rules as the retired service kept them, each the content of ``rules/<name>.json``.

        Returns
        -------
        list of dict
            By name, always in the same order; ``configuration.files.write`` makes the file's text of each.

        Raises
        ------
        ConfigurationError
            If a condition is a Python function, for which a file has no place.
        """
        return [RuleConfiguration.of(rule).to_config() for rule in self]

    def __iter__(self) -> Iterator[RuleDefinition]:
        return iter(self._book.rules())

    def __len__(self) -> int:
        return len(self._book.rules())

    def __getitem__(self, name: str) -> RuleDefinition:
        return self._book.rule(name)

    def _table(self) -> Table:
        rows = [
            {
                "rule": rule.name,
                "actions": rule.actions,
                "when": written(rule.when),
                "meaning": self._meaning(rule),
            }
            for rule in self
        ]
        return Table(rows, empty=f"There is no rule, so nothing is sent. {_ALLOW_ALL} allows every text.")

    def _text(self) -> str:
        return self._table()._text()

    def _html(self) -> Markup:
        return self._table()._html()

    def _meaning(self, rule: RuleDefinition) -> str:
        if not rule.actions:
            return "covers nothing, as it names no action"
        if _always(rule):
            return "allows every text"
        try:
            parse(rule.when, ARGUMENTS)
        except ConfigurationError as error:
            return f"never allows anything. {error}".rstrip(".")
        if self._book.holds(rule.name):
            return "allows what its function returns True for; this kernel holds it, it is not stored"
        return "allows what its condition holds for"


def _always(rule: RuleDefinition) -> bool:
    return bool(rule.actions) and (rule.when is None or rule.when is True or rule.when == {})


def _finding(one: Weighed) -> Finding:
    decided = told(one.verdict.clauses)
    if one.verdict.holds:
        return Finding("ok", f"{one.rule.name!r} allows it: {decided or 'it has no condition'}.")
    return Finding("problem", f"{one.rule.name!r} does not allow it: {decided}.")
