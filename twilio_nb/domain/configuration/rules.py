"""``services/<service>/rules/<name>.json``: a rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from twilio_nb.domain.configuration import conditions, files
from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.domain.extended import extended


@dataclass(frozen=True)
class RuleConfiguration:
    """What a rule's file says.

    Attributes
    ----------
    name : str
        The rule's name, as it can be used here.
    actions : tuple of str
        What it allows; None where the file has no such key, which allows nothing either.
    when : object
        The condition, in the expression language; None where the file has none, so that it always holds.
    notes : tuple of str
        Sentences on what was changed, and on what it may not be meant to say.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/reference/config/v20210101/services/

    Examples
    --------
    >>> RuleConfiguration.from_config({"name": "staff", "actions": ["send"]}).definition("hotline").key
    'hotline/staff'
    """

    name: str
    actions: tuple[str, ...] | None = ("send",)
    when: Any = None
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_config(cls, document: Mapping[str, Any]) -> Self:
        """Read a rule.

        Parameters
        ----------
        document : mapping
            The file's content. Operators may begin with ``%`` or ``$``; they stay as they are.

        Returns
        -------
        RuleConfiguration
            What it says.

        Raises
        ------
        ConfigurationError
            If it has no name, or its condition is neither a truth nor an object, so that nobody knows what it allows.
        """
        name, notes = files.named(document, "rule")
        given = document.get("actions")
        actions = tuple(one for one in given if isinstance(one, str)) if isinstance(given, list) else None
        when = conditions.read(document, "when", f"the rule {name!r}")
        if not actions:
            notes.append("It names no action, so it allows nothing.")
        elif when in (None, True, {}):
            notes.append(f"It has no condition, so it allows every {actions[0]}.")
        notes += files.unknown(document, ("name", "actions", "when"))
        return cls(name, actions, when, tuple(notes))

    @classmethod
    def of(cls, definition: RuleDefinition) -> Self:
        """Return what the file of a rule says.

        Raises
        ------
        ConfigurationError
            If its condition is, or holds, a Python function, without which it would allow more.
        """
        when = conditions.written(definition.when, f"the rule {definition.name!r}")
        return cls(definition.name, definition.actions, when)

    def definition(self, service: str) -> RuleDefinition:
        """Return the rule of a service."""
        return RuleDefinition(service, self.name, self.actions or (), self.when)

    def to_config(self) -> dict[str, Any]:
        """Return the file's content, with the keys that were in the file that it was read from."""
        actions = {} if self.actions is None else {"actions": list(self.actions)}
        when = {} if self.when is None else {"when": extended(self.when)}
        return {"name": self.name, **actions, **when}
