"""Schemas of App Services as validators of MongoDB.

The retired service checked its schemas itself, for users other than the system only, and so for texts not at
all. What is made of them here MongoDB checks, for everybody. Its dialect is draft 4 of JSON Schema and a few
words more (https://www.mongodb.com/docs/manual/reference/operator/query/jsonSchema/); what it does not know
would make it refuse the whole, so that is left out, and said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import bson
from bson import json_util

from twilio_nb.domain.keywords import CHECKS, LISTS, MAPS, REASONS, SAME
from twilio_nb.domain.schema_types import BSON_TYPES, JSON_TYPES, SAMPLES, TYPES, of_python
from twilio_nb.errors import ConfigurationError

_DEEPEST = 50
_TOP = "the schema"


@dataclass(frozen=True)
class Translation:
    """A schema in MongoDB's words.

    Attributes
    ----------
    schema : dict
        For ``{"$jsonSchema": …}``; empty where nothing is left to check.
    notes : tuple of str
        Sentences on what could not be translated, or means something else to Python than to JavaScript.
    """

    schema: dict[str, Any]
    notes: tuple[str, ...] = ()


def translate(schema: Mapping[str, Any], *, nullable: bool = False) -> Translation:
    """Return what MongoDB can check of a schema.

    Parameters
    ----------
    schema : Mapping
        As ``schema.json`` of an exported app has it; Extended JSON in it is read.
    nullable : bool
        Whether fields that are not required may be null, as the app's own switch said.

    Returns
    -------
    Translation
        MongoDB takes it as it is.

    Raises
    ------
    ConfigurationError
        If it is no schema.

    Examples
    --------
    >>> translate({"properties": {"id": {"bsonType": "uuid"}}, "required": []}).schema
    {'properties': {'id': {'bsonType': 'binData'}}}
    """
    made = _Translator(nullable)
    translated = made.schema(_read(schema), "", 0)
    others = translated.get("additionalProperties", True)
    if others is not True and "_id" not in translated.get("properties", {}):
        # MongoDB gives each document an _id, and would refuse it for that.
        translated["properties"] = {"_id": {}, **translated.get("properties", {})}
    return Translation(translated, tuple(dict.fromkeys(made.notes)))


def misfits(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return documents that a schema refuses, each for one reason, to see whether it is enforced.

    Parameters
    ----------
    schema : Mapping
        As `translate` returned it.

    Returns
    -------
    list of dict
        Empty where none is found: not every schema refuses something simple.

    Examples
    --------
    >>> misfits({"required": ["Body"]})
    [{}]
    """
    found: list[dict[str, Any]] = [{}] if set(schema.get("required", ())) - {"_id"} else []
    for name, field in schema.get("properties", {}).items():
        declared = field.get("bsonType", field.get("type", ()))
        allowed = {declared} if isinstance(declared, str) else set(declared)
        if name != "_id" and allowed:
            found += [{name: sample} for kinds, sample in SAMPLES if not kinds & allowed][:1]
    if schema.get("additionalProperties") is False:
        found.append({"twilio_nb_trial": True})
    return found


def _read(schema: object) -> Any:
    if not isinstance(schema, Mapping):
        message = (
            f"A schema is a document such as {{'properties': {{'Body': {{'bsonType': 'string'}}}}}}, not of type "
            f"{type(schema).__name__}; paste the content of schema.json."
        )
        raise ConfigurationError(message)
    try:
        return json_util.loads(json_util.dumps(schema))
    except (TypeError, ValueError, ArithmeticError, RecursionError, bson.errors.BSONError):
        message = "The schema holds something that is no JSON and no Extended JSON; paste the content of schema.json."
        raise ConfigurationError(message) from None


class _Translator:
    def __init__(self, nullable: bool) -> None:
        self.notes: list[str] = []
        self._nullable = nullable

    def schema(self, given: Any, path: str, depth: int) -> dict[str, Any]:
        if depth > _DEEPEST:
            message = f"The schema is nested deeper than {_DEEPEST} levels, more than documents should be."
            raise ConfigurationError(message)
        if isinstance(given, bool):  # a later draft's way to allow, or forbid, everything
            return {} if given else {"not": {}}
        if not isinstance(given, Mapping):
            self._note(path, f"is left out: a schema is a document, not of type {type(given).__name__}")
            return {}
        made: dict[str, Any] = self._types(given, path)
        required = self._required(given, path)
        if required:
            made["required"] = required
        for word, value in given.items():
            if word in ("bsonType", "type", "required"):
                continue
            if word in MAPS and isinstance(value, Mapping):
                made[word] = {
                    str(name): self._field(
                        one, f"{path}.{name}" if path else str(name), depth, name in required
                    )
                    for name, one in value.items()
                }
            elif word in LISTS and isinstance(value, list) and value:
                made[word] = [self.schema(one, path, depth + 1) for one in value]
            elif word == "not" and isinstance(value, Mapping | bool):
                made[word] = self.schema(value, path, depth + 1)
            elif word in ("items", "additionalItems", "additionalProperties"):
                self._rest(made, word, value, path, depth)
            elif word == "dependencies" and isinstance(value, Mapping):
                made[word] = {
                    str(name): one if isinstance(one, list) and one else self.schema(one, path, depth + 1)
                    for name, one in value.items()
                }
            else:
                self._plain(made, word, value, path)
        self._limits(made, given, path)
        return made

    def _field(self, given: Any, path: str, depth: int, is_required: bool) -> dict[str, Any]:
        made = self.schema(given, path, depth + 1)
        return made if is_required or not self._nullable else _or_null(made)

    def _rest(self, made: dict[str, Any], word: str, value: Any, path: str, depth: int) -> None:
        if word == "items" and isinstance(value, list):
            made[word] = [self.schema(one, path, depth + 1) for one in value]
        elif isinstance(value, bool) and word != "items":
            made[word] = value
        elif isinstance(value, Mapping | bool):
            inner = f"{path}[]" if word == "items" else f"{path}.*".lstrip(".")
            made[word] = (
                self._field(value, inner, depth, False)
                if word == "additionalProperties"
                else self.schema(value, inner, depth + 1)
            )
        else:
            self._note(path, f"`{word}` is left out: it is of type {type(value).__name__}")

    def _plain(self, made: dict[str, Any], word: str, value: Any, path: str) -> None:
        check = CHECKS.get(word)
        if check is not None and check(value):
            made[word] = value
        elif check is not None:
            self._note(path, f"`{word}` is left out: MongoDB would not take its value")
        elif word in SAME:
            made.update(SAME[word](value))
        elif word not in ("exclusiveMinimum", "exclusiveMaximum"):
            self._note(path, f"`{word}` is left out: {REASONS.get(word, 'MongoDB does not know it')}")

    def _limits(self, made: dict[str, Any], given: Mapping[str, Any], path: str) -> None:
        """Read an excluded limit: a number of its own in later drafts, a switch to the limit in MongoDB's."""
        for word, exclusive, stricter in (
            ("minimum", "exclusiveMinimum", max),
            ("maximum", "exclusiveMaximum", min),
        ):
            value = given.get(exclusive)
            if value is None:
                continue
            if isinstance(value, bool) and word in made:
                made[exclusive] = value
            elif isinstance(value, int | float) and not isinstance(value, bool):
                limit: Callable[..., Any] = stricter
                if word not in made or limit(made[word], value) == value:
                    made |= {word: value, exclusive: True}
            else:
                self._note(path, f"`{exclusive}` is left out: it needs `{word}` beside it")

    def _required(self, given: Mapping[str, Any], path: str) -> list[str]:
        required = given.get("required", [])
        if isinstance(required, list) and all(isinstance(name, str) for name in required):
            return list(dict.fromkeys(required))  # MongoDB takes neither an empty list nor a name twice
        self._note(path, "`required` is left out: it is no list of names")
        return []

    def _types(self, given: Mapping[str, Any], path: str) -> dict[str, Any]:
        word = "bsonType" if "bsonType" in given else "type"
        if word not in given:
            return {}
        if word == "bsonType" and "type" in given:
            self._note(path, "`type` is left out, as `bsonType` is there as well")
        declared = given[word]
        names = [declared] if isinstance(declared, str) else declared
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            self._note(path, f"`{word}` is left out: it is neither a type's name nor a list of them")
            return {}
        if "mixed" in names:
            self._note(path, "may be of any type, which `mixed` meant, null included")
            return {}
        if word == "type" and set(names) <= JSON_TYPES:
            return {"type": declared if len(names) == 1 else list(dict.fromkeys(names))}
        meant: list[str] = []
        for name in names:
            known, reason = TYPES.get(name, ([name] if name in BSON_TYPES else [], ""))
            meant += known
            if reason or not known:
                self._note(path, reason or f"`{name}` is left out: MongoDB has no such type")
        if reason := of_python(meant):
            self._note(path, reason)
        unique = list(dict.fromkeys(meant))
        return {"bsonType": unique[0] if len(unique) == 1 else unique} if unique else {}

    def _note(self, path: str, sentence: str) -> None:
        self.notes.append(f"{path or _TOP}: {sentence}.")


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    """Let a field be null as well."""
    word = next((word for word in ("bsonType", "type") if word in made), None)
    if not made or word is None or {"enum", "not", *LISTS} & set(made):
        return {"anyOf": [{"bsonType": "null"}, made]} if made else made
    names = made[word] if isinstance(made[word], list) else [made[word]]
    return {**made, word: list(dict.fromkeys([*names, "null"]))}
