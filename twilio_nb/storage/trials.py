"""Whether MongoDB refuses what it is to refuse: found out by trying, in transactions that are never committed.

What is tried leaves nothing behind, whether it is refused or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bson import ObjectId
from pymongo import MongoClient
from pymongo.collection import Collection

from twilio_nb.domain.namespaces import CollectionDefinition
from twilio_nb.domain.permissions import ACTIONS, UserDefinition
from twilio_nb.domain.schemas import misfits
from twilio_nb.storage.clients import Login
from twilio_nb.storage.database import Database
from twilio_nb.storage.users import NOT_ALLOWED, code_of

DUPLICATE, MISFIT = 11000, 121
_TRIED = 3  # documents that do not fit

Texts = Collection[dict[str, Any]]


@dataclass(frozen=True)
class Trial:
    """One thing that was tried.

    Attributes
    ----------
    what : str
        Such as "find in demo.texts".
    wanted : bool
        Whether it is to be done; else to be refused, with `NOT_ALLOWED`.
    code : int or None
        MongoDB's error code; None if it did it.
    """

    what: str
    wanted: bool
    code: int | None

    @property
    def is_right(self) -> bool:
        """Whether it was done, or refused, as it was to be; a document that does not fit was let in so far."""
        return (self.code != NOT_ALLOWED) is self.wanted


def trials_of_user(database: Database, login: Login, definition: UserDefinition) -> list[Trial]:
    """Try as a user what it may and what it may not.

    Parameters
    ----------
    database : Database
        The one that declares it.
    login : Login
        The user; one that cannot log in gives an error with its code.
    definition : UserDefinition
        What it may.

    Returns
    -------
    list of Trial
        Each action in each of its collections, past their validators too, changing these, and reading the texts.

    Raises
    ------
    StorageError
        If MongoDB is away.
    """
    client = database.clients.of(login)
    may = {str(permission) for permission in definition.permissions}
    own = f"{database.name}.messages"
    names = dict.fromkeys([one.collection for one in definition.permissions])
    tried = []
    for name in names:
        target = _collection(client, name)
        for action, (preposition, _) in ACTIONS.items():
            what = f"{action} {preposition} {name}"
            tried.append(Trial(what, what in may, _code(database, target, action)))
        bypass = code_of(partial(_insert, target, [{}], bypass=True), database)
        tried.append(Trial(f"write past the validator of {name}", False, bypass))
        change = code_of(partial(target.database.command, "collMod", target.name), database)
        tried.append(Trial(f"change the validator of {name}", False, change))
    if own not in names:
        tried.append(Trial(f"find in {own}", False, _code(database, _collection(client, own), "find")))
    return tried


def code_of_misfit(database: Database, definition: CollectionDefinition) -> int | None:
    """Try to store what a collection is to refuse.

    Parameters
    ----------
    database : Database
        On whose server.
    definition : CollectionDefinition
        The collection.

    Returns
    -------
    int or None
        `MISFIT` if that was refused; None if not, or nothing is known that does not fit.
    """
    target = _collection(database.client, definition.name)
    for document in misfits(definition.translation.schema)[:_TRIED]:
        if (code := code_of(partial(_insert, target, [document]), database)) is not None:
            return code
    return None


def code_of_double(database: Database, name: str, field: str) -> int | None:
    """Try to store two documents with the same value in a field.

    Parameters
    ----------
    database : Database
        On whose server.
    name : str
        The collection with its database.
    field : str
        The field.

    Returns
    -------
    int or None
        `DUPLICATE` if the second was refused.
    """
    double = {field: f"twilio_nb-trial-{ObjectId()}"}
    target = _collection(database.client, name)
    code = code_of(partial(_insert, target, [double, double], bypass=True), database)
    if code == NOT_ALLOWED:  # the notebook's own user may not pass the validator; perhaps it lets them in
        code = code_of(partial(_insert, target, [double, double]), database)
    return code


def _code(database: Database, target: Texts, action: str) -> int | None:
    nobody = {"_id": ObjectId()}
    tried: Mapping[str, Any] = {
        "insert": lambda: _insert(target, [{}]),
        "find": lambda: target.find_one(nobody),
        "update": lambda: target.update_one(nobody, {"$set": {"twilio_nb_trial": True}}),
        "delete": lambda: target.delete_one(nobody),
    }
    return code_of(tried[action], database)


def _insert(target: Texts, documents: list[dict[str, Any]], *, bypass: bool = False) -> None:
    """Store documents in a transaction that is taken back."""
    given = {"bypass_document_validation": True} if bypass else {}
    with target.database.client.start_session() as session:
        session.start_transaction()
        try:
            for document in documents:
                target.insert_one({"_id": ObjectId(), **document}, session=session, **given)
        finally:
            session.abort_transaction()


def _collection(client: MongoClient[dict[str, Any]], name: str) -> Texts:
    database, _, collection = name.partition(".")
    return client[database][collection]
