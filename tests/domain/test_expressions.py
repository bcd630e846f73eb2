"""What expressions of the retired service's language mean."""

from typing import Any

import pytest
from bson import Binary

from tests.domain.expressions import ARGUMENTS, HOLDS, HOLDS_NOT, NOT_UNDERSTOOD, OID, SCOPE, TO
from twilio_nb.domain.expressions import evaluate, parse
from twilio_nb.domain.operands import Scope
from twilio_nb.errors import ConfigurationError


class Away(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        raise TimeoutError


@pytest.mark.parametrize(("name", "expression"), HOLDS, ids=[name for name, _ in HOLDS])
def test_it_holds(name: str, expression: Any) -> None:
    verdict = evaluate(expression, SCOPE, ARGUMENTS)

    assert verdict.holds, [str(clause) for clause in verdict.clauses]


@pytest.mark.parametrize(("name", "expression"), HOLDS_NOT, ids=[name for name, _ in HOLDS_NOT])
def test_it_does_not_hold(name: str, expression: Any) -> None:
    parse(expression, ARGUMENTS)  # it is understood

    assert not evaluate(expression, SCOPE, ARGUMENTS).holds


@pytest.mark.parametrize(
    ("name", "expression", "says"), NOT_UNDERSTOOD, ids=[name for name, _, _ in NOT_UNDERSTOOD]
)
def test_what_is_not_understood_is_refused_when_it_is_saved_and_does_not_hold(
    name: str, expression: Any, says: str
) -> None:
    assert not evaluate(expression, SCOPE, ARGUMENTS).holds
    with pytest.raises(ConfigurationError, match=says):
        parse(expression, ARGUMENTS)


def test_an_oid_becomes_a_text_and_a_uuid_goes_both_ways() -> None:  # EXP-09
    text = "00112233-4455-6677-8899-aabbccddeeff"
    binary = Binary(bytes.fromhex(text.replace("-", "")), 4)
    values = {"uuid": binary, "text": text, "oid": OID, "oidText": str(OID)}

    for expression in (
        {"%%values.uuid": {"%stringToUuid": text}},
        {"%%values.text": {"%uuidToString": "%%values.uuid"}},
        {"%%values.oidText": {"%oidToString": "%%values.oid"}},
    ):
        assert evaluate(expression, Scope(values=values)).holds, expression


def test_without_a_user_nothing_is_known_of_one() -> None:  # EXP-11
    nobody = Scope(args={"to": TO})

    assert not evaluate({"%%user.id": "u1"}, nobody).holds
    assert evaluate({"%%user.id": {"%exists": False}}, nobody).holds


@pytest.mark.parametrize("operator", ["$ne", "$nin"])
def test_a_value_that_cannot_be_looked_up_is_not_just_missing(operator: str) -> None:
    verdict = evaluate({"%%values.staff": {operator: ["x"]}}, Scope(values=Away()))

    assert not verdict.holds
    assert "TimeoutError" in str(verdict.clauses[0])


def test_a_value_that_holds_itself_is_equal_to_nothing() -> None:
    ring: list[Any] = []
    ring.append(ring)

    verdict = evaluate({"%%values.ring": {"$ne": 1}}, Scope(values={"ring": ring}))

    assert not verdict.holds
    assert "RecursionError" in str(verdict.clauses[0])


def test_an_expression_that_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["%and"] = [endless, endless]

    with pytest.raises(ConfigurationError, match="too deep"):
        parse(endless)


def test_an_allow_list_may_be_long() -> None:
    many = [f"+1555{n:07}" for n in range(50_000)]

    assert evaluate({"to": {"$in": [*many, TO]}}, SCOPE, ARGUMENTS).holds


def test_a_function_gets_copies() -> None:
    def spoil(staff: list[str]) -> bool:
        staff.clear()
        return True

    values = {"staff": [TO]}
    expression = {"%%true": {"%function": {"name": "spoil", "arguments": ["%%values.staff"]}}}

    assert evaluate(expression, Scope(values=values, functions={"spoil": spoil})).holds
    assert values == {"staff": [TO]}


def test_the_truth_of_a_comparison_in_a_frame_is_a_truth() -> None:
    import numpy

    assert evaluate(lambda send: numpy.array([send["to"]] == numpy.array([TO])).any(), SCOPE).holds


@pytest.mark.filterwarnings("error")
def test_an_async_function_is_refused_and_its_coroutine_closed() -> None:
    async def later(send: dict[str, Any]) -> bool:
        return True

    with pytest.raises(ConfigurationError, match="async"):
        parse(later)
    assert not evaluate(lambda send: later(send), SCOPE).holds
