"""Functions and triggers in an export."""

from typing import Any

from twilio_nb.domain.paths import usable_name
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.app import Function, Trigger
from twilio_nb.moving.decisions import Kind, as_it_came
from twilio_nb.moving.names import another
from twilio_nb.moving.tree import Tree


def functions(tree: Tree) -> dict[str, Function]:
    """Read the functions of an export, of both layouts: a folder each, or a file each with one list of all.

    Parameters
    ----------
    tree : Tree
        The export.

    Returns
    -------
    dict
        By name; with ``/`` in the name of one that lies in a folder.
    """
    found: dict[str, tuple[str, str | None]] = {}
    for path in sorted(tree.sources):
        if not path.startswith("functions/"):
            continue
        folder, _, file = path.rpartition("/")
        beside = tree.documents.get(f"{folder}/config.json")
        if file == "source.js" and folder.count("/") == 1 and not isinstance(beside, list):
            name = beside.get("name") if isinstance(beside, dict) else None
            name, place = (name if isinstance(name, str) and name else folder.rpartition("/")[2]), folder
        else:
            name, place = path[len("functions/") : -len(".js")], path
        if name in found:
            tree.decisions.say(Kind.LOOK, place, f"Two functions are called {name!r}; the first counts.")
        else:
            found[name] = place, tree.sources[path]
    for path, document in sorted(tree.documents.items()):
        if path.startswith("functions/") and path.endswith("config.json"):
            for name in _named(document):
                if name not in found:
                    found[name] = path, None
    called = _called({name: place for name, (place, _) in found.items()}, tree)
    for name, (place, source) in found.items():
        if source is None and name in called:
            tree.decisions.say(Kind.LOOK, place, f"The function {name!r} has no JavaScript beside it.")
    return {name: Function(name, here, *found[name]) for name, here in called.items()}


def _called(places: dict[str, str], tree: Tree) -> dict[str, str]:
    """Return what functions are called here. Whose name can be used keeps it; no two have one, or one would be lost."""
    usable = {}
    for name, place in places.items():
        try:
            usable[name] = "/".join(usable_name(part, "function") for part in name.split("/"))
        except ConfigurationError as error:
            tree.decisions.say(Kind.LEFT_OUT, place, f"The function was not taken. {as_it_came(error)}")
    used = {name for name, here in usable.items() if name == here}
    called = {}
    for name, here in usable.items():
        called[name] = name if name == here else another(here, used)
        used.add(called[name])
        if called[name] != name:
            said = (
                f"The function {name!r} is called {called[name]!r} here; have rules and functions call it so."
            )
            tree.decisions.say(Kind.LOOK, places[name], said)
    return called


def _named(document: Any) -> list[str]:
    listed = document if isinstance(document, list) else [document]
    names = [one.get("name") for one in listed if isinstance(one, dict)]
    return [name for name in names if isinstance(name, str) and name]


def triggers(tree: Tree) -> list[Trigger]:
    """Read the triggers of an export, whatever sets them off."""
    found = []
    for name, document in tree.files("triggers").items():
        if isinstance(document, dict):
            called = document.get("function_name")
            processors = document.get("event_processors")
            inner = processors.get("FUNCTION") if isinstance(processors, dict) else None
            config = inner.get("config") if isinstance(inner, dict) else None
            if not isinstance(called, str) and isinstance(config, dict):
                called = config.get("function_name")
            given = document.get("name")
            found.append(
                Trigger(
                    given if isinstance(given, str) else name,
                    f"triggers/{name}.json",
                    called if isinstance(called, str) else "",
                    document.get("type") == "SCHEDULED",
                )
            )
    return found
