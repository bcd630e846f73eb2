"""An evaluation explains itself: which operand, what it is, what it would have to be; never a secret."""

from typing import Any

import pytest

from twilio_nb.domain.expressions import evaluate, written
from twilio_nb.domain.operands import Scope

TO, FROM, OTHER = "+15558675309", "+15005550006", "+15558675310"
ARGUMENTS = ("to", "from", "body", "mediaUrl")
SCOPE = Scope(
    args={"to": TO, "from": FROM, "body": "secret words"},
    request={"requestHeaders": {"X-Secret": ["hunter2"]}},
    values={"ours": "hunter2", "staff": [OTHER]},
    functions={"no": lambda: False, "odd": lambda: "hunter2", "fails": lambda: int("hunter2")},
)

EXPLAINED: list[tuple[Any, list[str]]] = [
    ({"to": OTHER}, ["%%args.to is …5309; expected: …5310"]),
    ({"to": {"$ne": TO}}, ["%%args.to is …5309; expected: not …5309"]),
    ({"to": {"$in": []}}, ["%%args.to is …5309; expected: one of nothing"]),
    (
        {"to": {"$in": [OTHER, OTHER, "MyCafe", OTHER, OTHER]}},
        ["%%args.to is …5309; expected: one of …5310, …5310, … and 2 more"],
    ),
    ({"to": {"$in": "%%values.staff"}}, ["%%args.to is …5309; expected: one of %%values.staff, a list of 1"]),
    ({"to": "%%values.nothing"}, ["%%args.to is …5309; expected: %%values.nothing, missing"]),
    ({"from": "%%values.ours"}, ["%%args.from is …0006; expected: %%values.ours, a text"]),
    ({"body": "secret"}, ["%%args.body is a text; expected: the condition's own text"]),
    ({"mediaUrl": {"%exists": 1}}, ["%%args.mediaUrl is missing; expected: given"]),
    ({"to": {"%exists": 0}}, ["%%args.to is …5309; expected: not given"]),
    ({f"%%values.{TO}": 1}, ["%%values.…5309 is missing; expected: the condition's own number"]),
    (
        {TO: 1},
        [
            "the condition is not understood. A condition holds '…5309'; expected an argument: "
            "to, from, body, mediaUrl."
        ],
    ),
    ({"%not": {"to": TO}}, ["%%args.to is …5309; expected: not (…5309)"]),
    (
        {"%%request.requestHeaders.x-secret": "hunter3"},
        ["%%request.requestHeaders.x-secret is a list of 1; expected: the condition's own text"],
    ),
    ({"%%true": {"%function": {"name": "no"}}}, ["%function 'no' is false; expected: true"]),
    ({"%%true": {"%function": {"name": "odd"}}}, ["%function 'odd' is a text; expected: true"]),
    (
        {"%%true": {"%function": {"name": "fails"}}},
        ["%function 'fails' is an error (ValueError); expected: true"],
    ),
    (
        {"%%true": {"%function": {"name": "unknown"}}},
        ["%function 'unknown' is not defined in this kernel; expected: true"],
    ),
    (False, ["the condition is false; expected: true"]),
    # Of several what stands in the way; where one would be enough, the fewest.
    (
        {"to": OTHER, "from": FROM, "body": {"$exists": False}},
        ["%%args.to is …5309; expected: …5310", "%%args.body is a text; expected: not given"],
    ),
    (
        {"%or": [{"to": OTHER, "from": OTHER}, {"from": OTHER}]},
        ["%%args.from is …0006; expected: …5310"],
    ),
    (
        {"%nor": [{"to": TO}, {"from": FROM}, {"to": OTHER}]},
        ["%%args.to is …5309; expected: not (…5309)", "%%args.from is …0006; expected: not (…0006)"],
    ),
    ({"%not": {"to": TO, "from": FROM}}, ["%%args.to is …5309; expected: not (…5309)"]),
]


@pytest.mark.parametrize(("expression", "clauses"), EXPLAINED, ids=[str(one) for one, _ in EXPLAINED])
def test_it_is_said_what_stands_in_the_way(expression: Any, clauses: list[str]) -> None:
    verdict = evaluate(expression, SCOPE, ARGUMENTS)

    assert [str(clause) for clause in verdict.clauses] == clauses
    assert not verdict.holds


def is_known(send: dict[str, Any]) -> str:
    return "hunter2"


def test_a_function_of_the_notebooks_is_named_and_what_it_returned_is_not_shown() -> None:
    verdict = evaluate(is_known, SCOPE)

    assert [str(clause) for clause in verdict.clauses] == ["is_known() is a text; expected: true"]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ({}, "{}"),
        (
            {"to": {"$in": ["+1555867530" + digit for digit in "0123456"]}},
            '{"to": {"$in": ["…5300", "…5301", "…5302", "… 4 more"]}}',
        ),
        (
            {"%%request.requestHeaders.x-secret": {"$in": ["hunter2"]}},
            '{"%%request.requestHeaders.x-secret": {"$in": ["…"]}}',
        ),
        ({"%%args.from": "%%values.ours"}, '{"%%args.from": "%%values.ours"}'),
        ({"%and": [is_known]}, '{"%and": ["is_known()"]}'),
        (is_known, "is_known()"),
    ],
)
def test_an_expression_is_shown_short_and_without_secrets(expression: Any, shown: str) -> None:
    assert written(expression) == shown
