"""Webhooks in an export, in each of the four places where the layouts and the manual put them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from twilio_nb.domain.addresses import masked_in
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.expressions import parse
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.app import Webhook
from twilio_nb.moving.decisions import Kind, as_it_came
from twilio_nb.moving.names import another, in_a_magic
from twilio_nb.moving.tokens import Tokens
from twilio_nb.moving.tree import Tree

_HOOKS = "incoming_webhooks"
_FIELDS = ("From", "To", "Body")  # what a condition may ask of a text, besides the request


def webhooks(tree: Tree, tokens: Tokens, place: str, folder: str, name: str) -> Iterator[Webhook]:
    """Yield the webhooks of a service.

    Parameters
    ----------
    tree : Tree
        The export.
    tokens : Tokens
        What must not be copied.
    place, folder, name : str
        Where the service stands, its folder's name, and its own.
    """
    say = tree.decisions.say
    used: set[str] = {INBOX}
    for where, otherwise in _folders(tree, place, folder, name):
        path = f"{where}/config.json"
        document = tree.documents.get(path)
        source = tree.sources.get(f"{where}/source.js")
        if document is None and source is None:
            continue
        given = dict(document) if isinstance(document, dict) else {}
        was = given.get("name")
        if not isinstance(was, str) or not was.strip():
            was = given["name"] = otherwise
            say(Kind.CHANGED, where, f"It has no name in a config.json; it is called {otherwise!r}.")
        options = given.get("options")
        if isinstance(options, dict):
            tokens.add(options.get("secret"))
        try:
            read = WebhookConfiguration.from_config(given)
        except ConfigurationError as error:
            say(Kind.DAMAGED, path, as_it_came(error))
            continue
        if refused := _refused(read.can_evaluate):
            read = replace(read, can_evaluate=False)
            said = f"Its condition is not understood, so no text passes until you write it anew. {refused}"
            say(Kind.LOOK, path, said)
        if tokens.holds(read.can_evaluate):
            read = replace(read, can_evaluate=False)
            said = "Its condition holds what looks like a secret, so no text passes until you write it anew."
            say(Kind.LEFT_OUT, path, said)
        for note in read.notes:
            say(Kind.CHANGED if note.startswith("Its name") else Kind.LOOK, path, note)
        if (name_here := another(in_a_magic(read.name, "webhook"), used)) != read.name:
            why = "no magic takes its own name" if read.name.startswith("-") else "another has its name"
            read = replace(read, name=name_here)
            say(Kind.CHANGED, path, f"It is called {read.name!r} here, as {why}.")
        used.add(read.name)
        if source is None and isinstance(given.get("function_source"), str):
            source = tokens.hidden(given["function_source"])
        if source is None:
            say(Kind.LOOK, where, "There is no JavaScript beside it; its function is an empty one.")
        yield Webhook(read, was, where, source)


def _refused(condition: Any) -> str | None:
    """Return why a condition cannot be one here; None if it can."""
    try:
        parse({} if condition is None else condition, _FIELDS)
    except ConfigurationError as error:
        return masked_in(str(error))
    return None


def _folders(tree: Tree, place: str, folder: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield where webhooks may be, with the name that one without a name has: four places in all."""
    places = [place, *(f"http_endpoints/{one}" for one in (folder, name))]
    for above in dict.fromkeys(places):
        hooks = f"{above}/{_HOOKS}"
        if f"{hooks}/config.json" in tree.documents:  # as the manual draws it
            yield hooks, folder
        for below in tree.folders(*hooks.split("/")):
            yield f"{hooks}/{below}", below
        if above.startswith("http_endpoints/"):
            for below in tree.folders(*above.split("/")):
                if below not in (_HOOKS, "rules"):
                    yield f"{above}/{below}", below
