"""The retired service's config.json: read in all its forms, written in one, never with a token."""

from typing import Any

import pytest

from tests import planted
from twilio_nb.domain.configuration import files
from twilio_nb.domain.configuration.services import ServiceConfiguration, TokenFound, read_service
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


def read(**changes: Any) -> ServiceConfiguration:
    return ServiceConfiguration.from_config({**EXPORTED, **changes})


def test_an_export_says_name_account_and_the_name_of_its_secret() -> None:  # CFG-01, CFG-10
    found = read()

    assert (found.name, found.account_sid, found.secret) == ("hotline", SID, "hotline_token")
    assert found.notes == ()


def test_a_key_that_nobody_knows_is_passed_over_and_named() -> None:  # CFG-02
    found = read(something={"new": True})

    assert found == read()
    assert found.notes == ("Passed over, as it means nothing here: 'something'.",)


@pytest.mark.parametrize(
    "sid", ["", "<<replace_me>>", "<Your Account SID>", "{{sid}}", "%(%%environment.values.sid)", None]
)
def test_a_placeholder_is_no_account(sid: str | None) -> None:  # CFG-07
    found = read(config={"sid": sid})

    assert found.account_sid is None
    assert "enter it" in found.notes[0]


@pytest.mark.parametrize(
    "secrets", [None, {}, {"auth_token": ""}, {"auth_token": "<secret>"}, "hotline_token"]
)
def test_without_the_name_of_a_secret_the_services_is_taken(secrets: Any) -> None:  # CFG-12
    assert read(secret_config=secrets).secret is None


def test_a_name_that_the_old_importers_let_pass_is_made_one() -> None:  # CFG-03
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
def test_a_file_with_the_token_in_it_is_refused_with_what_to_do(
    document: dict[str, Any],
) -> None:  # CFG-11, CFG-13
    with pytest.raises(TokenFound, match=r"auth token itself.*password field") as caught:
        ServiceConfiguration.from_config(document)

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON at line 1"),
        ('{"name": "hotline",\n}', "no JSON at line 2"),
        ("[]", "no object in braces; paste the whole"),
        ('{"name": "atlas", "type": "mongodb-atlas", "config": {}}', "type 'mongodb-atlas'"),
        ('{"type": "twilio"}', "without a name"),
        ('{"services": {"hotline": {"type": "twilio"}}}', "of a whole app"),
        ('{"name": "hotline", "type": "twilio", "config": {"sid": "AC12"}}', "no Account SID"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read_service(text)


def test_broken_json_with_a_token_in_it_is_not_quoted() -> None:
    with pytest.raises(ConfigurationError) as caught:
        files.read(f'{{"auth_token": "{TOKEN}"', "expected a service")

    assert caught.value.__cause__ is None
    assert TOKEN not in str(caught.value)


def test_a_token_in_what_is_no_json_is_found_too() -> None:  # CFG-11
    with pytest.raises(TokenFound, match="holds the auth token itself") as caught:
        read_service(f'{{"name": "hotline", "secret_config": {{"auth_token": "{TOKEN}",}}')

    assert TOKEN not in str(caught.value)


def test_what_is_written_is_read_again_and_always_looks_the_same() -> None:  # CFG-02, SEC-03
    definition = ServiceDefinition(
        "hotline", SID, secret="hotline_token", sender="+15005550006", public_url="https://a.example/"
    )

    text = files.write(ServiceConfiguration.of(definition).to_config())

    assert text == files.write({key: value for key, value in EXPORTED.items() if key != "id"})
    found = ServiceConfiguration.from_config(files.read(text, ""))
    assert (found.name, found.account_sid, found.secret) == ("hotline", SID, "hotline_token")
    assert found.notes == ()
    assert "a.example" not in text


def test_an_api_key_has_no_place_in_it() -> None:
    with pytest.raises(ConfigurationError, match="API key"):
        ServiceConfiguration.of(ServiceDefinition("hotline", SID, api_key="SK" + "0" * 32))
