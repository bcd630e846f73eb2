"""What was defined once is found again."""

import threading

import pytest

from twilio_nb.domain.definitions import RuleDefinition, ServiceDefinition, WebhookDefinition
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError, ServiceAlreadyExists, ServiceNotFound
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.rules import StoredRules

ONE, OTHER = "AC" + "1" * 32, "AC" + "2" * 32


@pytest.fixture
def registry(database: Database) -> Registry:
    return Registry(database)


def test_a_service_is_found_as_it_was_last_saved(registry: Registry) -> None:
    registry.save_service(ServiceDefinition("b", ONE))
    registry.save_service(ServiceDefinition("a", OTHER))
    registry.save_service(changed := ServiceDefinition("b", ONE, sender="+15558675310"))

    assert registry.service("b") == changed
    assert [service.name for service in registry.services()] == ["a", "b"]


def test_an_unknown_service_is_an_error_that_lists_the_known_ones(registry: Registry) -> None:
    with pytest.raises(ServiceNotFound, match="none at all"):
        registry.service("hotlin")
    registry.save_service(ServiceDefinition("hotline", ONE))

    with pytest.raises(ServiceNotFound, match="'hotline'"):
        registry.service("hotlin")


def test_another_account_cannot_take_a_services_name(registry: Registry) -> None:
    registry.save_service(mine := ServiceDefinition("s", ONE))

    with pytest.raises(ServiceAlreadyExists, match="belongs to another account"):  # CFG-04
        registry.save_service(ServiceDefinition("s", OTHER))

    assert registry.service("s") == mine


def test_a_new_service_has_one_rule_that_allows_to_send(registry: Registry, database: Database) -> None:
    registry.save_service(ServiceDefinition("s", ONE))

    assert StoredRules(database).of("s") == [RuleDefinition("s", "allow-send")]
    assert StoredRules(database).of("other") == []


def test_a_rule_that_was_removed_does_not_come_back(registry: Registry, database: Database) -> None:
    registry.save_service(ServiceDefinition("s", ONE))
    database.db["rules"].delete_one({"_id": "s/allow-send"})

    registry.save_service(ServiceDefinition("s", ONE, sender="+15558675310"))

    assert StoredRules(database).of("s") == []


def test_a_rule_keeps_the_names_of_the_retired_services_language(database: Database) -> None:
    when = {"%%args.to": {"$in": ["+15558675309"]}, "%%true": {"%function": {"name": "f"}}}
    database.db["rules"].insert_one(RuleDefinition("s", "narrow", when=when).to_document())

    assert StoredRules(database).of("s")[0].when == when


def test_two_who_save_a_new_service_at_once_both_succeed(registry: Registry, database: Database) -> None:
    failures: list[BaseException] = []

    def save() -> None:
        try:
            registry.save_service(ServiceDefinition("s", ONE))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=save) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(StoredRules(database).of("s")) == 1


def test_a_webhook_is_found_as_it_was_last_saved(registry: Registry) -> None:  # CFG-05
    registry.save_webhook(WebhookDefinition("s", "w"))
    registry.save_webhook(changed := WebhookDefinition("s", "w", respond_result=True, timeout=5))
    registry.save_webhook(other := WebhookDefinition("t", "w"))

    assert registry.webhook("s", "w") == changed
    assert registry.webhook("s", "never") is None
    assert registry.webhooks() == [changed, other]
    assert registry.webhooks("t") == [other]


def test_a_webhook_that_was_paused_stays_so_when_it_is_saved_again(registry: Registry) -> None:
    registry.save_webhook(WebhookDefinition("s", "w"))
    assert registry.enable_webhook("s", "w", enabled=False)

    saved = registry.save_webhook(WebhookDefinition("s", "w", timeout=5))

    assert saved == registry.webhook("s", "w") == WebhookDefinition("s", "w", timeout=5, enabled=False)
    registry.enable_webhook("s", "w", enabled=True)
    assert registry.webhook("s", "w") == WebhookDefinition("s", "w", timeout=5)
    assert not registry.enable_webhook("s", "never", enabled=True)


def test_every_service_has_an_inbox_that_nobody_defines(registry: Registry) -> None:
    assert registry.webhook("s", INBOX) == WebhookDefinition("s", INBOX)
    with pytest.raises(ConfigurationError, match="only stores"):
        registry.save_webhook(WebhookDefinition("s", INBOX))


def test_what_a_later_release_added_is_ignored(registry: Registry, database: Database) -> None:
    document = ServiceDefinition("s", ONE).to_document() | {"added": 1}
    database.db["services"].insert_one(document)

    assert registry.service("s") == ServiceDefinition("s", ONE)
