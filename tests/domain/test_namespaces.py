import pytest

from twilio_nb.domain.namespaces import CollectionDefinition, is_ours, written_schema
from twilio_nb.errors import ConfigurationError


def test_a_schema_becomes_a_validator_that_says_who_made_it() -> None:
    schema = written_schema({"required": ["Body"], "properties": {"n": {"bsonType": "uuid"}}})
    definition = CollectionDefinition("demo.texts", schema)

    assert definition.validator["$jsonSchema"]["properties"] == {"n": {"bsonType": "binData"}}
    assert is_ours(definition.validator)
    assert not is_ours({"$jsonSchema": {}})


def test_it_is_kept_as_it_is() -> None:
    definition = CollectionDefinition(
        "demo.texts", written_schema({"$ref": "#/a"}), True, ("MessageSid",), True, "moderate"
    )

    assert CollectionDefinition.from_document(definition.to_document()) == definition


def test_equal_schemas_are_written_alike() -> None:
    assert written_schema({"title": "t", "required": ["a"]}) == written_schema(
        {"required": ["a"], "title": "t"}
    )


def test_nothing_to_check_is_no_validator() -> None:
    assert CollectionDefinition("demo.texts").validator == {}
    assert CollectionDefinition("demo.texts", written_schema({"$ref": "#/a"})).validator == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "texts"}, "names no collection"),
        ({"name": "demo.te xts"}, "names no collection"),
        ({"name": "admin.texts"}, "MongoDB's own"),
        ({"name": "de/mo.texts"}, "no database with '/'"),
        ({"name": "d" * 64 + ".texts"}, "63 bytes for a database's name"),
        ({"name": "demo." + "é" * 126}, "255 for both"),
        ({"name": "demo.texts", "unique": ("",)}, "unique"),
        ({"name": "demo.texts", "unique": ("$x",)}, "unique"),
        ({"name": "demo.texts", "level": "off"}, "strict"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        CollectionDefinition(**given)  # type: ignore[arg-type]
