"""Twilio services in an export: configuration, webhooks and rules, wherever the layouts put them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from twilio_nb.domain.addresses import masked_in
from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.expressions import written
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.moving.app import Rule, TwilioService, Webhook
from twilio_nb.moving.decisions import Kind, as_it_came, many
from twilio_nb.moving.tokens import Tokens
from twilio_nb.moving.tree import Tree
from twilio_nb.sending.rules import ACTIONS, check_rule

_ABOVE = ("services", "http_endpoints")
_DATA_SOURCES = ("mongodb", "mongodb-atlas", "datalake", "mongodb-datafederation")
_HOOKS = "incoming_webhooks"
_FOUND_IN_CLEAR = (
    "The auth token itself stands in the file. It was not copied: keep it with twilio_nb.secrets.set({name!r}), then "
    "delete it there; where others could read it, replace it in Twilio's console."
)


class ServiceReader:
    """Reads the services of one export.

    Parameters
    ----------
    tree : Tree
        The export, its templates filled in.
    tokens : Tokens
        Where secrets that stand in clear are noted.
    """

    def __init__(self, tree: Tree, tokens: Tokens) -> None:
        self._tree = tree
        self._tokens = tokens
        self._say = tree.decisions.say
        self._names: set[str] = set()

    def read(self) -> tuple[list[TwilioService], list[str]]:
        """Return the Twilio services, and the folders of those that are MongoDB's."""
        found: list[TwilioService] = []
        data_sources: list[str] = []
        done: set[str] = set()
        in_clear = self._secrets_file()
        for above in _ABOVE:
            for folder in self._tree.folders(above):
                place = f"{above}/{folder}"
                document = self._tree.documents.get(f"{place}/config.json")
                kind = document.get("type") if isinstance(document, dict) else None
                if kind in _DATA_SOURCES:
                    data_sources.append(place)
                elif kind == "twilio" or (
                    kind is None and folder not in done and self._is_twilio(place, document)
                ):
                    done.add(folder)
                    found += self._service(place, folder, document, in_clear)
                elif isinstance(kind, str):
                    said = (
                        f"A service of the type {kind!r}: only Twilio's are moved. Python has "
                        f"libraries for the rest."
                    )
                    self._say(Kind.LEFT_OUT, place, said)
                elif folder not in done:
                    said = (
                        "It has no config.json that says what kind of service it is; nothing of it was taken."
                    )
                    self._say(Kind.LEFT_OUT, place, said)
        return found, data_sources

    def _secrets_file(self) -> dict[str, bool]:
        """Return for which services the file of secrets holds a token; it is read for that, and no further."""
        document = self._tree.documents.pop("secrets.json", None)
        if document is None:
            return {}
        self._tokens.add_all(document)
        services = document.get("services") if isinstance(document, dict) else None
        self._say(
            Kind.NEEDED,
            "secrets.json",
            "It holds secrets in clear. None was copied: keep each with twilio_nb.secrets.set, then delete the file; "
            "where others could read it, replace the tokens in Twilio's console.",
        )
        if not isinstance(services, Mapping):
            return {}
        return {
            str(name): self._tokens.add(one.get("auth_token"))
            for name, one in services.items()
            if isinstance(one, Mapping)
        }

    def _is_twilio(self, place: str, document: Any) -> bool:
        """Guess what a service is whose file is missing, damaged, or silent about it."""
        config = document.get("config") if isinstance(document, dict) else None
        if isinstance(config, dict) and "sid" in config:
            return True
        return any(
            isinstance(rule, dict) and rule.get("actions") == ["send"]
            for rule in self._tree.files(place, "rules").values()
        )

    def _service(
        self, place: str, folder: str, document: Any, in_clear: Mapping[str, bool]
    ) -> Iterator[TwilioService]:
        path = f"{place}/config.json"
        given = dict(document) if isinstance(document, dict) else {}
        if not isinstance(given.get("name"), str) or not given["name"].strip():
            given["name"] = folder
            self._say(
                Kind.CHANGED, path, f"The service has no name in a config.json; it is called {folder!r}."
            )
        elif given["name"] != folder and self._tree.documents.get("realm_config.json") is None:
            said = f"The service is called {given['name']!r}, its folder {folder!r}; its own name counts."
            self._say(Kind.LOOK, path, said)
        given = self._without_tokens(given, path)
        try:
            configuration = self._configuration(given, path)
        except ConfigurationError as error:
            self._say(Kind.DAMAGED, path, as_it_came(error))
            return
        if configuration.name in self._names:
            configuration = replace(configuration, name=_another(configuration.name, self._names))
            self._say(Kind.CHANGED, path, f"Two services have its name; this one is {configuration.name!r}.")
        self._names.add(configuration.name)
        secret = configuration.secret or configuration.name
        if in_clear.get(given["name"]) or in_clear.get(folder):
            self._say(
                Kind.NEEDED,
                "secrets.json",
                f"It holds the token of {given['name']!r}, kept as {secret!r} here.",
            )
        elif configuration.secret is None:
            self._say(Kind.LOOK, path, f"No secret is named, so the auth token is kept as {secret!r}.")
        if configuration.account_sid is None:
            self._say(Kind.NEEDED, path, "It has no Account SID; put it into the cell of the service.")
        for note in configuration.notes:
            if "no Account SID" not in note and "names no secret" not in note:
                self._say(Kind.CHANGED, path, note)
        hooks = tuple(self._webhooks(place, folder, given["name"]))
        rules = tuple(self._rules(place))
        said = f"The service {configuration.name!r}, with {many(len(hooks), 'webhook')} and {many(len(rules), 'rule')}."
        self._say(Kind.TAKEN, path, said)
        yield TwilioService(configuration, given["name"], path, hooks, rules)

    def _configuration(self, given: dict[str, Any], path: str) -> ServiceConfiguration:
        try:
            return ServiceConfiguration.from_config({**given, "type": "twilio"})
        except ConfigurationError:
            config = given.get("config")
            sid = config.get("sid") if isinstance(config, dict) else None
            read = ServiceConfiguration.from_config({"type": "twilio", "name": given["name"]})
            if isinstance(sid, str) and not read.account_sid:
                self._say(
                    Kind.LOOK, path, "Its Account SID is none ('AC' and 32 hexadecimal digits); not taken."
                )
            secrets = given.get("secret_config")
            if isinstance(secrets, dict) and secrets.get("auth_token"):
                said = (
                    "The name of its secret, or its SID, cannot be one here; the service's own name is used."
                )
                self._say(Kind.CHANGED, path, said)
            return read

    def _without_tokens(self, given: dict[str, Any], path: str) -> dict[str, Any]:
        for part in ("config", "secret_config"):
            inner = given.get(part)
            if not isinstance(inner, dict) or "auth_token" not in inner:
                continue
            token = inner["auth_token"]
            if part == "config" or self._tokens.holds(token):
                if self._tokens.add(token):
                    self._say(Kind.NEEDED, path, _FOUND_IN_CLEAR.format(name=given["name"]))
                given = {**given, part: {key: one for key, one in inner.items() if key != "auth_token"}}
        return given

    def _webhooks(self, place: str, folder: str, name: str) -> Iterator[Webhook]:
        used: set[str] = {INBOX}
        for where, otherwise in self._hook_folders(place, folder, name):
            path = f"{where}/config.json"
            document = self._tree.documents.get(path)
            source = self._tree.sources.get(f"{where}/source.js")
            if document is None and source is None:
                continue
            given = dict(document) if isinstance(document, dict) else {}
            was = given.get("name")
            if not isinstance(was, str) or not was.strip():
                was = given["name"] = otherwise
                self._say(
                    Kind.CHANGED, where, f"It has no name in a config.json; it is called {otherwise!r}."
                )
            options = given.get("options")
            if isinstance(options, dict):
                self._tokens.add(options.get("secret"))
            try:
                read = WebhookConfiguration.from_config(given)
            except ConfigurationError as error:
                self._say(Kind.DAMAGED, path, as_it_came(error))
                continue
            for note in read.notes:
                self._say(Kind.CHANGED if note.startswith("Its name") else Kind.LOOK, path, note)
            if read.name in used:
                read = replace(read, name=_another(read.name, used))
                self._say(Kind.CHANGED, path, f"Its name is taken already; it is called {read.name!r} here.")
            used.add(read.name)
            if source is None and isinstance(given.get("function_source"), str):
                source = self._tokens.hidden(given["function_source"])
            if source is None:
                self._say(Kind.LOOK, where, "There is no JavaScript beside it; its function is an empty one.")
            yield Webhook(read, was, where, source)

    def _hook_folders(self, place: str, folder: str, name: str) -> Iterator[tuple[str, str]]:
        """Yield where webhooks may be, with the name that one without a name has: four places in all."""
        places = [place, *(f"http_endpoints/{one}" for one in (folder, name))]
        for above in dict.fromkeys(places):
            hooks = f"{above}/{_HOOKS}"
            if f"{hooks}/config.json" in self._tree.documents:  # as the manual draws it
                yield hooks, folder
            for below in self._tree.folders(*hooks.split("/")):
                yield f"{hooks}/{below}", below
            if above.startswith("http_endpoints/"):
                for below in self._tree.folders(*above.split("/")):
                    if below not in (_HOOKS, "rules"):
                        yield f"{above}/{below}", below

    def _rules(self, place: str) -> Iterator[Rule]:
        used: set[str] = set()
        for name, document in self._tree.files(*place.split("/"), "rules").items():
            path = f"{place}/rules/{name}.json"
            if not isinstance(document, dict):
                self._say(
                    Kind.DAMAGED, path, "It is no rule, which stands in braces; nothing of it was taken."
                )
                continue
            try:
                read = RuleConfiguration.from_config({"name": name, **document})
            except ConfigurationError as error:
                self._say(Kind.DAMAGED, path, f"{as_it_came(error)} It allows nothing until it is mended.")
                continue
            if self._tokens.holds(read.when):
                said = "Its condition holds what looks like a secret, so it was not copied; add the rule by hand."
                self._say(Kind.LEFT_OUT, path, said)
                continue
            for note in read.notes:
                changed = note.startswith(("Its name", "Passed over"))
                self._say(Kind.CHANGED if changed else Kind.LOOK, path, note)
            if read.name in used:
                read = replace(read, name=_another(read.name, used))
                self._say(Kind.CHANGED, path, f"Its name is taken already; it is called {read.name!r} here.")
            used.add(read.name)
            if others := set(read.actions or ()) - set(ACTIONS):
                kept = tuple(one for one in read.actions or () if one in ACTIONS)
                read = replace(read, actions=kept)
                self._say(
                    Kind.CHANGED,
                    path,
                    f"Only 'send' is an action here, not {', '.join(map(repr, sorted(others)))}.",
                )
            refused = _refused(read)
            if refused:
                self._say(Kind.LOOK, path, f"It never allowed anything, and is not added. {refused}")
            else:
                self._say(Kind.TAKEN, path, f"The rule {read.name!r}, when {written(read.when or {})}.")
            if "%%user" in str(read.when):
                self._say(
                    Kind.LOOK, path, "It asks for %%user, which nobody is here, so that part never holds."
                )
            yield Rule(read, path, refused)


def _refused(read: RuleConfiguration) -> str | None:
    """Return why a rule cannot be added here; None if it can."""
    try:
        check_rule(read.definition("service"))
    except TwilioNBError as error:
        return masked_in(str(error))
    return None


def _another(name: str, used: set[str]) -> str:
    number = 2
    while f"{name[:60]}-{number}" in used:
        number += 1
    return f"{name[:60]}-{number}"
