"""A real mongod takes each translated schema, and refuses what the schema does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Binary, Int64, ObjectId
from pymongo.collection import Collection
from pymongo.errors import WriteError

from tests.domain.test_schemas import NULLABLE, TABLE
from twilio_nb.domain.schemas import misfits, translate
from twilio_nb.storage.database import Database

REFUSED = 121

TEXTS: dict[str, Any] = {
    "title": "text",
    "bsonType": "object",
    "required": ["Body", "sent"],
    "additionalProperties": False,
    "properties": {
        "Body": {"bsonType": "string", "minLength": 1},
        "sent": {"bsonType": "date"},
        "segments": {"type": "integer", "exclusiveMinimum": 0, "default": 1},
        "device": {"bsonType": "uuid"},
        "notes": {"bsonType": "mixed"},
        "tags": {"bsonType": "array", "items": {"enum": ["new", "done"]}, "uniqueItems": True},
        "place": {"bsonType": "object", "required": [], "properties": {"city": {"bsonType": "string"}}},
    },
}
SENT = {"Body": "Hello", "sent": datetime(2026, 11, 5, tzinfo=UTC)}

DOCUMENTS: list[
    tuple[dict[str, Any], bool, bool]
] = [  # a document, whether it fits, and where null is allowed
    (SENT, True, True),
    ({**SENT, "_id": ObjectId()}, True, True),
    ({**SENT, "segments": 2}, True, True),
    ({**SENT, "segments": Int64(2)}, True, True),
    ({**SENT, "segments": 0}, False, False),
    ({**SENT, "segments": 2.0}, False, False),
    ({**SENT, "segments": None}, False, True),
    ({**SENT, "device": Binary(b"0" * 16, 4)}, True, True),
    ({**SENT, "device": "0" * 36}, False, False),
    ({**SENT, "notes": {"a": [1]}}, True, True),
    ({**SENT, "notes": None}, True, True),
    ({**SENT, "tags": ["new", "done"]}, True, True),
    ({**SENT, "tags": ["new", "new"]}, False, False),
    ({**SENT, "tags": ["old"]}, False, False),
    ({**SENT, "place": {"city": "Turin", "zip": 10121}}, True, True),
    ({**SENT, "place": {"city": None}}, False, True),
    ({**SENT, "other": 1}, False, False),
    ({"Body": "Hello"}, False, False),
    ({**SENT, "Body": None}, False, False),
    ({**SENT, "Body": ""}, False, False),
]


def refusal(texts: Collection[Any], document: dict[str, Any]) -> int | None:
    try:
        texts.insert_one(dict(document))
    except WriteError as error:
        return error.code
    return None


@pytest.mark.parametrize("nullable", [False, True])
def test_mongod_refuses_what_the_schema_does_and_nothing_else(  # SCH-03, SCH-04, SCH-05
    database: Database, nullable: bool
) -> None:
    validator = {"$jsonSchema": translate(TEXTS, nullable=nullable).schema}
    texts = database.db.create_collection("texts", validator=validator)

    codes = [refusal(texts, document) for document, _, _ in DOCUMENTS]

    fitting = [with_null if nullable else fits for _, fits, with_null in DOCUMENTS]
    assert codes == [None if fits else REFUSED for fits in fitting]


def test_mongod_takes_every_translated_schema(database: Database) -> None:  # SCH-04
    schemas = [translate(given).schema for _, given, _, _ in TABLE]
    schemas += [translate(given, nullable=True).schema for _, given, _ in NULLABLE]

    for schema in schemas:
        database.db.drop_collection("texts")
        database.db.create_collection("texts", validator={"$jsonSchema": schema} if schema else {})


def test_mongod_refuses_the_documents_that_are_found_to_misfit(database: Database) -> None:
    schema = translate(TEXTS).schema
    texts = database.db.create_collection("texts", validator={"$jsonSchema": schema})
    found = misfits(schema)

    codes = [refusal(texts, document) for document in found]

    assert codes == [REFUSED] * len(found)
    assert len(found) > 5
