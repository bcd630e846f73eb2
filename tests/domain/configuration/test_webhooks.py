"""A webhook's config.json: read in all its dialects, written in one."""

from typing import Any

import pytest

from tests import planted
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.errors import ConfigurationError

TOKEN = planted.token()
EXPORTED: dict[str, Any] = {
    "name": "saveText",
    "run_as_authed_user": False,
    "run_as_user_id": "",
    "run_as_user_id_script_source": "",
    "can_evaluate": {},
    "options": {"httpMethod": "POST", "validationMethod": "NO_VALIDATION"},
    "respond_result": True,
    "disable_arg_logs": True,
    "fetch_custom_user_data": False,
    "create_user_on_auth": False,
}


def read(**changes: Any) -> WebhookConfiguration:
    return WebhookConfiguration.from_config({**EXPORTED, **changes})


def told(**changes: Any) -> str:
    return " ".join(read(**changes).notes)


def test_an_export_has_nothing_that_means_nothing() -> None:  # WHC-01, WHC-02, WHC-05
    found = read()

    assert (found.name, found.respond_result, found.can_evaluate) == ("saveText", True, {})
    assert found.notes == ()


def test_the_first_exports_had_four_keys_and_an_id() -> None:  # WHC-05, WHC-18
    document = {
        "id": "5b4c1f86acd1226e936cdc60",
        "name": "twilioWebhook",
        "run_as_user_id": "",
        "run_as_user_id_script_source": "",
        "respond_result": True,
    }

    found = WebhookConfiguration.from_config(document)

    assert found.notes == ()
    assert list(found.to_config()) == list(document)[1:]


NOTED: list[tuple[str, dict[str, Any], str]] = [
    ("WHC-03 a user", {"run_as_user_id": "5f0c7d1e2f8fb814b56fa181"}, "as a user of the app"),
    ("WHC-04 a script", {"run_as_user_id_script_source": "exports = () => 1"}, "that a script named"),
    ("WHC-04 both", {"run_as_user_id": "5", "run_as_user_id_script_source": "x"}, "only one could be meant"),
    ("WHC-07", {"run_as_authed_user": True}, "Twilio logs nobody in"),
    ("WHC-08", {"fetch_custom_user_data": True}, "nobody logs in"),
    ("WHC-08 create", {"create_user_on_auth": True}, "nobody logs in"),
    ("WHC-11", {"options": {"httpMethod": "PUT"}}, "takes POST and GET"),
    ("WHC-12", {"options": {"validationMethod": "VERIFY_PAYLOAD"}}, "signature is always checked"),
    ("WHC-13", {"options": {"secret": TOKEN}}, "in clear; take it out"),
    ("WHC-13 used", {"options": {"secret": TOKEN, "secretAsQueryParam": True}}, "keep one by its name"),
    ("WHC-13 unused", {"options": {"secret": TOKEN}}, "nothing here asks for it"),
    ("WHC-13 as a name", {"options": {"secret_name": TOKEN}}, "cannot be one here"),
    ("WHC-15", {"private": True}, "has no clients"),
    ("WHC-16", {"disable_arg_logs": False}, "stay out of the log"),
    ("CFG-02", {"colour": "red"}, "'colour'"),
    ("CFG-03", {"name": "save text"}, "'save-text'"),
]


@pytest.mark.parametrize(("changes", "says"), [row[1:] for row in NOTED], ids=[row[0] for row in NOTED])
def test_what_means_nothing_here_or_is_changed_is_noted(changes: dict[str, Any], says: str) -> None:
    assert says in told(**changes)
    assert TOKEN not in repr(read(**changes)) + told(**changes)


IN_ADDRESS = {"validationMethod": "SECRET_AS_QUERY_PARAM"}


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (IN_ADDRESS | {"secret_name": "voteKey"}, "voteKey"),
        (IN_ADDRESS, "hotline-saveText-address"),
        (IN_ADDRESS | {"secret": TOKEN}, "hotline-saveText-address"),
        (IN_ADDRESS | {"secret_name": TOKEN}, "hotline-saveText-address"),
        ({"secretAsQueryParam": True}, "hotline-saveText-address"),
        ({"secretAsQueryParam": True, "secret_name": "voteKey"}, "voteKey"),
        ({"secretAsQueryParam": "true"}, None),
        ({"secretAsQueryParam": False, "secret": TOKEN}, None),
        ({"validationMethod": "NO_VALIDATION", "secret_name": "voteKey"}, None),
        ({"validationMethod": "VERIFY_PAYLOAD", "secret": TOKEN}, None),
        ({}, None),
        (None, None),
    ],
)
def test_which_secret_it_asks_for_in_its_address(
    options: dict[str, Any] | None, name: str | None
) -> None:  # WHC-12, WHC-13, WHC-14
    found = read(options=options)

    assert found.definition("hotline").secret == name
    assert TOKEN not in repr(found) + repr(found.to_config())


def test_the_name_that_is_made_for_a_secret_can_be_one_however_long_the_others_are() -> None:  # WHC-14
    made = read(name="w" * 64, options=IN_ADDRESS).definition("_" + "s" * 63)

    assert made.secret is not None
    assert len(made.secret) == 64


def test_a_webhook_that_asks_for_a_secret_is_written_with_its_name() -> None:  # WHC-12
    written = WebhookConfiguration.of(as_stored(secret="voteKey")).to_config()

    assert written["options"] == {"validationMethod": "SECRET_AS_QUERY_PARAM", "secret_name": "voteKey"}
    assert WebhookConfiguration.from_config(written).notes == ()


def test_without_a_word_about_answers_it_texts_nothing_back() -> None:  # WHC-02
    found = WebhookConfiguration.from_config({"name": "quiet"})

    assert not found.respond_result
    assert "so it does not" in found.notes[0]


def test_the_system_came_before_the_user_that_is_named_too() -> None:  # WHC-09
    found = read(run_as_system=True, run_as_user_id="5f0c7d1e2f8fb814b56fa181")

    assert found.run_as_user_id == ""
    assert "ran as the system" in found.notes[0]


@pytest.mark.parametrize("condition", ["%%true", 1, ["a"], {"a": {"$oid": "hunter2"}}])
def test_a_condition_that_nobody_can_read_is_refused_and_not_left_out(condition: Any) -> None:  # WHC-10
    with pytest.raises(ConfigurationError, match="condition") as caught:
        read(can_evaluate=condition)

    assert "hunter2" not in str(caught.value)


def test_a_webhook_without_a_name_is_none() -> None:  # WHC-01
    with pytest.raises(ConfigurationError, match="has no name"):
        WebhookConfiguration.from_config({"respond_result": True})


def test_it_becomes_a_webhook_of_a_service_and_is_written_again() -> None:  # WHC-16, WHC-17
    definition = read(disabled=True, disable_arg_logs=False).definition("hotline")

    assert definition.key == "hotline/saveText"
    assert (definition.respond_result, definition.enabled) == (True, False)
    assert definition.disable_arg_logs
    assert WebhookConfiguration.of(definition).to_config()["disabled"] is True


def test_a_webhook_made_here_is_written_as_one_that_ran_as_the_system() -> None:  # WHC-05
    written = WebhookConfiguration.of(WebhookDefinition("hotline", "echo", respond_result=True)).to_config()

    assert written["name"] == "echo"
    assert (written["run_as_user_id"], written["run_as_authed_user"]) == ("", False)
    assert WebhookConfiguration.from_config(written).notes == ()


def as_stored(**fields: Any) -> WebhookDefinition:
    return WebhookDefinition.from_document(WebhookDefinition("hotline", "echo", **fields).to_document())


def is_student(payload: dict[str, str]) -> bool:
    return True


@pytest.mark.parametrize(
    "condition", [is_student, {"%or": [{"From": "+15558675309"}, {"%%true": is_student}]}]
)
def test_a_webhook_whose_condition_was_a_function_is_not_written_as_one_without(
    condition: Any,
) -> None:  # WHC-10
    with pytest.raises(ConfigurationError, match="webhook 'echo' is a Python function"):
        WebhookConfiguration.of(as_stored(can_evaluate=condition))


def test_a_call_of_a_function_by_its_name_has_a_place_in_a_file() -> None:  # WHC-10
    condition = {"%%true": {"%function": {"name": "is_student", "arguments": []}}}

    assert WebhookConfiguration.of(as_stored(can_evaluate=condition)).to_config()["can_evaluate"] == condition


def test_a_webhook_that_runs_as_a_user_is_not_written_as_one_of_the_system() -> None:  # WHC-03
    written = WebhookConfiguration.of(as_stored(run_as_user_id="collector")).to_config()

    assert written["run_as_user_id"] == "collector"


def test_whom_a_function_chooses_has_no_place_in_a_file() -> None:  # WHC-04
    with pytest.raises(ConfigurationError, match=r"'echo' runs as is named by a Python function, choose\(\)"):
        WebhookConfiguration.of(as_stored(run_as_user_id="choose()"))
