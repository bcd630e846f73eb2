"""Values and environments in an export, and the templates that environments fill in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from twilio_nb.domain.configuration import values as files
from twilio_nb.domain.paths import check_secret_name
from twilio_nb.domain.values import ENVIRONMENTS, ValueDefinition, check_environment, check_value_name
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.decisions import Kind
from twilio_nb.moving.tokens import Tokens
from twilio_nb.moving.tree import Tree

_TEMPLATE = re.compile(r"%\(\s*%%environment\.values\.([^)\s]+)\s*\)")
_SETTINGS = ("realm_config.json", "root_config.json", "config.json", "stitch.json")


def settings(tree: Tree) -> Mapping[str, Any]:
    """Return what the file at the root of an export says of the app."""
    for name in _SETTINGS:
        found = tree.documents.get(name)
        if isinstance(found, dict):
            return found
    return {}


def environments(tree: Tree, tokens: Tokens, chosen: str | None) -> tuple[list[ValueDefinition], str]:
    """Read the values of environments, and fill in what refers to them.

    Parameters
    ----------
    tree : Tree
        The export; its documents are filled in.
    tokens : Tokens
        What must not be copied.
    chosen : str or None
        The environment; None for the one that the app names.

    Returns
    -------
    tuple
        The values, and the environment that was filled in.

    Raises
    ------
    ConfigurationError
        If there is no environment of the name that was chosen.
    """
    named = settings(tree).get("environment", "")
    if chosen is not None:
        tag = check_environment(chosen)
    elif isinstance(named, str) and named in ENVIRONMENTS:
        tag = named
    else:
        tag = ""
        known = ", ".join(filter(None, ENVIRONMENTS))
        said = f"The app names an environment that there is none of, so it has none here; there are {known}."
        tree.decisions.say(Kind.LOOK, "environments", said)
    found: list[ValueDefinition] = []
    for name, document in tree.files("environments").items():
        path = f"environments/{name}.json"
        try:
            read = files.environment_from_config(name, document if isinstance(document, dict) else {})
        except ConfigurationError as error:
            tree.decisions.say(Kind.DAMAGED, path, str(error))
            continue
        found += [one for value in read for one in _usable(value, path, tree, tokens)]
    filled = {one.name: one.value for one in found if one.environment == tag and isinstance(one.value, str)}
    missing: set[str] = set()
    for path in list(tree.documents):
        if not path.startswith("environments/"):
            tree.documents[path] = _filled(tree.documents[path], filled, missing)
    for name in sorted(missing):
        said = (
            f"The environment {tag!r} has no text {name!r}, which the app's files ask for; it is as it was there. "
            "Choose another environment with --environment, or fill it in by hand."
        )
        tree.decisions.say(Kind.LOOK, "environments", said)
    return found, tag


def values(tree: Tree, tokens: Tokens) -> list[ValueDefinition]:
    """Read the values of an export; one that holds a secret in clear becomes one from a secret."""
    found: list[ValueDefinition] = []
    for name, document in tree.files("values").items():
        path = f"values/{name}.json"
        if not isinstance(document, dict):
            tree.decisions.say(
                Kind.DAMAGED, path, "It is no value, which stands in braces; nothing of it was taken."
            )
            continue
        try:
            read = files.from_config({"name": name, **document})
        except ConfigurationError as error:
            tree.decisions.say(Kind.DAMAGED, path, str(error))
            continue
        found += _usable(read, path, tree, tokens)
    return found


def _usable(value: ValueDefinition, path: str, tree: Tree, tokens: Tokens) -> Iterator[ValueDefinition]:
    """Yield a value as it can be made here, if it can."""
    say = tree.decisions.say
    if not value.from_secret and tokens.holds(value.value):
        if value.environment is not None:
            said = f"The value {value.name!r} holds what looks like a secret, so it was not copied; set it by hand."
            say(Kind.NEEDED, path, said)
            return
        value = replace(value, value=value.name, from_secret=True)
        said = (
            f"The value {value.name!r} holds what looks like a secret, so it was not copied: keep it with "
            f"twilio_nb.secrets.set({value.name!r}); the value is taken from there."
        )
        say(Kind.NEEDED, path, said)
    try:
        check_value_name(value.name)
        if value.from_secret:
            check_secret_name(value.value)
        value.checked()
    except ConfigurationError as error:
        say(Kind.LEFT_OUT, path, f"The value was not taken. {error}")
        return
    if isinstance(value.value, int) and 10**9 < value.value < 10**15:
        said = (
            f"The value {value.name!r} is a number. One to text from or to is a text here and begins with '+': write "
            "it so in the cell of the values if it is one."
        )
        say(Kind.LOOK, path, said)
    what = f"the secret {value.value!r}" if value.from_secret else "the file"
    say(Kind.TAKEN, path, f"The value {value.name!r}, from {what}.")
    yield value


def _filled(part: Any, filled: Mapping[str, str], missing: set[str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(one, filled, missing) for key, one in part.items()}
    if isinstance(part, list):
        return [_filled(one, filled, missing) for one in part]
    if not isinstance(part, str) or "%(" not in part:
        return part
    missing |= {name for name in _TEMPLATE.findall(part) if name not in filled}
    return _TEMPLATE.sub(lambda found: filled.get(found[1], found[0]), part)
