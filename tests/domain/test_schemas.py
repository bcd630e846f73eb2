"""What becomes of a schema of App Services; a real mongod takes what is made, see tests/storage/test_schemas.py."""

from typing import Any

import pytest
from bson import Int64

from twilio_nb.domain.schemas import misfits, translate
from twilio_nb.errors import ConfigurationError

Schema = dict[str, Any]

TABLE: list[tuple[str, Schema, Schema, list[str]]] = [
    ("SCH-04", {"bsonType": "uuid"}, {"bsonType": "binData"}, ["uuid"]),
    ("SCH-04", {"bsonType": "mixed"}, {}, ["any type"]),
    ("SCH-04", {"bsonType": ["mixed", "string"]}, {}, ["any type"]),
    ("SCH-04", {"bsonType": "float"}, {"bsonType": "double"}, ["`5.0`"]),
    ("SCH-04", {"type": "integer"}, {"bsonType": ["int", "long"]}, []),
    ("SCH-04", {"type": ["integer", "null"]}, {"bsonType": ["int", "long", "null"]}, []),
    ("SCH-04", {"type": "string"}, {"type": "string"}, []),
    ("SCH-04", {"bsonType": "int", "type": "number"}, {"bsonType": "int"}, ["`type`"]),
    ("SCH-04", {"bsonType": "stuff"}, {}, ["no such type"]),
    ("SCH-04", {"bsonType": {}}, {}, ["neither"]),
    ("SCH-04", {"required": []}, {}, []),
    ("SCH-04", {"required": ["a", "a"]}, {"required": ["a"]}, []),
    ("SCH-04", {"required": True}, {}, ["`required`"]),
    ("SCH-04", {"bsonType": "string", "default": "x"}, {"bsonType": "string"}, ["`default`"]),
    ("SCH-04", {"bsonType": "string", "format": "email"}, {"bsonType": "string"}, ["`format`"]),
    ("SCH-04", {"$ref": "#/definitions/a", "definitions": {}}, {}, ["`$ref`", "`definitions`"]),
    ("SCH-04", {"validate": {"%%this": {"$gt": 0}}}, {}, ["`validate`"]),
    ("SCH-04", {"bsonType": "number"}, {"bsonType": "number"}, []),
    ("SCH-04", {"minimum": 1, "exclusiveMinimum": True}, {"minimum": 1, "exclusiveMinimum": True}, []),
    ("SCH-04", {"exclusiveMinimum": 1}, {"minimum": 1, "exclusiveMinimum": True}, []),
    ("SCH-04", {"minimum": 5, "exclusiveMinimum": 1}, {"minimum": 5}, []),
    ("SCH-04", {"maximum": 5, "exclusiveMaximum": 1}, {"maximum": 1, "exclusiveMaximum": True}, []),
    ("SCH-04", {"exclusiveMaximum": True}, {}, ["`exclusiveMaximum`"]),
    ("SCH-04", {"const": "yes"}, {"enum": ["yes"]}, []),
    ("SCH-04", {"patternProperties": {"^a": {"bsonType": "uuid"}}},
     {"patternProperties": {"^a": {"bsonType": "binData"}}}, ["^a: `uuid`"]),
    ("SCH-04", {"pattern": "(?<word>a)"}, {"pattern": "(?<word>a)"}, []),
    ("SCH-04", {"pattern": 7}, {}, ["`pattern`"]),
    ("SCH-04", {"maxLength": -1, "enum": [], "minItems": "2"}, {}, ["`maxLength`", "`enum`", "`minItems`"]),
    ("SCH-04", {"maxLength": {"$numberInt": "160"}}, {"maxLength": 160}, []),
    ("SCH-04", {"properties": {"address": {"properties": {"zip": {"bsonType": "uuid"}}}}},
     {"properties": {"address": {"properties": {"zip": {"bsonType": "binData"}}}}}, ["address.zip: `uuid`"]),
    ("SCH-04", {"items": {"bsonType": "mixed"}, "bsonType": "array"}, {"items": {}, "bsonType": "array"}, ["[]:"]),
    ("SCH-04", {"anyOf": [{"required": []}, {"bsonType": "float"}], "allOf": []},
     {"anyOf": [{}, {"bsonType": "double"}]}, ["`5.0`", "`allOf`"]),
    ("SCH-04", {"properties": {"a": True, "b": False, "c": 7}},
     {"properties": {"a": {}, "b": {"not": {}}, "c": {}}}, ["c: "]),
    ("SCH-05", {"additionalProperties": False}, {"additionalProperties": False, "properties": {"_id": {}}}, []),
    ("SCH-05", {"additionalProperties": {"bsonType": "string"}},
     {"additionalProperties": {"bsonType": "string"}, "properties": {"_id": {}}}, []),
    ("SCH-05", {"additionalProperties": False, "properties": {"_id": {"bsonType": "string"}}},
     {"additionalProperties": False, "properties": {"_id": {"bsonType": "string"}}}, []),
    ("SCH-05", {"additionalProperties": True}, {"additionalProperties": True}, []),
    ("SCH-05", {"properties": {"in": {"additionalProperties": False}}},
     {"properties": {"in": {"additionalProperties": False}}}, []),
]  # fmt: skip

NULLABLE: list[tuple[str, Schema, Schema]] = [
    ("SCH-03", {"properties": {"a": {"bsonType": "string"}}}, {"properties": {"a": {"bsonType": ["string", "null"]}}}),
    ("SCH-03", {"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": ["string", "null"]}}}),
    ("SCH-03", {"required": ["a"], "properties": {"a": {"bsonType": "string"}}},
     {"required": ["a"], "properties": {"a": {"bsonType": "string"}}}),
    ("SCH-03", {"properties": {"a": {"enum": ["x"]}}},
     {"properties": {"a": {"anyOf": [{"bsonType": "null"}, {"enum": ["x"]}]}}}),
    ("SCH-03", {"properties": {"a": {"properties": {"b": {"bsonType": "int"}}, "bsonType": "object"}}},
     {"properties": {"a": {"properties": {"b": {"bsonType": ["int", "null"]}}, "bsonType": ["object", "null"]}}}),
    ("SCH-03", {"properties": {"a": {}}}, {"properties": {"a": {}}}),
]  # fmt: skip


@pytest.mark.parametrize(("item", "given", "expected", "said"), TABLE)
def test_a_schema_becomes_what_mongodb_knows_and_the_rest_is_said(
    item: str, given: Schema, expected: Schema, said: list[str]
) -> None:
    made = translate(given)

    assert made.schema == expected
    assert len(made.notes) == len(said)
    assert all(words in note for words, note in zip(said, made.notes, strict=True))


@pytest.mark.parametrize(("item", "given", "expected"), NULLABLE)
def test_with_the_apps_switch_fields_that_are_not_required_may_be_null(
    item: str, given: Schema, expected: Schema
) -> None:
    assert translate(given, nullable=True).schema == expected


def test_a_number_that_python_stores_otherwise_than_javascript_is_pointed_out() -> None:
    properties = {
        "big": {"bsonType": "long"},
        "price": {"bsonType": "double"},
        "any": {"bsonType": ["int", "long"]},
    }

    notes = translate({"properties": properties}).notes

    assert [note.partition(":")[0] for note in notes] == ["big", "price"]
    assert "bson.Int64(5)" in notes[0]


@pytest.mark.parametrize("given", [[], "text", None, {"enum": [object()]}])
def test_what_is_no_schema_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"schema\.json"):
        translate(given)


def test_a_schema_without_end_is_refused() -> None:
    schema: Schema = {}
    for _ in range(60):
        schema = {"properties": {"a": schema}}

    with pytest.raises(ConfigurationError, match="deeper"):
        translate(schema)


def test_the_given_schema_is_not_changed() -> None:
    given: Schema = {
        "required": [],
        "additionalProperties": False,
        "properties": {"n": {"minimum": Int64(1)}},
    }

    translate(given, nullable=True)

    assert given == {"required": [], "additionalProperties": False, "properties": {"n": {"minimum": 1}}}


def test_documents_that_a_schema_refuses_are_found() -> None:
    schema = {
        "required": ["Body"],
        "properties": {"Body": {"bsonType": "string"}, "done": {"bsonType": "bool"}, "any": {}},
        "additionalProperties": False,
    }

    assert [sorted(document) for document in misfits(schema)] == [[], ["Body"], ["done"], ["twilio_nb_trial"]]
    assert misfits({"properties": {"any": {}}}) == []
