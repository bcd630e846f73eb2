"""Service rules: what is refused, what passes, what the refusal says."""

import json

import pytest

from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.errors import RuleDenied
from twilio_nb.sending.rules import check

SEND = {"to": "+15558675309", "from": "+15005550006", "body": "secret words", "mediaUrl": []}


def test_without_a_rule_everything_is_refused_and_the_missing_rule_named() -> None:
    with pytest.raises(RuleDenied, match='"actions": \\["send"\\]') as caught:
        check("s", [], "send", SEND)

    assert "secret words" not in str(caught.value)


def test_the_rule_that_a_refusal_names_allows_the_send() -> None:
    with pytest.raises(RuleDenied) as caught:
        check("s", [RuleDefinition("s", "other", ("call",))], "send", SEND)

    document = json.loads(str(caught.value).partition(": ")[2])
    rule = RuleDefinition.from_document(document)
    assert (document["_id"], rule.service) == ("s/allow-send", "s")
    check("s", [rule], "send", SEND)


def test_a_rule_for_another_action_does_not_help() -> None:
    with pytest.raises(RuleDenied):
        check("s", [RuleDefinition("s", "other", ("call",)), RuleDefinition("s", "none", ())], "send", SEND)


@pytest.mark.parametrize("when", [{}, None, True])
def test_a_rule_without_a_condition_allows(when: object) -> None:
    check("s", [RuleDefinition("s", "allow-send", ("send",), when)], "send", SEND)


@pytest.mark.parametrize("when", [{"%%args.to": "+15558675309"}, False, [], "", 0, 1, {"%%true": True}])
def test_a_condition_that_cannot_be_evaluated_refuses_and_says_so(when: object) -> None:
    with pytest.raises(RuleDenied, match="'narrow' would under a condition"):
        check("s", [RuleDefinition("s", "narrow", ("send",), when)], "send", SEND)


def test_one_rule_that_holds_is_enough() -> None:
    check("s", [RuleDefinition("s", "no", ("send",), {"a": 1}), RuleDefinition("s", "yes")], "send", SEND)
