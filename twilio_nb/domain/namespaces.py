"""Collections that handlers write to, and what they refuse whoever writes.

A declaration only; `service.harden()` has MongoDB make it true.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bson import json_util

from twilio_nb.domain.definitions import Stored
from twilio_nb.domain.schemas import Translation, translate
from twilio_nb.errors import ConfigurationError

LEVELS = ("strict", "moderate")
_COMMENT = "made by twilio_nb"
_SYSTEM = ("admin", "local", "config")
_NOT_IN_A_DATABASE = re.compile(r"[/\\\"<>:|?]")
_LONGEST_DATABASE, _LONGEST = 63, 255  # bytes


@dataclass(frozen=True)
class CollectionDefinition(Stored):
    """A collection that handlers write to, and what it refuses, whoever writes.

    Attributes
    ----------
    name : str
        ``database.collection``.
    schema : str
        A schema of App Services or MongoDB, as JSON; empty for none.
    nullable : bool
        Whether fields that the schema does not require may be null.
    unique : tuple of str
        Fields of which no two documents have the same value; those without the field do not count.
    enforced : bool
        Whether what does not fit is refused; else MongoDB only notes it in its log.
    level : {"strict", "moderate"}
        Whether a document that did not fit before must fit once it is changed.

    Examples
    --------
    >>> CollectionDefinition("demo.texts", unique=("MessageSid",)).key
    'demo.texts'
    """

    name: str
    schema: str = ""
    nullable: bool = False
    unique: tuple[str, ...] = ()
    enforced: bool = False
    level: str = "strict"

    def __post_init__(self) -> None:
        check_namespace(self.name)
        given: object = self.unique
        fields = (given,) if isinstance(given, str) else tuple(self.unique)
        if odd := [one for one in fields if not isinstance(one, str) or not one or one.startswith("$")]:
            message = f"{odd[0]!r} cannot be a field; unique takes names of fields such as 'MessageSid'."
            raise ConfigurationError(message)
        if self.level not in LEVELS:
            message = f"There is no level {self.level!r}; there are {', '.join(map(repr, LEVELS))}."
            raise ConfigurationError(message)
        object.__setattr__(self, "unique", fields)

    @property
    def key(self) -> str:
        """The collection with its database."""
        return self.name

    @property
    def place(self) -> tuple[str, str]:
        """Names of the database and of the collection."""
        return split(self.name)

    @cached_property
    def translation(self) -> Translation:
        """The schema in MongoDB's words, and what it could not say."""
        if not self.schema:
            return Translation({})
        return translate(json_util.loads(self.schema), nullable=self.nullable)

    @property
    def validator(self) -> dict[str, Any]:
        """What MongoDB checks documents with; empty for nothing."""
        schema = self.translation.schema
        return {"$jsonSchema": schema, "$comment": _COMMENT} if schema else {}


def is_ours(validator: Mapping[str, Any]) -> bool:
    """Tell whether a validator is one that was made here, by its comment."""
    return validator.get("$comment") == _COMMENT


def written_schema(schema: Mapping[str, Any] | None) -> str:
    """Return a schema as it is kept: always in the same order, so that equal ones are seen to be.

    Raises
    ------
    ConfigurationError
        If it is none.
    """
    if schema is None:
        return ""
    translate(schema)
    return json.dumps(json.loads(json_util.dumps(schema)), sort_keys=True)


def check_namespace(name: str) -> str:
    """Return the name of a collection with its database unchanged, if handlers may have to do with it.

    Parameters
    ----------
    name : str
        Such as ``"demo.texts"``.

    Returns
    -------
    str
        The same.

    Raises
    ------
    ConfigurationError
        If it names no collection, one that MongoDB lets nobody have, or one that it keeps for itself.

    Notes
    -----
    https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
    """
    database, collection = split(name) if isinstance(name, str) else ("", "")
    if not database or not collection or "$" in name or re.search(r"[\s\0*]", name):
        message = f"{name!r} names no collection; expected its database and its name, such as 'demo.texts'."
        raise ConfigurationError(message)
    if odd := _NOT_IN_A_DATABASE.search(database):
        message = f"{name!r} can be no collection: MongoDB has no database with {odd.group()!r} in its name."
        raise ConfigurationError(message)
    if len(database.encode()) > _LONGEST_DATABASE or len(name.encode()) > _LONGEST:
        message = (
            f"{name[:80]!r} can be no collection: MongoDB takes {_LONGEST_DATABASE} bytes for a database's name, and "
            f"{_LONGEST} for both."
        )
        raise ConfigurationError(message)
    if database in _SYSTEM or collection.startswith("system."):
        message = f"{name!r} is MongoDB's own; users and rules of handlers are for collections of yours."
        raise ConfigurationError(message)
    return name


def split(name: str) -> tuple[str, str]:
    """Return database and collection of a name; a collection's may hold dots.

    Examples
    --------
    >>> split("demo.texts.old")
    ('demo', 'texts.old')
    """
    database, _, collection = name.partition(".")
    return database, collection
