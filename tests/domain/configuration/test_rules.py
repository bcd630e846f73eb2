"""A rule's file: read in all its dialects, written in one."""

from typing import Any

import pytest

from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.errors import ConfigurationError

NUMBER = "+15558675309"

NOTED: list[tuple[str, dict[str, Any], tuple[str, ...], Any, str]] = [
    ("RUL-04 no when", {"actions": ["send"]}, ("send",), None, "allows every send"),
    ("RUL-04 an empty when", {"actions": ["send"], "when": {}}, ("send",), {}, "allows every send"),
    ("RUL-05 no actions", {}, (), None, "it allows nothing"),
    ("RUL-05 empty actions", {"actions": [], "when": {}}, (), {}, "it allows nothing"),
    ("RUL-05 actions of no kind", {"actions": "send"}, (), None, "it allows nothing"),
    ("CFG-02 a key nobody knows", {"colour": 1}, (), None, "'colour'"),
]


@pytest.mark.parametrize(
    ("document", "actions", "when", "says"), [row[1:] for row in NOTED], ids=[row[0] for row in NOTED]
)
def test_what_a_rule_may_not_be_meant_to_say_is_noted(
    document: dict[str, Any], actions: tuple[str, ...], when: Any, says: str
) -> None:
    found = RuleConfiguration.from_config({"name": "test", **document})

    assert found.definition("hotline") == RuleDefinition("hotline", "test", actions, when)
    assert says in " ".join(found.notes)


def test_a_name_with_a_blank_in_it_is_made_one_and_that_is_said() -> None:  # CFG-03
    found = RuleConfiguration.from_config({"id": "5b48ff01", "name": "tw1 service", "actions": ["send"]})

    assert found.name == "tw1-service"
    assert "Its name is 'tw1-service' here" in found.notes[0]


@pytest.mark.parametrize(
    "when",
    [
        {"to": {"%in": "%%values.confirmedNumbers"}},
        {"%%args.to": {"$in": [NUMBER]}, "%%args.body": {"%exists": 1}},
        {"%%true": {"%function": {"name": "isConfirmed", "arguments": ["%%args.to"]}}},
        {"%or": [{"from": NUMBER}, {"%%environment.tag": "qa"}]},
        False,
    ],
)
def test_both_spellings_of_operators_stay_as_they_are(when: Any) -> None:  # RUL-08, EXP-04
    document = {"name": "staff", "actions": ["send"], "when": when}

    found = RuleConfiguration.from_config(document)

    assert found.when == when
    assert found.notes == ()
    assert found.to_config() == document


def test_numbers_of_extended_json_are_numbers() -> None:  # VAL-02
    document = {"name": "staff", "actions": ["send"], "when": {"mediaUrl": {"%exists": {"$numberInt": "0"}}}}

    assert RuleConfiguration.from_config(document).when == {"mediaUrl": {"%exists": 0}}


@pytest.mark.parametrize("when", ["%%true", 1, [{"to": NUMBER}], {"to": {"$oid": "hunter2"}}])
def test_a_condition_that_nobody_can_read_is_refused_and_not_left_out(when: Any) -> None:  # RUL-04
    with pytest.raises(ConfigurationError, match="condition") as caught:
        RuleConfiguration.from_config({"name": "staff", "actions": ["send"], "when": when})

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("when", [callable, {"%and": [{"to": NUMBER}, callable]}])
def test_a_python_function_has_no_place_in_a_file(when: Any) -> None:  # RUL-01
    with pytest.raises(ConfigurationError, match="Python function"):
        RuleConfiguration.of(RuleDefinition("hotline", "known", when=when))
