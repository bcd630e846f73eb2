"""Service rules: what is refused, what passes, what the refusal says; by the numbers of the retired service."""

from typing import Any

import pytest

from twilio_nb.domain.definitions import RuleDefinition, ServiceDefinition
from twilio_nb.domain.operands import Scope
from twilio_nb.errors import ConfigurationError, InvalidAddress, RuleDenied, StorageError
from twilio_nb.sending.rules import Rulebook, check, weigh
from twilio_nb.storage.database import Database
from twilio_nb.storage.rules import StoredRules

TO, FROM, OTHER = "+15558675309", "+15005550006", "+15558675310"
SEND: dict[str, Any] = {"to": TO, "from": FROM, "body": "secret words", "mediaUrl": []}
SCOPE = Scope(
    values={"ourPhoneNumber": FROM, "confirmedNumbers": [TO, OTHER]},
    functions={"isConfirmed": lambda number: number == TO},
)

SERVICE = ServiceDefinition("s", "AC" + "1" * 32)
ALLOW = RuleDefinition("s", "allow-send")


def rule(when: Any, *actions: str, name: str = "narrow") -> RuleDefinition:
    return RuleDefinition("s", name, actions or ("send",), when)


def ask(*rules: RuleDefinition, send: dict[str, Any] = SEND) -> None:
    check("s", weigh(rules, "send", send, SCOPE))


ALLOWED: list[tuple[str, list[RuleDefinition]]] = [
    ("RUL-03 one rule that holds is enough", [rule({"to": OTHER}), ALLOW]),
    ("RUL-03 whichever it is", [ALLOW, rule({"to": OTHER})]),
    ("RUL-04 an empty condition", [rule({})]),
    ("RUL-04 no condition", [rule(None)]),
    ("RUL-04 true", [rule(True)]),
    (
        "RUL-04 a document without when",
        [RuleDefinition.from_document({"service": "s", "name": "r", "actions": ["send"]})],
    ),
    ("RUL-07 a bare name", [rule({"to": TO})]),
    ("RUL-07 a prefixed name", [rule({"%%args.to": TO})]),
    ("RUL-08 the sender", [rule({"%%args.from": FROM})]),
    ("RUL-08 one of several recipients", [rule({"%%args.to": {"$in": [OTHER, TO]}})]),
    (
        "RUL-08 a function",
        [rule({"%%true": {"%function": {"name": "isConfirmed", "arguments": ["%%args.to"]}}})],
    ),
    ("RUL-08 a value", [rule({"%%args.from": "%%values.ourPhoneNumber"})]),
    ("RUL-08 a list as a value", [rule({"to": {"%in": "%%values.confirmedNumbers"}})]),
    ("SND-02 no picture", [rule({"mediaUrl": {"%exists": False}})]),
    ("SND-03 capitals in the rule", [rule({"%%args.To": TO, "%%args.From": FROM})]),
    ("a Python function", [rule(lambda send: send == {"to": TO, "from": FROM, "body": "secret words"})]),
]

REFUSED: list[tuple[str, list[RuleDefinition]]] = [
    ("RUL-02 without a rule", []),
    ("RUL-02 with a rule for another action", [rule({}, "call")]),
    ("RUL-03 when none holds", [rule({"to": OTHER}), rule({"from": OTHER}, name="other")]),
    ("RUL-05 empty actions", [RuleDefinition("s", "none", ())]),
    ("RUL-05 no actions", [RuleDefinition.from_document({"service": "s", "name": "test"})]),
    ("RUL-07 a mix", [rule({"to": TO, "%%args.from": FROM})]),
    ("RUL-10 a function that fails", [rule({"%%true": {"%function": {"name": "isConfirmed"}}})]),
    ("RUL-11 false", [rule(False)]),
    ("SND-03 a capital in a rule that forbids", [rule({"%%args.To": {"$ne": TO}})]),
    ("SND-04 another channel", [rule({"to": f"whatsapp:{TO}"})]),
    ("EXP-14 a name that there is not", [rule({"form": {"$ne": OTHER}})]),
    ("EXP-14 a list as a condition", [rule([])]),
    ("EXP-14 a text as a condition", [rule("")]),
    ("EXP-14 a number as a condition", [rule(1)]),
    ("a Python function that is truthy only", [rule(lambda send: 1)]),
]


@pytest.mark.parametrize(("name", "rules"), ALLOWED, ids=[name for name, _ in ALLOWED])
def test_it_is_allowed(name: str, rules: list[RuleDefinition]) -> None:
    ask(*rules)


@pytest.mark.parametrize(("name", "rules"), REFUSED, ids=[name for name, _ in REFUSED])
def test_it_is_refused_without_its_text(name: str, rules: list[RuleDefinition]) -> None:
    with pytest.raises(RuleDenied) as caught:
        ask(*rules)

    assert "secret words" not in str(caught.value)
    assert TO not in str(caught.value)


def test_without_a_rule_it_is_said_how_to_allow() -> None:
    with pytest.raises(RuleDenied, match=r"service\.rules\.add\('allow-send'\)"):
        ask(rule({}, "call"))


def test_the_rule_that_came_closest_is_named_with_what_stood_in_its_way() -> None:
    with pytest.raises(RuleDenied) as caught:
        ask(rule({"to": OTHER, "from": OTHER}, name="far"), rule({"to": OTHER, "from": FROM}, name="near"))

    said = str(caught.value)
    assert "'near' comes closest: %%args.to is …5309; expected: …5310. " in said
    assert "far" not in said
    assert "service.rules.explain(to, body, from_)" in said


def test_a_rule_that_is_not_understood_comes_closest_to_nothing() -> None:
    with pytest.raises(
        RuleDenied, match=r"'old' comes closest: the condition is not understood\. A condition"
    ):
        ask(rule({"to": {"%regex": ""}}, name="old"))
    with pytest.raises(RuleDenied, match="'near' comes closest"):
        ask(rule({"to": {"%regex": ""}}, name="old"), rule({"to": OTHER, "from": OTHER}, name="near"))


def test_a_picture_is_there_for_a_rule_that_asks() -> None:
    pictured = SEND | {"mediaUrl": ["https://example.org/map.png"], "body": ""}

    ask(rule({"mediaUrl": "https://example.org/map.png", "body": {"%exists": 0}}), send=pictured)
    with pytest.raises(RuleDenied):
        ask(rule({"mediaUrl": {"%exists": False}}), send=pictured)


@pytest.fixture
def book(database: Database) -> Rulebook:
    return Rulebook(database, SERVICE)


def test_a_rule_is_stored_with_the_retired_services_keys(
    book: Rulebook, database: Database
) -> None:  # RUL-01
    function = {"%function": {"name": "f", "arguments": ["%%args.to"]}}
    when = {"$or": [{"%%args.to": {"$in": [TO]}}], "%%true": function}
    book.save(rule(when))

    stored = database.db["rules"].find_one({"_id": "s/narrow"}) or {}
    assert {key: stored[key] for key in ("name", "actions", "when")} == {
        "name": "narrow",
        "actions": ["send"],
        "when": when,
    }


def test_a_rule_of_the_same_name_takes_the_place_of_the_first(book: Rulebook) -> None:  # RUL-01
    book.save(rule({}))
    book.save(rule({"to": TO}))

    assert book.rules() == [rule({"to": TO})]


def test_a_rule_with_a_function_is_held_and_not_stored(book: Rulebook, database: Database) -> None:
    book.save(rule({}))
    held = rule(lambda send: True)
    book.save(held)

    assert StoredRules(database).of("s") == []
    assert Rulebook(database, SERVICE).rules() == [held]  # all objects of the kernel see it
    assert Rulebook(database, ServiceDefinition("other", SERVICE.account_sid)).rules() == []


def test_a_sandbox_that_begins_anew_has_none_of_the_rules_held_before(
    book: Rulebook, database: Database
) -> None:
    book.save(rule(lambda send: True))

    assert Rulebook(database, ServiceDefinition("s", "AC" + "2" * 32)).rules() == []


def test_a_stored_rule_takes_the_place_of_a_held_one(book: Rulebook) -> None:
    book.save(rule(lambda send: True))
    book.save(rule({"to": TO}))

    assert book.rules() == [rule({"to": TO})]


@pytest.mark.parametrize("when", [{}, lambda send: True])
def test_a_rule_is_removed_wherever_it_is(book: Rulebook, when: Any) -> None:
    book.save(rule(when))
    book.remove("narrow")

    assert book.rules() == []
    with pytest.raises(ConfigurationError, match="no rule 'narrow'; it has: none"):
        book.remove("narrow")


@pytest.mark.parametrize(
    ("refused", "error", "says"),
    [
        (rule({"to": {"$regex": ""}}), ConfigurationError, "operator"),
        (rule({"to": TO, "%%args.from": FROM}), ConfigurationError, "prefixes everywhere"),  # RUL-07
        (rule({}, "send", "call"), ConfigurationError, "'call' is no action; there is: send"),
        (rule({"to": {"$nin": ["+1 (555) 867-5309"]}}), ConfigurationError, r"write it as '\+15558675309'"),
        (rule({"body": {"$gt": 2**70}}), StorageError, "cannot be given to MongoDB"),
        (rule({"body": "\ud800"}), StorageError, "cannot be given to MongoDB"),
        (rule({"%not": {"To": "15558675309"}}), InvalidAddress, r"did you mean '\+15558675309'"),
    ],
)
def test_what_could_never_be_meant_is_refused_and_not_stored(
    book: Rulebook, refused: RuleDefinition, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        book.save(refused)

    assert book.rules() == []


def test_a_rule_that_somebody_spoilt_allows_nothing_and_hides_no_other(
    book: Rulebook, database: Database
) -> None:
    book.save(rule({"to": TO}))
    database.db["rules"].insert_one({"_id": "s/odd", "service": "s", "name": 5, "actions": 7})

    assert book.rules() == [rule({"to": TO})]
