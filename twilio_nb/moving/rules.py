"""Rules in an export."""

from collections.abc import Iterator
from dataclasses import replace

from twilio_nb.domain.addresses import masked_in
from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.expressions import written
from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.moving.app import Rule
from twilio_nb.moving.decisions import Kind, as_it_came
from twilio_nb.moving.names import another
from twilio_nb.moving.tokens import Tokens
from twilio_nb.moving.tree import Tree
from twilio_nb.sending.rules import ACTIONS, check_rule


def rules(tree: Tree, tokens: Tokens, place: str) -> Iterator[Rule]:
    """Yield the rules of a service.

    Parameters
    ----------
    tree : Tree
        The export.
    tokens : Tokens
        What must not be copied.
    place : str
        Where the service stands.
    """
    say = tree.decisions.say
    used: set[str] = set()
    for name, document in tree.files(*place.split("/"), "rules").items():
        path = f"{place}/rules/{name}.json"
        if not isinstance(document, dict):
            say(Kind.DAMAGED, path, "It is no rule, which stands in braces; nothing of it was taken.")
            continue
        try:
            read = RuleConfiguration.from_config({"name": name, **document})
        except ConfigurationError as error:
            say(Kind.DAMAGED, path, f"{as_it_came(error)} It allows nothing until it is mended.")
            continue
        if tokens.holds(read.when):
            said = "Its condition holds what looks like a secret, so it was not copied; add the rule by hand."
            say(Kind.LEFT_OUT, path, said)
            continue
        for note in read.notes:
            changed = note.startswith(("Its name", "Passed over"))
            say(Kind.CHANGED if changed else Kind.LOOK, path, note)
        if (name_here := another(read.name, used)) != read.name:
            read = replace(read, name=name_here)
            say(Kind.CHANGED, path, f"It is called {read.name!r} here, as another has its name.")
        used.add(read.name)
        if others := set(read.actions or ()) - set(ACTIONS):
            kept = tuple(one for one in read.actions or () if one in ACTIONS)
            read = replace(read, actions=kept)
            say(
                Kind.CHANGED,
                path,
                f"Only 'send' is an action here, not {', '.join(map(repr, sorted(others)))}.",
            )
        refused = _refused(read)
        if refused:
            say(Kind.LOOK, path, f"It never allowed anything, and is not added. {refused}")
        else:
            always = read.when in (None, True, {})
            say(
                Kind.TAKEN,
                path,
                f"The rule {read.name!r}, {'always' if always else f'when {written(read.when)}'}.",
            )
        yield Rule(read, path, refused)


def _refused(read: RuleConfiguration) -> str | None:
    """Return why a rule cannot be added here; None if it can."""
    try:
        check_rule(read.definition("service"))
    except TwilioNBError as error:
        return masked_in(str(error))
    return None
