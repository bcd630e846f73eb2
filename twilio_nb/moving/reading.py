"""From an export to an app: every part read, every decision noted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twilio_nb.moving.app import App
from twilio_nb.moving.collections import data_sources
from twilio_nb.moving.decisions import Decisions, Kind, many
from twilio_nb.moving.functions import functions, triggers
from twilio_nb.moving.services import ServiceReader
from twilio_nb.moving.tokens import Tokens
from twilio_nb.moving.tree import Tree, read
from twilio_nb.moving.values import environments, settings, values

_SINGLE_FILE = "app_config.json"
_LAYOUTS = {
    "root_config.json": "the layout of 2023 (root_config.json)",
    "realm_config.json": "the layout of 2021 (realm_config.json)",
    "config.json": "the layout of 2020 (config.json)",
    "stitch.json": "the layout of 2018 (stitch.json)",
}
_REASONS = {
    "auth": "nobody logs in to a notebook",
    "auth_providers": "nobody logs in to a notebook",
    "hosting": "nothing is hosted",
    "graphql": "there is no such interface; MongoDB's own driver reads and writes",
    "sync": "there are no devices to keep in step",
    "endpoints": "there are no other addresses than those of webhooks",
    "https_endpoints": "there are no other addresses than those of webhooks",
}
#: The statuses of log forwarders, and ours.
_STATUSES = {"error": "Error", "success": "OK"}


@dataclass(frozen=True)
class Reading:
    """An app, and how it was understood.

    Attributes
    ----------
    app : App
        The app.
    decisions : Decisions
        What was noted.
    tokens : Tokens
        What must not be written.
    """

    app: App
    decisions: Decisions
    tokens: Tokens


def read_app(path: Path, environment: str | None = None) -> Reading:
    """Read an exported app.

    Parameters
    ----------
    path : Path
        A folder, a zip, or the JSON that the Admin API answered.
    environment : str, optional
        Whose values are filled in; by default those of the environment that the app names.

    Returns
    -------
    Reading
        Whatever could be read; what could not is among its decisions.

    Raises
    ------
    ConfigurationError
        If it is no export at all, or there is no such environment.
    """
    tree, tokens = read(path), Tokens()
    if _SINGLE_FILE in tree.documents:
        _take_apart(tree, tokens)
    _hide(tree, tokens)
    of_environments, tag = environments(tree, tokens, environment)
    services, among_services = ServiceReader(tree, tokens).read()
    sources, collections = data_sources(tree, among_services)
    said = settings(tree)
    app = App(
        name=tokens.hidden(_name(said, tree)),
        client_id=_client_id(said),
        layout=_layout(tree),
        environment=tag,
        nullable=_nullable(said),
        services=tuple(services),
        values=(*values(tree, tokens), *of_environments),
        functions=functions(tree),
        data_sources=tuple(sources),
        collections=tuple(collections),
        triggers=tuple(triggers(tree)),
    )
    _note_the_rest(tree)
    if not app.services:
        tree.decisions.say(
            Kind.LOOK, app.name, "It has no Twilio service, so there are no texts in it that could be moved."
        )
    return Reading(app, tree.decisions, tokens)


def _hide(tree: Tree, tokens: Tokens) -> None:
    """Note every secret that stands in clear, and take them out of the JavaScript before anybody looks at it."""
    tokens.add_all(tree.documents.get("secrets.json"))
    for document in tree.documents.values():
        for part, key in (("config", "auth_token"), ("options", "secret")):
            inner = document.get(part) if isinstance(document, dict) else None
            if isinstance(inner, dict):
                tokens.add(inner.get(key))
    for path, source in tree.sources.items():
        tree.sources[path] = tokens.hidden(source)
        if tree.sources[path] != source:
            said = (
                "What looks like a secret stands in the JavaScript. It is hidden here; keep it with "
                "twilio_nb.secrets.set, "
                "and have twilio_nb.values.set(name, from_secret=…) make a value of it. Other "
                "secrets may stand there too."
            )
            tree.decisions.say(Kind.NEEDED, path, said)


def _take_apart(tree: Tree, tokens: Tokens) -> None:
    """Take what can be taken of the single file of 2017: which accounts there are."""
    document = tree.documents.pop(_SINGLE_FILE)
    services = document.get("services") if isinstance(document, dict) else None
    tree.documents["stitch.json"] = {"name": document.get("name")} if isinstance(document, dict) else {}
    for name, one in services.items() if isinstance(services, Mapping) else ():
        if isinstance(one, Mapping) and one.get("type") == "twilio":
            config = one.get("config")
            folder = str(name).replace("/", "-")
            tree.documents[f"services/{folder}/config.json"] = {
                "name": str(name),
                "type": "twilio",
                "config": dict(config) if isinstance(config, Mapping) else {},
            }
            tokens.add_all(config.get("auth_token") if isinstance(config, Mapping) else None)
    parts = {key: len(one) for key, one in document.items() if isinstance(one, Mapping | list)}
    said = (
        f"An app of 2017, all in one file: "
        f"{', '.join(f'{count} {key}' for key, count in parts.items()) or 'empty'}. Only "
        "its Twilio accounts were taken: it has pipelines in the place of functions, which nothing reads any more. "
        "Define its webhooks anew with %%twilio_webhook."
    )
    tree.decisions.say(Kind.LEFT_OUT, _SINGLE_FILE, said)


def _name(said: Mapping[str, Any], tree: Tree) -> str:
    name = said.get("name")
    return name if isinstance(name, str) and name.strip() else tree.name


def _client_id(said: Mapping[str, Any]) -> str | None:
    found = said.get("app_id") or said.get("client_app_id")
    return found if isinstance(found, str) and found else None


def _nullable(said: Mapping[str, Any]) -> bool:
    found = said.get("allow_null_types", said.get("sync_null_optional_fields"))
    validation = said.get("schema")
    return found is True or (
        isinstance(validation, Mapping) and validation.get("null_type_schema_validation") is True
    )


def _layout(tree: Tree) -> str:
    if tree.pulled:
        return "the form of the Admin API's pull"
    for name, layout in _LAYOUTS.items():
        found = tree.documents.get(name)
        if isinstance(found, dict):
            version = found.get("config_version")
            if version is None:
                tree.decisions.say(
                    Kind.LOOK, name, "It names no config_version; it was read by what is there."
                )
            return f"{layout[:-1]}, version {version})" if isinstance(version, int | str) else layout
    tree.decisions.say(
        Kind.LOOK, tree.name, "No file at its root says what app it is; it was read by what is there."
    )
    return "a layout without a file at its root"


def _note_the_rest(tree: Tree) -> None:
    """Note what was not converted: known parts with a reason, others by their folders."""
    _note_forwarders(tree)
    for part, reason in _REASONS.items():
        count = sum(path.startswith(f"{part}/") for path in (*tree.documents, *tree.sources, *tree.others))
        if count:
            tree.decisions.say(Kind.LEFT_OUT, part, f"{many(count, 'file')}, since {reason}.")
    known = {*_REASONS, "services", "http_endpoints", "data_sources", "functions", "values", "environments"}
    known |= {"triggers", "log_forwarders", ".mdb", ".git", "__MACOSX", "node_modules"}
    stray = Counter(
        path.partition("/")[0] if "/" in path else path
        for path in (*tree.documents, *tree.sources, *tree.others)
        if path.partition("/")[0] not in known and path not in _LAYOUTS
    )
    for name, count in sorted(stray.items()):
        tree.decisions.say(
            Kind.LEFT_OUT,
            name,
            f"{many(count, 'file')} of no layout of an app; not looked at.",
        )


def _note_forwarders(tree: Tree) -> None:
    """Say of each log forwarder what forwards the same entries here."""
    for name, document in tree.files("log_forwarders").items():
        given = document if isinstance(document, dict) else {}
        chosen = next(
            (ours for theirs, ours in _STATUSES.items() if given.get("log_statuses") == [theirs]), ""
        )
        call = f"service.forward_logs(handler{f', status={chosen!r}' if chosen else ''})"
        tree.decisions.say(
            Kind.LEFT_OUT,
            f"log_forwarders/{name}.json",
            f"The log forwarder {str(given.get('name') or name)!r} was not taken: a notebook forwards while it runs. "
            f"There {call} hands each new entry to a handler of Python's logging.",
        )
