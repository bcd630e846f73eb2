"""A service as the files that App Services would have had of it."""

import json

import pytest

from twilio_nb.account import SandboxAccount
from twilio_nb.domain.configuration import files
from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.service import Service
from twilio_nb.storage.registry import Registry


def test_a_service_is_a_folder_of_files_without_any_secret(
    service: Service,
) -> None:  # CFG-01, RUL-01, SEC-03
    Registry(service.database).save_webhook(WebhookDefinition(service.name, "echo", respond_result=True))
    service.rules.add("staff", when={"to": {"$in": ["+15558675309"]}})

    folder = service.to_config()

    assert list(folder) == [
        "config.json",
        "incoming_webhooks/echo/config.json",
        "rules/allow-send.json",
        "rules/staff.json",
    ]
    assert folder["config.json"]["config"] == {"sid": service.definition.account_sid}
    assert service.token.reveal() not in json.dumps(folder)


def test_a_rule_that_was_written_binds_as_before_when_it_is_read_again(service: Service) -> None:  # RUL-01
    service.rules.add("staff", when={"%%args.to": {"%in": ["+15558675309"]}, "%%args.body": {"$ne": "STOP"}})
    before = service.rules["staff"]

    [text] = [files.write(one) for one in service.rules.to_config() if one["name"] == "staff"]
    service.rules.remove("staff")
    read = RuleConfiguration.from_config(files.read(text, "")).definition(service.name)
    service.rules.add(read.name, read.actions, read.when)

    assert service.rules["staff"] == before


def test_a_rule_that_only_this_kernel_holds_is_not_left_out_in_silence(account: SandboxAccount) -> None:
    account.service.rules.add("known", when=lambda send: True)

    with pytest.raises(ConfigurationError, match="'known' is a Python function"):
        account.service.to_config()


def test_a_webhook_that_a_function_limits_is_not_written_without_its_limit(
    account: SandboxAccount,
) -> None:  # WHC-04, WHC-10
    service = account.service
    for name in [rule.name for rule in service.rules]:
        service.rules.remove(name)
    service.define(lambda payload: None, "limited", can_evaluate=lambda payload: True)
    with pytest.raises(ConfigurationError, match="webhook 'limited' is a Python function"):
        service.to_config()

    service.define(lambda payload: None, "limited", run_as=lambda payload: "collector")
    with pytest.raises(ConfigurationError, match="named by a Python function"):
        service.to_config()

    service.define(lambda payload: None, "limited")
    assert service.to_config()["incoming_webhooks/limited/config.json"]["run_as_user_id"] == ""
