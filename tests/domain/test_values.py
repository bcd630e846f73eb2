"""Values as the retired service wrote them, and what may be made here."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

from twilio_nb.domain.values import (
    ValueDefinition,
    environment_from_config,
    environment_to_config,
    extended,
)
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.secrets import Secret

TOKEN = "5ec2e75ec2e70123456789abcdef0123"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("+15558675310", "+15558675310"),
        (["a", {"b": [1, None, True, 1.5]}], ["a", {"b": [1, None, True, 1.5]}]),
        ({"$numberLong": "14148009497"}, Int64(14148009497)),
        ({"$date": {"$numberLong": "1767225600000"}}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({"at": [{"$oid": "0123456789abcdef01234567"}]}, {"at": [ObjectId("0123456789abcdef01234567")]}),
        ({"$numberDecimal": "1.10"}, Decimal128("1.10")),
        ({"$numberDouble": "Infinity"}, float("inf")),
    ],
)
def test_a_plain_value_is_read_and_written_again_as_it_was(
    written: Any, means: Any
) -> None:  # VAL-01, VAL-02, C11
    document = {"name": "one", "value": written, "from_secret": False}

    read = ValueDefinition.from_config(document)

    assert (read.value, type(read.value)) == (means, type(means))
    assert json.dumps(read.to_config()) == json.dumps(document)


def test_an_older_file_is_read_and_what_it_has_besides_passed_over() -> None:  # VAL-01
    older = {"id": "5ec2e7", "name": "old name", "private": True, "value": {"$numberInt": "3"}}

    assert ValueDefinition.from_config(older) == ValueDefinition("old name", 3)


def test_a_value_from_a_secret_keeps_the_secrets_name() -> None:  # VAL-03
    document = {"name": "key", "value": "weather-key", "from_secret": True}

    read = ValueDefinition.from_config(document)

    assert read == ValueDefinition("key", "weather-key", from_secret=True)
    assert read.to_config() == document


@pytest.mark.parametrize(
    "document",
    [
        {"value": "x"},
        {"name": "one", "value": {"$numberLong": "hunter2"}},
        {"name": "one", "value": {"$oid": "hunter2"}},
        {"name": "one", "value": 3, "from_secret": True},
        {"name": "one", "value": TOKEN, "from_secret": True},
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_without_its_content(document: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ValueDefinition.from_config(document)

    assert "hunter2" not in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "0-day", "our_Number", "x" * 64])
def test_a_name_that_the_retired_service_took_is_taken(name: str) -> None:  # VAL-05
    assert ValueDefinition(name, 1).checked().name == name


@pytest.mark.parametrize("name", ["", "_a", "-a", "a b", "a.b", "ä", "x" * 65, TOKEN])
def test_any_other_name_is_refused_when_it_is_made_here_and_read_all_the_same(name: str) -> None:  # VAL-05
    with pytest.raises(ConfigurationError):
        ValueDefinition(name, 1).checked()

    assert ValueDefinition.from_document({"_id": name, "name": name, "value": 1}).name == name


@pytest.mark.parametrize("value", [object(), {1, 2}, {"a": Secret("hunter2")}, 2**70, {1: 2}])
def test_what_mongodb_cannot_store_is_refused_and_not_quoted(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be stored") as caught:
        ValueDefinition("one", value).checked()

    assert "hunter2" not in str(caught.value)


def test_an_environment_is_read_and_written_again_as_it_was() -> None:  # ENV-01
    document = {"values": {"a": {"$numberLong": "1"}, "b": ["x"]}}

    values = environment_from_config("qa", document)

    assert values[0] == ValueDefinition("a", Int64(1), environment="qa")
    assert json.dumps(environment_to_config(values)) == json.dumps(document)
    assert environment_from_config("no-environment", document)[0].environment == ""


def test_there_are_five_environments_and_no_other() -> None:  # ENV-01
    for tag in ("", "development", "testing", "qa", "production"):
        assert ValueDefinition("a", 1, environment=tag).checked().key == f"{tag}/a"
    with pytest.raises(ConfigurationError, match="no environment 'prod'"):
        ValueDefinition("a", 1, environment="prod").checked()


def test_a_value_of_one_environment_cannot_come_from_a_secret() -> None:
    with pytest.raises(ConfigurationError, match="leave environment out"):
        ValueDefinition("a", "key", from_secret=True, environment="qa").checked()


def test_a_number_too_large_for_json_alone_keeps_its_digits() -> None:
    assert extended({"n": Int64(2**60)}) == {"n": {"$numberLong": str(2**60)}}
