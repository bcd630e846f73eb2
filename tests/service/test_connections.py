import secrets
from typing import Any

import pytest

import twilio_nb
from tests import planted
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, InvalidAddress, ServiceAlreadyExists, ServiceNotFound
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

SID = "AC" + "0" * 32
NOWHERE = "mongodb://127.0.0.1:1/?directConnection=true"


def test_a_service_is_found_again_by_its_name(service: Service) -> None:
    again = twilio_nb.connect(service.name)

    assert again.definition == service.definition
    again.close()


def test_the_name_may_be_left_out_where_one_service_is_stored(service: Service) -> None:
    only = twilio_nb.connect()

    assert only.name == service.name
    only.close()


def test_an_unknown_service_names_those_that_are_known(service: Service) -> None:
    with pytest.raises(ServiceNotFound, match=service.name):
        twilio_nb.connect("nobody")


def test_a_name_keeps_its_account(service: Service) -> None:  # CFG-04
    with pytest.raises(ServiceAlreadyExists, match="another account"):
        twilio_nb.connect(service.name, account_sid=SID)


def test_arguments_besides_the_name_change_what_is_stored(service: Service, account: SandboxAccount) -> None:
    twilio_nb.connect(service.name, sender=account.numbers[1]).close()

    again = twilio_nb.connect(service.name)

    assert again.definition.sender == account.numbers[1]
    assert again.definition.account_sid == service.definition.account_sid
    again.close()


def test_a_service_that_is_removed_leaves_its_texts_to_the_next_of_its_name(service: Service) -> None:
    sent, definition = service.send("+15558675309", "Hello"), service.definition

    twilio_nb.connect(service.name).remove()

    with pytest.raises(ServiceNotFound):
        twilio_nb.connect(service.name)
    again = twilio_nb.connect(
        service.name, account_sid=definition.account_sid, api_url=definition.api_url, sender=definition.sender
    )
    assert again.texts()["sid"].tolist() == [sent.sid]
    again.close()


def test_the_service_of_a_simulated_account_is_not_removed(account: SandboxAccount) -> None:
    with pytest.raises(ConfigurationError, match=r"its close\(\) ends it"):
        account.service.remove()

    assert account.service.texts() is not None


@pytest.mark.parametrize("sid", ["", "AC123", "SK" + "0" * 32, "AC" + "z" * 32, "0" * 32])
def test_what_is_no_account_sid_is_refused_and_not_repeated(sid: str, service: Service) -> None:
    with pytest.raises(ConfigurationError, match="'AC' and 32") as caught:
        twilio_nb.connect("new", account_sid=sid)

    assert not sid or sid not in str(caught.value)


def test_a_token_is_not_taken_for_the_name_of_a_secret() -> None:
    token = planted.token()

    with pytest.raises(ConfigurationError, match="looks like an auth token") as caught:
        twilio_nb.secrets.set(token, "value")

    assert token not in str(caught.value)


def test_an_api_that_would_get_the_credentials_unprotected_is_not_even_stored(service: Service) -> None:
    with pytest.raises(ConfigurationError, match="https://") as caught:
        twilio_nb.connect(service.name, api_url="http://ann:hidden@example.org")

    assert "hidden" not in str(caught.value)
    again = twilio_nb.connect(service.name)
    assert again.definition.api_url == service.definition.api_url
    again.close()


def test_without_any_service_both_ways_to_one_are_named(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_DATABASE", database.name)

    with pytest.raises(ServiceNotFound, match=r"sandbox\(\).*connect\("):
        twilio_nb.connect()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "a b"}, "cannot name a service"),
        ({"name": "a b", "account_sid": "AC"}, "cannot name a service"),
        ({"name": 5}, "cannot name a service"),
        ({"name": "new", "account_sid": "AC"}, "no Account SID"),
        ({"name": "new", "api_key": "SK"}, "no API key's SID"),
        ({"name": "new", "secret": "a b"}, "cannot name a secret"),
        ({"name": "new", "public_url": "here"}, "public address"),
        ({"public_url": "here"}, "public address"),
    ],
)
def test_what_no_service_can_be_is_told_before_mongodb_is_asked(
    given: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", NOWHERE)

    with pytest.raises(ConfigurationError, match=said):
        twilio_nb.connect(**given)


def test_a_webhook_that_cannot_be_named_so_is_told_before_mongodb_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", NOWHERE)

    with pytest.raises(ConfigurationError, match="cannot name a webhook"):
        twilio_nb.webhook("a b", service="new")


def test_a_token_given_as_the_name_of_a_secret_is_refused_and_not_repeated(service: Service) -> None:
    token = planted.token()

    with pytest.raises(ConfigurationError, match="looks like an auth token") as caught:
        twilio_nb.connect("new", account_sid=SID, secret=token)

    assert token not in str(caught.value)


def test_a_sender_that_cannot_be_one_is_refused(service: Service) -> None:
    with pytest.raises(InvalidAddress):
        twilio_nb.connect(service.name, sender="+1")


def test_the_environment_may_name_the_account(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)

    made = twilio_nb.connect("fromEnvironment")

    assert made.definition.account_sid == SID
    made.close()


def test_a_secret_kept_in_the_file_is_found_by_the_service(service: Service) -> None:
    name = f"kept-{secrets.token_hex(3)}"
    twilio_nb.secrets.set(name, "a-token")
    made = twilio_nb.connect(name, account_sid=SID)

    assert made.token.reveal() == "a-token"
    assert "a-token" not in repr(made) + repr(vars(made)) + repr(made.gateway)
    made.close()
