"""Definitions are checked when they are made, and survive being stored."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.definitions import RuleDefinition, ServiceDefinition, WebhookDefinition
from twilio_nb.domain.paths import check_name, status_path, webhook_path
from twilio_nb.errors import ConfigurationError, ServiceAlreadyExists

ACCOUNT = "AC" + "0a" * 16


@pytest.mark.parametrize("name", ["a", "saveText", "my_Twilio-2", "x" * 64])
def test_a_name_may_hold_letters_digits_underscores_and_hyphens(name: str) -> None:  # CFG-03
    assert check_name(name, "service") == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "x" * 65, "a\n", "$a", "..", "a.b"])
def test_any_other_name_is_refused(name: str) -> None:  # CFG-03
    with pytest.raises(ConfigurationError, match="cannot name a webhook"):
        check_name(name, "webhook")


@pytest.mark.parametrize("kind", ["service", "sandbox"])
def test_nothing_among_the_services_has_the_name_of_mongodb(kind: str) -> None:  # CFG-04
    with pytest.raises(ServiceAlreadyExists, match="is what handlers call MongoDB by"):
        check_name("mongodb-atlas", kind)

    assert check_name("mongodb-atlas", "webhook") == "mongodb-atlas"


@given(st.text())
def test_a_name_that_passes_needs_no_escaping_in_an_address(name: str) -> None:
    try:
        check_name(name, "service")
    except ConfigurationError:
        return
    assert webhook_path(name, name).split("/") == ["twilio", "service", name, "incoming_webhook", name]


def test_paths_are_those_of_the_retired_service() -> None:
    assert webhook_path("myTwilio", "saveText") == "twilio/service/myTwilio/incoming_webhook/saveText"
    assert status_path("myTwilio") == "twilio/service/myTwilio/status"


@pytest.mark.parametrize(
    "definition",
    [
        ServiceDefinition("s", ACCOUNT),
        ServiceDefinition("s", ACCOUNT, "token", "+15558675310", "http://127.0.0.1:1", "https://a/b/", True),
        WebhookDefinition("s", "w"),
        WebhookDefinition("s", "w", True, False, 4, 2.5),
        RuleDefinition("s", "r", ("send",), {"%%args.to": {"$in": ["+15558675309"]}}),
        RuleDefinition("s", "r", (), None),
    ],
)
def test_a_definition_is_the_same_after_it_was_stored(definition: Any) -> None:
    document = json.loads(json.dumps(definition.to_document()))

    assert document["_id"] == definition.key
    assert type(definition).from_document(document | {"added": "by a later release"}) == definition


def test_a_service_calls_its_secret_by_its_own_name() -> None:
    assert ServiceDefinition("hotline", ACCOUNT).secret == "hotline"


def test_a_public_address_ends_in_a_slash() -> None:
    assert (
        ServiceDefinition("s", ACCOUNT, public_url="https://a.org/user/ann").public_url
        == "https://a.org/user/ann/"
    )


@pytest.mark.parametrize(
    "url", ["a.org", "ftp://a.org/", "https://", "https://u:hunter2@a.org/", "https://a.org/?q=1"]
)
def test_an_address_that_cannot_be_a_base_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        ServiceDefinition("s", ACCOUNT, public_url=url)

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("sid", ["", "AC1", "SK" + "0" * 32, "<<replace_me>>", ACCOUNT + "\n"])
def test_what_is_no_account_sid_is_refused(sid: str) -> None:
    with pytest.raises(ConfigurationError, match="'AC' and 32"):
        ServiceDefinition("s", sid)


@pytest.mark.parametrize(
    "options", [{"concurrency": 0}, {"timeout": 0}, {"timeout": 15}, {"timeout": float("nan")}]
)
def test_a_webhook_that_could_not_run_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        WebhookDefinition("s", "w", **options)


@pytest.mark.parametrize("document", [{"_id": "s"}, {"_id": "s", "name": "s", "account_sid": None}])
def test_a_document_that_is_no_definition_is_refused_by_its_id(document: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="'s'"):
        ServiceDefinition.from_document(document)


def test_a_rule_without_actions_allows_nothing_and_without_a_condition_holds_always() -> None:
    rule = RuleDefinition.from_document({"service": "s", "name": "r"})

    assert (rule.actions, rule.when) == ((), {})
