"""Values are found again by every process that uses the same database."""

import logging
from secrets import token_hex

import pytest

from tests import planted
from twilio_nb.domain.values import ValueDefinition
from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret
from twilio_nb.storage.values import (
    StoredValues,
    environment_tag,
    environment_values,
    find_value,
    revealed,
    value_names,
)


@pytest.fixture
def stored(database: Database, monkeypatch: pytest.MonkeyPatch) -> StoredValues:
    """The values of the database that the environment names."""
    monkeypatch.setenv("TWILIO_NB_DATABASE", database.name)
    return StoredValues(database)


def test_a_value_is_found_as_it_was_last_saved_until_it_is_removed(stored: StoredValues) -> None:
    stored.save(ValueDefinition("staff", ["ann"]))
    stored.save(ValueDefinition("staff", {"a.b": [1, None], "$c": "d"}))

    assert find_value("staff") == {"a.b": [1, None], "$c": "d"}
    assert stored.remove("staff")
    assert not stored.remove("staff")
    with pytest.raises(KeyError):
        find_value("staff")


def test_null_is_a_value(stored: StoredValues) -> None:
    stored.save(ValueDefinition("nothing", None))

    assert find_value("nothing") is None


def test_the_values_of_an_environment_are_found_in_it_only(
    stored: StoredValues, monkeypatch: pytest.MonkeyPatch
) -> None:  # ENV-01
    stored.save(ValueDefinition("url", "all"))
    stored.save(ValueDefinition("url", "of qa", environment="qa"))
    stored.save(ValueDefinition("url", "of none", environment=""))

    seen = []
    for tag in ("", "qa", "production"):
        monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", tag)
        seen.append((environment_tag(), environment_values(), find_value("url")))

    assert seen == [
        ("", {"url": "of none"}, "all"),
        ("qa", {"url": "of qa"}, "all"),
        ("production", {}, "all"),
    ]
    assert value_names() == ["url"]


def test_an_environment_that_there_is_none_of_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "prod")

    with pytest.raises(ConfigurationError, match=r"TWILIO_NB_ENVIRONMENT names no environment.*'production'"):
        environment_tag()


def test_a_value_from_a_secret_is_the_secrets(stored: StoredValues, monkeypatch: pytest.MonkeyPatch) -> None:
    token = planted.token()
    monkeypatch.setenv("TWILIO_NB_SECRET_WEATHER_KEY", token)
    stored.save(ValueDefinition("key", "weather-key", from_secret=True))

    assert find_value("key") == Secret(token)
    assert revealed("key") == token


def test_an_auth_token_does_not_stand_in_for_a_values_secret(
    stored: StoredValues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", planted.token())
    stored.save(ValueDefinition("key", "weather-key", from_secret=True))

    with pytest.raises(SecretNotFound, match="TWILIO_NB_SECRET_WEATHER_KEY"):
        find_value("key")


def test_a_name_from_elsewhere_is_read_and_a_value_that_is_none_hides_no_other(
    stored: StoredValues, database: Database, caplog: pytest.LogCaptureFixture
) -> None:  # VAL-05
    values = database.collection("values")
    values.insert_one({"_id": "tw1 value", "name": "tw1 value", "value": 1, "private": True})
    spoilt = f"spoilt-{token_hex(3)}"  # each is warned of once
    values.insert_one({"_id": spoilt, "name": spoilt, "value": 3, "from_secret": True})

    with caplog.at_level(logging.WARNING):
        assert [one.name for one in stored.all()] == ["tw1 value"]
    assert find_value("tw1 value") == 1
    assert f"{spoilt!r} cannot be read" in caplog.text
