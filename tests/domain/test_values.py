"""What may be a value, and an environment."""

from typing import Any

import pytest

from twilio_nb.domain.values import ValueDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.secrets import Secret

TOKEN = "5ec2e75ec2e70123456789abcdef0123"


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


def test_there_are_five_environments_and_no_other() -> None:  # ENV-01
    for tag in ("", "development", "testing", "qa", "production"):
        assert ValueDefinition("a", 1, environment=tag).checked().key == f"{tag}/a"
    with pytest.raises(ConfigurationError, match="no environment 'prod'"):
        ValueDefinition("a", 1, environment="prod").checked()


def test_a_value_of_one_environment_cannot_come_from_a_secret() -> None:
    with pytest.raises(ConfigurationError, match="leave environment out"):
        ValueDefinition("a", "key", from_secret=True, environment="qa").checked()
