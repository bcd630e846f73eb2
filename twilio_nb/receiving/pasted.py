"""MongoDB by the names of App Services, for code that was pasted from there.

What is written anew uses pymongo's own collection, which has all of MongoDB. This has the methods that people
used, and their results; in an ``async def`` handler each is awaited, as it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from twilio_nb.errors import HandlerError
from twilio_nb.receiving.pasted_results import PastedCursor, Result, deleted, then, updated, written

Document = Mapping[str, Any]
Options = Mapping[str, Any] | None

_OPTIONS = {
    "upsert": "upsert",
    "ordered": "ordered",
    "sort": "sort",
    "projection": "projection",
    "returnNewDocument": "return_document",
    "limit": "limit",
    "skip": "skip",
    "arrayFilters": "array_filters",
    "bypassDocumentValidation": "bypass_document_validation",
}
_ONE_AND = ("upsert", "sort", "projection", "returnNewDocument")


class PastedSource:
    """A data source by the names of App Services; from ``context.services.get("mongodb-atlas").app_services_names()``.

    Parameters
    ----------
    source : DataSource
        The data source.
    """

    def __init__(self, source: Any) -> None:
        self._source = source

    def db(self, name: str) -> "PastedDatabase":
        """Return the database of this name."""
        return PastedDatabase(self._source.db(name))

    database = db

    def __repr__(self) -> str:
        return f"{self._source!r} by the names of App Services"


class PastedDatabase:
    """A database, by the names of App Services."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def collection(self, name: str) -> "PastedCollection":
        """Return the collection of this name."""
        return PastedCollection(self._database.collection(name))


class PastedCollection:
    """A collection, by the names of App Services.

    Options are a document, as there: ``texts.updateOne(query, update, {"upsert": True})``.

    Parameters
    ----------
    collection : pymongo collection
        Of the synchronous or the asynchronous driver.
    """

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    def __getattr__(self, name: str) -> Any:
        message = (
            f"There is no {name!r} by the names of App Services. pymongo's own collection, without "
            "app_services_names(), has everything: insert_one, watch, create_index …"
        )
        raise AttributeError(message)

    def insertOne(self, document: Document) -> Any:
        """Store a document: ``insertedId``."""
        return then(self._collection.insert_one(document), lambda done: Result(insertedId=done.inserted_id))

    def insertMany(self, documents: Sequence[Document], options: Options = None) -> Any:
        """Store documents: ``insertedIds``, a list in their order."""
        given = _options("insertMany", options, "ordered")
        return then(
            self._collection.insert_many(documents, **given),
            lambda done: Result(insertedIds=done.inserted_ids),
        )

    def findOne(self, query: Document | None = None, projection: Any = None, options: Options = None) -> Any:
        """Return a document, or None."""
        given = _options("findOne", options, "sort", "skip")
        return self._collection.find_one(query or {}, projection, **given)

    def find(
        self, query: Document | None = None, projection: Any = None, options: Options = None
    ) -> "PastedCursor":
        """Return a cursor: ``toArray()``, ``next()``, ``sort(…)``, ``skip(…)``, ``limit(…)``."""
        given = _options("find", options, "sort", "skip", "limit")
        found = self._collection.find(query or {}, projection, **given)
        return PastedCursor(lambda: found)

    def updateOne(self, query: Document, update: Any, options: Options = None) -> Any:
        """Change a document: ``matchedCount``, ``modifiedCount``, and ``upsertedId`` if it was inserted."""
        given = _options("updateOne", options, "upsert", "arrayFilters")
        return then(self._collection.update_one(query, update, **given), updated)

    def updateMany(self, query: Document, update: Any, options: Options = None) -> Any:
        """Change documents, with results as `updateOne`."""
        given = _options("updateMany", options, "upsert", "arrayFilters")
        return then(self._collection.update_many(query, update, **given), updated)

    def findOneAndUpdate(self, query: Document, update: Any, options: Options = None) -> Any:
        """Change a document and return it, as it was unless ``returnNewDocument`` is true; None without one.

        A whole document instead of operators replaces it.
        """
        if isinstance(update, Mapping) and update and not any(str(key).startswith("$") for key in update):
            return self.findOneAndReplace(query, update, options)
        given = _options("findOneAndUpdate", options, *_ONE_AND, "arrayFilters")
        return self._collection.find_one_and_update(query, update, **given)

    def findOneAndReplace(self, query: Document, replacement: Document, options: Options = None) -> Any:
        """Replace a document and return it, as `findOneAndUpdate`."""
        given = _options("findOneAndReplace", options, *_ONE_AND)
        return self._collection.find_one_and_replace(query, replacement, **given)

    def findOneAndDelete(self, query: Document, options: Options = None) -> Any:
        """Delete a document and return it; None without one."""
        return self._collection.find_one_and_delete(
            query, **_options("findOneAndDelete", options, "sort", "projection")
        )

    def deleteOne(self, query: Document) -> Any:
        """Delete a document: ``deletedCount``."""
        return then(self._collection.delete_one(query), deleted)

    def deleteMany(self, query: Document) -> Any:
        """Delete documents: ``deletedCount``."""
        return then(self._collection.delete_many(query), deleted)

    def count(self, query: Document | None = None, options: Options = None) -> Any:
        """Return how many documents there are."""
        return self._collection.count_documents(query or {}, **_options("count", options, "limit", "skip"))

    def distinct(self, field: str, query: Document | None = None) -> Any:
        """Return the different values of a field, a list."""
        return self._collection.distinct(field, query or {})

    def aggregate(self, pipeline: Sequence[Document]) -> "PastedCursor":
        """Return a cursor: ``toArray()``, ``next()``."""
        return PastedCursor(lambda: self._collection.aggregate(pipeline))

    def bulkWrite(self, operations: Sequence[Document], options: Options = None) -> Any:
        """Do several writes; return how many documents each kind concerned."""
        from twilio_nb.storage.operations import operations as driven  # %load_ext passes here

        given = _options("bulkWrite", options, "ordered", "bypassDocumentValidation")
        return then(self._collection.bulk_write(driven(operations), **given), written)

    def __repr__(self) -> str:
        return f"<collection {self._collection.full_name!r} by the names of App Services>"


def _options(method: str, given: Options, *known: str) -> dict[str, Any]:
    options = dict(given or {})
    if unknown := [name for name in options if name not in known]:
        message = (
            f"{method} has no option {unknown[0]!r} by the names of App Services; it has {', '.join(known)}. "
            "pymongo's own collection, without app_services_names(), takes more."
        )
        raise HandlerError(message)
    if isinstance(options.get("sort"), Mapping):
        options["sort"] = list(options["sort"].items())
    return {_OPTIONS[name]: value for name, value in options.items()}
