"""Pasted code meets MongoDB by the names of App Services, in a handler, with both drivers."""

import inspect
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId

from twilio_nb.errors import HandlerError
from twilio_nb.receiving.context import context
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.pasted import PastedCollection
from twilio_nb.receiving.pasted_results import Result
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database
from twilio_nb.storage.mongod import Mongod

THREE = [{"_id": n, "who": who, "n": n} for n, who in enumerate(("ann", "bob", "ann"), 1)]
ANN, BOB = {"who": "ann"}, {"who": "bob"}
Call = Callable[[Any], Any]

TABLE: list[tuple[str, Call, Any]] = [
    ("DB-01", lambda c: c.insertOne({"_id": 4}), {"insertedId": 4}),
    ("DB-01", lambda c: c.insertMany([{"_id": 5}, {"_id": 4}]), {"insertedIds": [5, 4]}),
    ("DB-01", lambda c: c.insertMany([{"_id": 5}], {"ordered": False}), {"insertedIds": [5]}),
    ("DB-02", lambda c: c.findOne(BOB), THREE[1]),
    ("DB-02", lambda c: c.findOne(ANN, {"n": 1, "_id": 0}), {"n": 1}),
    ("DB-02", lambda c: c.findOne(ANN, None, {"sort": {"n": -1}}), THREE[2]),
    ("DB-02", lambda c: c.findOne({"who": "eve"}), None),
    ("DB-02", lambda c: c.find(ANN).toArray(), [THREE[0], THREE[2]]),
    ("DB-02", lambda c: c.find(ANN, {"n": 1, "_id": 0}).sort({"n": -1}).toArray(), [{"n": 3}, {"n": 1}]),
    ("DB-02", lambda c: c.find().sort({"n": 1}).skip(1).limit(1).toArray(), [THREE[1]]),
    ("DB-02", lambda c: c.find({}, None, {"sort": {"n": -1}, "limit": 1}).toArray(), [THREE[2]]),
    ("DB-02", lambda c: c.find(BOB).next(), THREE[1]),
    ("DB-02", lambda c: c.find({"who": "eve"}).next(), None),
    ("DB-03", lambda c: c.updateOne(ANN, {"$set": {"n": 7}}), {"matchedCount": 1, "modifiedCount": 1}),
    ("DB-03", lambda c: c.updateOne({"who": "eve"}, {"$set": {"n": 7}}), {"matchedCount": 0, "modifiedCount": 0}),
    ("DB-03", lambda c: c.updateMany(ANN, {"$set": {"n": 1}}), {"matchedCount": 2, "modifiedCount": 1}),
    ("DB-03", lambda c: c.updateOne({"_id": 9}, {"$set": {"n": 9}}, {"upsert": True}),
     {"matchedCount": 0, "modifiedCount": 0, "upsertedId": 9}),
    ("DB-04", lambda c: c.findOneAndUpdate(BOB, {"$set": {"n": 7}}), THREE[1]),
    ("DB-04", lambda c: c.findOneAndUpdate(BOB, {"$set": {"n": 7}}, {"returnNewDocument": True}), {**THREE[1], "n": 7}),
    ("DB-04", lambda c: c.findOneAndUpdate(BOB, {"n": 7}, {"returnNewDocument": True}), {"_id": 2, "n": 7}),
    ("DB-04", lambda c: c.findOneAndUpdate({"who": "eve"}, {"$set": {"n": 1}}), None),
    ("DB-04", lambda c: c.findOneAndUpdate({"_id": 9}, {"$set": {"n": 9}}, {"upsert": True, "returnNewDocument": True}),
     {"_id": 9, "n": 9}),
    ("DB-04", lambda c: c.findOneAndUpdate(ANN, {"$set": {"m": 1}}, {"sort": {"n": -1}, "projection": {"n": 1}}),
     {"_id": 3, "n": 3}),
    ("DB-04", lambda c: c.findOneAndReplace(BOB, {"n": 8}, {"returnNewDocument": True}), {"_id": 2, "n": 8}),
    ("DB-04", lambda c: c.findOneAndDelete(ANN, {"sort": {"n": -1}}), THREE[2]),
    ("DB-05", lambda c: c.deleteOne(ANN), {"deletedCount": 1}),
    ("DB-05", lambda c: c.deleteMany(ANN), {"deletedCount": 2}),
    ("DB-05", lambda c: c.count(ANN), 2),
    ("DB-05", lambda c: c.count(None, {"limit": 1}), 1),
    ("DB-05", lambda c: sorted_later(c.distinct("who")), ["ann", "bob"]),
    ("DB-05", lambda c: c.aggregate([{"$match": ANN}, {"$count": "n"}]).toArray(), [{"n": 2}]),
    ("DB-05", lambda c: c.aggregate([{"$match": BOB}]).next(), THREE[1]),
    ("DB-06", lambda c: c.bulkWrite([
        {"insertOne": {"document": {"_id": 4}}},
        {"updateOne": {"filter": BOB, "update": {"$set": {"n": 5}}}},
        {"updateMany": {"filter": ANN, "update": {"$set": {"n": 5}}}},
        {"replaceOne": {"filter": {"_id": 8}, "replacement": {"n": 1}, "upsert": True}},
        {"deleteOne": {"filter": {"_id": 1}}},
        {"deleteMany": {"filter": ANN}},
    ], {"ordered": True}),
     {"insertedCount": 1, "matchedCount": 3, "modifiedCount": 3, "deletedCount": 2, "upsertedCount": 1,
      "upsertedIds": {3: 8}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def opened(mongod: Mongod) -> Iterator[Database]:
    with Database.open(f"test_{secrets.token_hex(6)}") as database:
        yield database
        database.drop()


@pytest.fixture
def database(opened: Database) -> Database:
    """A database that the module's tests share, with three texts in it."""
    opened.db["texts"].drop()
    opened.db["texts"].insert_many(THREE)
    return opened


def sorted_later(values: Any) -> Any:
    if not inspect.isawaitable(values):
        return sorted(values)

    async def later() -> Any:
        return sorted(await values)

    return later()


def answered(database: Database, call: Call, *, asynchronous: bool) -> Any:
    """What a call comes to inside a handler that keeps it."""
    kept: list[Any] = []

    def texts() -> PastedCollection:
        atlas = context.services.get("mongodb-atlas").app_services_names()
        found: PastedCollection = atlas.db(database.name).collection("texts")
        return found

    def plain(payload: Any) -> None:
        kept.append(call(texts()))

    async def awaiting(payload: Any) -> None:
        called = call(texts())
        kept.append(await called if inspect.isawaitable(called) else called)

    handler = Handler(awaiting if asynchronous else plain, "s", "w")
    handler.database = database
    outcome = start(handler, Text((("Body", "Hello"),))).result(20)
    assert outcome.error is None, outcome.error
    return kept[0]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])
@pytest.mark.parametrize(("item", "call", "expected"), TABLE)
def test_a_pasted_call_does_what_it_did(
    database: Database, item: str, call: Call, expected: Any, asynchronous: bool
) -> None:
    assert answered(database, call, asynchronous=asynchronous) == expected


def test_a_result_is_read_by_name_and_in_brackets(database: Database) -> None:  # DB-01, DB-03
    result = answered(database, lambda c: c.insertOne({"n": 1}), asynchronous=False)

    assert isinstance(result.insertedId, ObjectId)
    assert result["insertedId"] == result.insertedId
    assert Result(matchedCount=1).upsertedId is None
    with pytest.raises(AttributeError, match="insertedId"):
        _ = result.modifiedCount


def test_a_cursor_is_walked_document_by_document(database: Database) -> None:  # DB-02
    def walk(texts: Any) -> list[Any]:
        cursor = texts.find(ANN)
        return [cursor.next(), [one["n"] for one in cursor], cursor.next()]

    async def awaited(texts: Any) -> list[Any]:
        cursor = texts.aggregate([{"$match": ANN}])
        return [await cursor.next(), [one["n"] async for one in cursor], await cursor.next()]

    assert answered(database, walk, asynchronous=False) == [THREE[0], [3], None]
    assert answered(database, awaited, asynchronous=True) == [THREE[0], [3], None]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.updateOne({}, {"$set": {}}, {"hint": "x"}), "no option 'hint'"),
        (lambda c: c.bulkWrite([{"insert": {}}]), "Operation 1"),
        (lambda c: c.bulkWrite([{"insertOne": {}}]), r"lacks \['document'\]"),
        (lambda c: c.bulkWrite([{"deleteOne": {"filter": {}, "x": 1}}]), r"has \['x'\]"),
    ],
)
def test_what_pasted_code_cannot_say_here_is_said(
    database: Database, call: Call, said: str
) -> None:  # DB-03, DB-06
    texts = PastedCollection(database.db["texts"])

    with pytest.raises(HandlerError, match=said):
        call(texts)


def test_a_method_that_nobody_used_points_to_pymongos_own(database: Database) -> None:
    with pytest.raises(AttributeError, match=r"without app_services_names\(\)"):
        PastedCollection(database.db["texts"]).createIndex({"n": 1})


def test_a_pasted_call_that_is_not_awaited_is_named(database: Database) -> None:  # DB-01
    async def forget(payload: Any) -> Any:
        atlas = context.services.get("mongodb-atlas").app_services_names()
        return atlas.db(database.name).collection("texts").insertOne(payload)

    handler = Handler(forget, "s", "w", respond_result=True)
    handler.database = database
    outcome = start(handler, Text((("Body", "Hello"),))).result(20)

    assert "insert_one" in " ".join(outcome.warnings)
    assert database.db["texts"].count_documents({}) == len(THREE)


def test_reads_go_to_the_primary_unless_the_address_says_otherwise(  # DB-12
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", f"{database.uri.reveal()}&readPreference=secondaryPreferred")
    with Database.open(database.name) as other:
        assert other.client.read_preference.name == "SecondaryPreferred"
        assert database.client.read_preference.name == "Primary"
