"""What expressions of the retired service's language mean, by the numbers of its behaviour."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Binary, Int64, ObjectId

from twilio_nb.domain.expressions import evaluate, parse
from twilio_nb.domain.operands import Scope
from twilio_nb.errors import ConfigurationError

TO, FROM, OTHER = "+15558675309", "+15005550006", "+15558675310"
ARGUMENTS = ("to", "from", "body", "mediaUrl")
OID = ObjectId("0123456789abcdef01234567")


class Away(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        raise TimeoutError


SCOPE = Scope(
    args={"to": TO, "from": FROM, "body": "Hello"},
    request={
        "requestHeaders": {"X-Secret-Key": ["my-secret"], "Content-Type": ["a", "b"]},
        "httpMethod": "POST",
    },
    user={
        "id": "u1",
        "type": "normal",
        "custom_data": {"manages": ["ann@example.org", "ben@example.org"]},
        "identities": [{"id": "1", "providerType": "local-userpass"}],
    },
    environment={"tag": "testing", "values": {"ours": FROM, "limit": 3}},
    values={
        "ours": FROM,
        "staff": [TO, OTHER],
        "number": Int64(15558675309),
        "null": None,
        "oid": OID,
        "when": datetime(2026, 1, 1, tzinfo=UTC),
        "naive": datetime(2026, 1, 1),  # noqa: DTZ001
        "nested": {"a": {"b": [1, 2]}},
    },
    functions={
        "isStaff": lambda number: number in (TO, OTHER),
        "one": lambda: 1,
        "fails": lambda: [][0],
        "echo": lambda value: value,
        "always": lambda *given: True,
    },
)

HOLDS: list[tuple[str, Any]] = [
    ("EXP-01 the empty expression", {}),
    ("EXP-01 true", True),
    ("EXP-01 fields are joined by and", {"to": TO, "from": FROM}),
    ("EXP-02 an embedded expression", {"%%true": {"to": TO, "from": FROM}}),
    ("EXP-02 an embedded junction", {"%%true": {"%or": [{"to": OTHER}, {"to": TO}]}}),
    ("EXP-03 true as a value", {"%%true": True}),
    ("EXP-03 false as a key", {"%%false": False}),
    ("EXP-03 values, a dotted path", {"%%values.nested.a.b": 2}),
    ("EXP-03 environment, tag", {"%%environment.tag": "testing"}),
    ("EXP-03 environment, values", {"%%args.from": "%%environment.values.ours"}),
    ("EXP-03 request", {"%%request.httpMethod": {"$in": ["POST", "GET"]}}),
    ("EXP-03 user", {"%%user.id": "u1"}),
    ("EXP-03 an expansion in a list", {"%%args.to": {"$in": [OTHER, "%%args.to"]}}),
    ("EXP-03 all arguments", {"%%args": {"%exists": True}}),
    ("EXP-04 eq", {"to": {"$eq": TO}}),
    ("EXP-04 ne", {"to": {"$ne": OTHER}}),
    ("EXP-04 gt of numbers", {"%%environment.values.limit": {"$gt": 2}}),
    ("EXP-04 gte of texts", {"to": {"$gte": "+1555"}}),
    ("EXP-04 lt of times", {"%%values.when": {"$lt": datetime(2026, 1, 2, tzinfo=UTC)}}),
    ("EXP-04 lte and gte together", {"%%environment.values.limit": {"$gte": 3, "$lte": 3}}),
    ("EXP-04 nin", {"to": {"$nin": [OTHER]}}),
    ("EXP-04 exists", {"to": {"%exists": True}, "mediaUrl": {"%exists": False}}),
    ("EXP-04 and at the top", {"%and": [{"to": TO}, {"from": FROM}]}),
    ("EXP-04 or at the top", {"$or": [{"to": OTHER}, {"from": FROM}]}),
    ("EXP-04 or behind a field", {"to": {"%or": [{"%eq": OTHER}, {"%eq": TO}]}}),
    ("EXP-04 or of literals behind a field", {"to": {"%or": [OTHER, TO]}}),
    ("EXP-04 and behind a field", {"to": {"%and": [{"%gt": "+1555"}, {"%ne": OTHER}]}}),
    ("EXP-04 not at the top", {"%not": {"to": OTHER}}),
    ("EXP-04 not behind a field", {"to": {"%not": {"%in": [OTHER]}}}),
    ("EXP-04 nor", {"%nor": [{"to": OTHER}, {"from": OTHER}]}),
    ("EXP-04 function", {"%%true": {"%function": {"name": "isStaff", "arguments": ["%%args.to"]}}}),
    ("EXP-04 a function's value", {"to": {"%function": {"name": "echo", "arguments": [TO]}}}),
    ("EXP-05 exists takes 1", {"to": {"%exists": 1}}),
    ("EXP-05 exists takes 0", {"mediaUrl": {"%exists": 0}}),
    ("EXP-06 in an expansion", {"to": {"%in": "%%values.staff"}}),
    ("EXP-07 the array on the left", {"%%values.staff": TO}),
    ("EXP-07 the array on the right", {"to": "%%values.staff"}),
    ("EXP-07 a list as it stands there", {"to": [OTHER, TO]}),
    ("EXP-07 in, of an array", {"%%values.staff": {"$in": ["x", OTHER]}}),
    ("EXP-07 the manager's example", {"%%user.custom_data.manages": "ben@example.org"}),
    ("EXP-07 equal arrays", {"%%values.nested.a.b": [1, 2]}),
    ("EXP-07 equal documents", {"%%values.nested.a": {"b": [1, 2]}}),
    ("EXP-08 a header in lower case", {"%%request.requestHeaders.x-secret-key": "my-secret"}),
    ("EXP-08 the second of a header's values", {"%%request.requestHeaders.Content-Type": "b"}),
    ("EXP-09 stringToOid", {"%%values.oid": {"%stringToOid": str(OID)}}),
    ("EXP-09 stringToOid of 12 bytes", {"%%values.oid": {"%stringToOid": OID.binary}}),
    ("EXP-09 oidToString", {"to": {"$ne": {"%oidToString": "%%values.oid"}}}),
    ("EXP-10 a user's type", {"%%user.type": {"$in": ["normal", "server"]}}),
    ("EXP-12 arguments are parsed before", {"body": "Hello"}),
    ("EXP-14 ne of what is missing", {"%%user.nothing": {"$ne": 1}}),
    ("EXP-14 nin of what is missing", {"mediaUrl": {"$nin": ["x"]}}),
    ("EXP-14 exists false of what is missing", {"%%values.nothing": {"%exists": False}}),
    ("null is there", {"%%values.null": {"%exists": True}}),
    ("null is null", {"%%values.null": None}),
    ("RUL-07 a capital in the rule", {"To": TO, "From": FROM}),
    ("a function of the notebook's", lambda send: send["to"] == TO),
    ("a function of the notebook's in a list", {"%and": [{"to": TO}, lambda send: True]}),
]

HOLDS_NOT: list[tuple[str, Any]] = [
    ("EXP-01 false", False),
    ("EXP-01 one field of two", {"to": TO, "from": OTHER}),
    ("EXP-02 an embedded expression", {"%%true": {"to": OTHER}}),
    ("EXP-04 lt of what is equal", {"%%environment.values.limit": {"$lt": 3}}),
    ("EXP-04 nor", {"%nor": [{"to": OTHER}, {"from": FROM}]}),
    ("EXP-04 not", {"%not": {"to": TO}}),
    ("EXP-06 in an expansion that is no list", {"from": {"%in": "%%values.ours"}}),
    ("EXP-06 nin of an expansion that is no list", {"to": {"%nin": "%%values.ours"}}),
    ("EXP-09 no ObjectId", {"%%values.oid": {"%stringToOid": "abc"}}),
    ("EXP-09 not equal to no ObjectId", {"%not": {"%%values.oid": {"%stringToOid": "abc"}}}),
    ("EXP-11 a user that is not there", {"%%user.nothing": "u1"}),
    ("EXP-14 what is missing, turned round", {"%not": {"%%user.nothing": "u1"}}),
    ("EXP-14 what is missing, in nor", {"%nor": [{"%%user.nothing": "u1"}]}),
    ("EXP-14 equality with what is missing", {"to": "%%values.nothing"}),
    ("EXP-14 ne of a missing operand", {"to": {"$ne": "%%values.nothing"}}),
    ("EXP-14 nin of a missing operand", {"to": {"$nin": "%%values.nothing"}}),
    ("EXP-14 nin with a missing item", {"to": {"$nin": [OTHER, "%%values.nothing"]}}),
    ("EXP-14 both missing", {"%%values.nothing": "%%values.nothing"}),
    ("EXP-14 order across types", {"to": {"$gt": 1}}),
    ("EXP-14 order across types, turned round", {"%not": {"to": {"$gt": 1}}}),
    ("EXP-14 order of truths", {"%%true": {"$gt": False}}),
    ("EXP-14 order of times with and without a zone", {"%%values.when": {"$lte": "%%values.naive"}}),
    ("a text is no number", {"%%values.number": "15558675309"}),
    ("one is not true", {"%%true": 1}),
    ("null is not missing", {"%%user.nothing": None}),
    ("RUL-10 a function that fails", {"%%true": {"%function": {"name": "fails"}}}),
    ("RUL-10 a function that fails, turned round", {"%not": {"%%true": {"%function": {"name": "fails"}}}}),
    ("RUL-10 a function whose result is truthy only", {"%%true": {"%function": {"name": "one"}}}),
    ("RUL-10 a function that there is not", {"%%true": {"%function": {"name": "nothing"}}}),
    (
        "RUL-10 a function of what is missing",
        {"%%true": {"%function": {"name": "always", "arguments": ["%%user.nothing"]}}},
    ),
    (
        "RUL-10 a function of a list in which something is missing",
        {"%%true": {"%function": {"name": "always", "arguments": [[1, "%%user.nothing"]]}}},
    ),
    ("a function of the notebook's that is truthy only", lambda send: 1),
    ("a function of the notebook's that fails", lambda send: send["nothing"]),
    (
        "a function of the notebook's that fails, turned round",
        {"%not": {"%%true": lambda send: send["nothing"]}},
    ),
]

NOT_UNDERSTOOD: list[tuple[str, Any, str]] = [
    ("EXP-02 a document below a name", {"to": {"from": FROM, "$ne": 1}}, "mixes"),
    ("EXP-02 an expression below false", {"%%false": {"%%args.to": OTHER}}, "mixes"),
    ("EXP-02 an empty document below a name", {"to": {}}, "empty"),
    ("EXP-03 an expansion of MongoDB's rules", {"%%root.to": TO}, "%%root, which belongs"),
    ("EXP-03 an expansion of Sync", {"%%partition": TO}, "%%partition, which belongs"),
    ("EXP-03 an expansion that there is not", {"to": "%%nothing.a"}, "%%nothing.a"),
    ("EXP-03 a path below true", {"%%true.a": True}, "%%true.a"),
    ("EXP-03 all values at once", {"%%values": {"%exists": True}}, "name behind it"),
    ("EXP-03 an attribute of Python's", {"%%args.__class__": "x"}, "__class__"),
    ("EXP-04 an operator that there is not", {"to": {"$regex": "^"}}, r"operator '\$regex'"),
    ("EXP-04 an operator of MongoDB's that runs code", {"$where": "1"}, r"operator '\$where'"),
    ("EXP-04 such an operator behind or", {"$or": [{}, {"to": {"%type": "string"}}]}, "operator '%type'"),
    ("EXP-04 such an operator behind not", {"%not": {"to": {"%type": "string"}}}, "operator '%type'"),
    ("EXP-04 an operator without a name", {"%eq": TO}, "without a name"),
    ("EXP-04 or of nothing", {"%or": []}, "one condition or more"),
    ("EXP-04 or of no list", {"%or": {"to": TO}}, "one condition or more"),
    ("EXP-04 not of a text", {"%not": "to"}, "true, false, a document"),
    ("EXP-05 exists takes nothing else", {"to": {"%exists": "yes"}}, "true or false"),
    ("EXP-06 in takes no text", {"to": {"%in": TO}}, "a list"),
    ("EXP-09 a converter of an operator", {"to": {"%oidToString": {"%stringToOid": "x"}}}, "a literal or"),
    ("EXP-12 an argument that there is not", {"form": FROM}, "an argument: to, from, body, mediaUrl"),
    ("EXP-13 a percent sign too many", {"to": "%%user.id%%"}, "%%user.id%%"),
    ("RUL-07 names with and without a prefix", {"to": TO, "%%args.from": FROM}, "prefixes everywhere"),
    ("a text", "to", "true, false, a document"),
    ("a number", 1, "true, false, a document"),
    ("null within", {"%and": [None]}, "true, false, a document"),
    ("a list", [], "true, false, a document"),
    ("a set", {"to": {"$in": {TO}}}, "type set"),
    ("an object", {"to": object()}, "type object"),
    ("a class", {"to": str}, "type type"),
    ("another function", {"%%true": {"%function": {"name": "f", "code": "1"}}}, "'name'"),
    ("a name that is no text", {1: 2}, "name '1'"),
]


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
