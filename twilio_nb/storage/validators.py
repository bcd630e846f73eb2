"""Collections with a validator and unique fields: made, and looked at."""

from dataclasses import dataclass
from typing import Any

import pymongo
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from twilio_nb.domain.namespaces import CollectionDefinition, is_ours
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import translated

DUPLICATE = 11000
_NO_VALIDATOR = (
    2,
    9,
    14,
    51,
    51091,
)  # what mongod says of a $jsonSchema, or a pattern in it, that it does not take
_BUILD = 300.0  # seconds for an index over what is there already
_MANY = 1000  # documents that are counted
_LEFTOVER = "_id__baas_transaction"  # of the retired platform, where it was writing when it ended


@dataclass(frozen=True)
class State:
    """What a collection is like at this moment.

    Attributes
    ----------
    exists : bool
        Whether it is there.
    validator : dict
        What it checks documents with; empty for nothing.
    enforced : bool
        Whether it refuses those that do not fit.
    level : str
        "strict" or "moderate".
    unique : tuple of str
        Fields of which no two documents have the same value.
    """

    exists: bool
    validator: dict[str, Any]
    enforced: bool
    level: str
    unique: tuple[str, ...]

    def is_as(self, definition: CollectionDefinition) -> bool:
        """Tell whether it is as declared."""
        checked = not definition.validator or (definition.enforced, definition.level) == (
            self.enforced,
            self.level,
        )
        return (
            self.exists
            and self.validator == definition.validator
            and checked
            and set(definition.unique) <= set(self.unique)
        )


def state(database: Database, definition: CollectionDefinition) -> State:
    """Return what a collection is like.

    Parameters
    ----------
    database : Database
        On whose server it is.
    definition : CollectionDefinition
        Which one.

    Returns
    -------
    State

    Raises
    ------
    StorageError
        If MongoDB refuses, or is away.
    """
    place, name = definition.place
    with database.operation():
        found = list(database.client[place].list_collections(filter={"name": name}))
        options = found[0].get("options", {}) if found else {}
        is_view = bool(found) and found[0].get("type") == "view"
        indexes = database.client[place][name].index_information().values() if found and not is_view else ()
    fields = [index["key"][0][0] for index in indexes if index.get("unique") and len(index["key"]) == 1]
    return State(
        exists=bool(found),
        validator=options.get("validator", {}),
        enforced=options.get("validationAction", "error") == "error",
        level=options.get("validationLevel", "strict"),
        unique=tuple(fields),
    )


def make_collection(database: Database, definition: CollectionDefinition) -> None:
    """Have a collection be as declared; safe to repeat.

    Parameters
    ----------
    database : Database
        On whose server.
    definition : CollectionDefinition
        The collection.

    Raises
    ------
    ConfigurationError
        If it has a validator of somebody else's, documents that have the same value in a unique field, or MongoDB
        does not take the validator.
    StorageError
        If MongoDB refuses otherwise, or is away.
    """
    now = state(database, definition)
    if now.validator and not is_ours(now.validator):
        message = (
            f"{definition.name} has a validator that was not made here, so it is left alone. To have this one "
            "instead, take that one away, in MongoDB's shell: "
            f"db.runCommand({{collMod: {definition.place[1]!r}, validator: {{}}}})."
        )
        raise ConfigurationError(message)
    place, name = definition.place
    checking: dict[str, Any] = {
        "validator": definition.validator,
        "validationAction": "error" if definition.enforced else "warn",
        "validationLevel": definition.level,
    }
    with translated(), pymongo.timeout(_BUILD):
        target = database.client[place]
        try:
            if not now.exists:
                target.create_collection(name, **(checking if definition.validator else {}))
            elif not now.is_as(definition) and (now.validator or definition.validator):
                target.command({"collMod": name, **checking})
            if missing := [field for field in definition.unique if field not in now.unique]:
                _make_unique(target[name], missing)
        except OperationFailure as error:
            if error.code == DUPLICATE:
                message = (
                    f"{definition.name} has documents with the same value in a field that is to be unique, "
                    f"{', '.join(definition.unique)}: take the doubles away, then call service.harden() again."
                )
                raise ConfigurationError(message) from None
            if error.code in _NO_VALIDATOR:
                message = (
                    f"MongoDB does not take the schema of {definition.name} (code {error.code}); look at its patterns, "
                    "which must be regular expressions of PCRE."
                )
                raise ConfigurationError(message) from None
            raise


def _make_unique(collection: Collection[dict[str, Any]], fields: list[str]) -> None:
    """Make the indexes; documents without the field do not count, or only one of them could be there."""
    collection.create_indexes(
        [
            IndexModel(
                [(field, ASCENDING)],
                name=f"{field}_once",
                unique=True,
                partialFilterExpression={field: {"$exists": True}},
            )
            for field in fields
        ]
    )


def misfit_count(database: Database, definition: CollectionDefinition) -> int:
    """Count the documents that a collection would refuse, up to a thousand.

    Parameters
    ----------
    database : Database
        On whose server.
    definition : CollectionDefinition
        The collection, with its validator.

    Returns
    -------
    int
    """
    return _count(database, definition, {"$nor": [{"$jsonSchema": definition.translation.schema}]})


def leftover_count(database: Database, definition: CollectionDefinition) -> int:
    """Count the documents that carry a field of the retired platform's own, up to a thousand."""
    return _count(database, definition, {_LEFTOVER: {"$exists": True}})


def _count(database: Database, definition: CollectionDefinition, query: dict[str, Any]) -> int:
    place, name = definition.place
    with translated(), pymongo.timeout(_BUILD):
        return database.client[place][name].count_documents(query, limit=_MANY)
