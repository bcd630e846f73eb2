"""Definitions of one kind, kept in a collection of their own."""

from typing import Generic, TypeVar

from twilio_nb.domain.definitions import Stored
from twilio_nb.domain.namespaces import CollectionDefinition
from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import readable

T = TypeVar("T", bound=Stored)


class Declarations(Generic[T]):
    """What a database declares.

    Every method raises `StoreUnavailable` within the database's timeout when MongoDB is away, and
    `StorageError` when it refuses.

    Parameters
    ----------
    database : Database
        Where they are kept.
    kind : type
        Of what they are.
    collection : str
        Name of their collection.
    """

    def __init__(self, database: Database, kind: type[T], collection: str) -> None:
        self._database = database
        self._kind = kind
        self._collection = database.collection(collection)

    def find(self, key: str) -> T | None:
        """Return the one that has this key, or None."""
        with self._database.operation():
            document = self._collection.find_one({"_id": key})
        return None if document is None else self._kind.from_document(document)

    def all(self) -> list[T]:
        """List all by key, without those that cannot be read; they are named in the log."""
        with self._database.operation():
            return readable(self._kind, self._collection.find().sort("_id"), set())

    def save(self, one: T) -> None:
        """Store one in place of that which has its key."""
        with self._database.operation():
            self._collection.replace_one({"_id": one.key}, one.to_document(), upsert=True)

    def remove(self, key: str) -> bool:
        """Forget one; return whether there was one."""
        with self._database.operation():
            return self._collection.delete_one({"_id": key}).deleted_count == 1


def declared_users(database: Database) -> Declarations[UserDefinition]:
    """Return the users that a database declares; all its services share them."""
    return Declarations(database, UserDefinition, "users")


def declared_collections(database: Database) -> Declarations[CollectionDefinition]:
    """Return the collections that a database declares, of whatever database they are."""
    return Declarations(database, CollectionDefinition, "collections")
