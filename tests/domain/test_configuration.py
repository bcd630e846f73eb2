"""The retired service's config.json: read in all its forms, written in one, never with a token."""

import json
from typing import Any

import pytest

from tests import planted
from twilio_nb.domain.configuration import TokenFound, read_configuration, write_configuration
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError

SID = "AC" + "a1" * 16
TOKEN = planted.token()
EXPORTED: dict[str, Any] = {
    "id": "5f0c7d1e2f8fb814b56fa181",
    "name": "hotline",
    "type": "twilio",
    "config": {"sid": SID},
    "secret_config": {"auth_token": "hotline_token"},
    "version": 1,
}


def read(**changes: Any) -> Any:
    return read_configuration(json.dumps({**EXPORTED, **changes}))


def test_an_export_says_name_account_and_the_name_of_its_secret() -> None:
    found = read(something={"new": True})

    assert (found.name, found.account_sid, found.secret, found.notes) == (
        "hotline",
        SID,
        "hotline_token",
        (),
    )


@pytest.mark.parametrize("sid", ["", "<<replace_me>>", "<Your Account SID>", "{{sid}}", None])
def test_a_placeholder_is_no_account(sid: str | None) -> None:
    found = read(config={"sid": sid})

    assert found.account_sid is None
    assert "enter it" in found.notes[0]


@pytest.mark.parametrize(
    "secrets", [None, {}, {"auth_token": ""}, {"auth_token": "<secret>"}, "hotline_token"]
)
def test_without_the_name_of_a_secret_the_services_is_taken(secrets: Any) -> None:
    assert read(secret_config=secrets).secret is None


def test_a_name_that_the_old_importers_let_pass_is_made_one() -> None:
    found = read(name="my hotline (old)")

    assert found.name == "my-hotline-old-"
    assert "'my-hotline-old-'" in found.notes[0]


@pytest.mark.parametrize(
    "document",
    [
        {**EXPORTED, "config": {"sid": SID, "auth_token": TOKEN}},
        {**EXPORTED, "secret_config": {"auth_token": TOKEN}},
        {"services": {"hotline": {"auth_token": TOKEN}}, "auth_providers": {}},
        {"services": {"hotline": {"type": "twilio", "config": {"sid": SID, "auth_token": TOKEN}}}},
    ],
)
def test_a_file_with_the_token_in_it_is_refused_with_what_to_do(document: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"auth token itself.*password field") as caught:
        read_configuration(json.dumps(document))

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON at line 1"),
        ('{"name": "hotline",\n}', "no JSON at line 2"),
        ("[]", "no service's config.json"),
        ('{"name": "atlas", "type": "mongodb-atlas", "config": {}}', "type 'mongodb-atlas'"),
        ('{"type": "twilio"}', "without a name"),
        ('{"services": {"hotline": {"type": "twilio"}}}', "of a whole app"),
        ('{"name": "hotline", "type": "twilio", "config": {"sid": "AC12"}}', "no Account SID"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read_configuration(text)


def test_broken_json_with_a_token_in_it_is_not_quoted() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(f'{{"auth_token": "{TOKEN}"')

    assert caught.value.__cause__ is None
    assert TOKEN not in str(caught.value)


def test_what_is_written_is_read_again_and_always_looks_the_same() -> None:
    definition = ServiceDefinition(
        "hotline", SID, secret="hotline_token", sender="+15005550006", public_url="https://a.example/"
    )

    text = write_configuration(definition)

    assert (found := read_configuration(text)).notes == ()
    assert (found.name, found.account_sid, found.secret) == ("hotline", SID, "hotline_token")
    assert list(json.loads(text)) == ["name", "type", "config", "secret_config", "version"]
    assert "a.example" not in text


def test_an_api_key_has_no_place_in_it() -> None:
    with pytest.raises(ConfigurationError, match="API key"):
        write_configuration(ServiceDefinition("hotline", SID, api_key="SK" + "0" * 32))


def test_a_token_in_what_is_no_json_is_found_too() -> None:
    with pytest.raises(TokenFound, match="holds the auth token itself"):
        read_configuration(f'{{"name": "hotline", "secret_config": {{"auth_token": "{TOKEN}",}}')
