"""Twilio services in an export: configuration, webhooks and rules, wherever the layouts put them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.app import TwilioService
from twilio_nb.moving.decisions import Kind, as_it_came, many
from twilio_nb.moving.names import another, in_a_magic, secret_name
from twilio_nb.moving.rules import rules
from twilio_nb.moving.tokens import Tokens
from twilio_nb.moving.tree import Tree
from twilio_nb.moving.webhooks import webhooks

_ABOVE = ("services", "http_endpoints")
_DATA_SOURCES = ("mongodb", "mongodb-atlas", "datalake", "mongodb-datafederation")
_FOUND_IN_CLEAR = (
    "The auth token itself stands in the file. It was not copied: keep it with twilio_nb.secrets.set({name!r}), then "
    "delete it there; where others could read it, replace it in Twilio's console."
)


_WRONG = {
    "config": (Kind.LOOK, "Its Account SID is none ('AC' and 32 hexadecimal digits); not taken."),
    "secret_config": (Kind.CHANGED, "The name of its secret cannot be one here; it has the service's name."),
}


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
                        f"A service of the type {kind!r}: only Twilio's are moved. "
                        "Python has libraries for the rest."
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
        elif given["name"] != folder and not self._tree.pulled:
            said = f"The service is called {given['name']!r}, its folder {folder!r}; its own name counts."
            self._say(Kind.LOOK, path, said)
        given = self._without_tokens(given, path)
        try:
            configuration = self._configuration(given, path)
        except ConfigurationError as error:
            self._say(Kind.DAMAGED, path, as_it_came(error))
            return
        name_here = another(in_a_magic(configuration.name, "service"), self._names)
        if name_here != configuration.name:
            why = (
                "no magic takes its own name"
                if configuration.name.startswith("-")
                else "another has its name"
            )
            configuration = replace(configuration, name=name_here)
            self._say(Kind.CHANGED, path, f"It is called {name_here!r} here, as {why}.")
        self._names.add(configuration.name)
        secret = configuration.secret or secret_name(configuration.name)
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
        of_service = tuple(webhooks(self._tree, self._tokens, place, folder, given["name"]))
        its_rules = tuple(rules(self._tree, self._tokens, place))
        parts = f"{many(len(of_service), 'webhook')} and {many(len(its_rules), 'rule')}"
        self._say(Kind.TAKEN, path, f"The service {configuration.name!r}, with {parts}.")
        yield TwilioService(configuration, given["name"], path, of_service, its_rules)

    def _configuration(self, given: dict[str, Any], path: str) -> ServiceConfiguration:
        """Read a service without what cannot be one here: its SID, the name of its secret, or both."""
        given = {**given, "type": "twilio"}
        wrong: tuple[str, ...]
        for wrong in ((), ("secret_config",), ("config",)):
            try:
                read = ServiceConfiguration.from_config(
                    {key: one for key, one in given.items() if key not in wrong}
                )
            except ConfigurationError:
                continue
            break
        else:
            wrong = tuple(_WRONG)
            read = ServiceConfiguration.from_config({"type": "twilio", "name": given["name"]})
        for part in wrong:
            kind, said = _WRONG[part]
            self._say(kind, path, said)
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
