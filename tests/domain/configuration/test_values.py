"""Values and environments as the retired service wrote them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

from twilio_nb.domain.configuration import values
from twilio_nb.domain.extended import extended
from twilio_nb.domain.values import ValueDefinition
from twilio_nb.errors import ConfigurationError

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

    read = values.from_config(document)

    assert (read.value, type(read.value)) == (means, type(means))
    assert json.dumps(values.to_config(read)) == json.dumps(document)


def test_an_older_file_is_read_and_what_it_has_besides_passed_over() -> None:  # VAL-01
    older = {"id": "5ec2e7", "name": "old name", "private": True, "value": {"$numberInt": "3"}}

    assert values.from_config(older) == ValueDefinition("old name", 3)


def test_a_value_from_a_secret_keeps_the_secrets_name() -> None:  # VAL-03
    document = {"name": "key", "value": "weather-key", "from_secret": True}

    read = values.from_config(document)

    assert read == ValueDefinition("key", "weather-key", from_secret=True)
    assert values.to_config(read) == document


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
        values.from_config(document)

    assert "hunter2" not in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_an_environment_is_read_and_written_again_as_it_was() -> None:  # ENV-01
    document = {"values": {"a": {"$numberLong": "1"}, "b": ["x"]}}

    found = values.environment_from_config("qa", document)

    assert found[0] == ValueDefinition("a", Int64(1), environment="qa")
    assert json.dumps(values.environment_to_config(found)) == json.dumps(document)
    assert values.environment_from_config("no-environment", document)[0].environment == ""


def test_a_number_too_large_for_json_alone_keeps_its_digits() -> None:
    assert extended({"n": Int64(2**60)}) == {"n": {"$numberLong": str(2**60)}}
