"""Which texts a handler is asked about, and what the log tells of the others."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.receiving.host.desk import Desk
from twilio_nb.domain.twiml import EMPTY
from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.context import context
from twilio_nb.receiving.functions import function
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.registry import Registry

STAFF = "+15558675309"
STRANGER = "+15558675310"


def echo(payload: dict[str, str]) -> str:
    return payload["Body"]


async def echo_async(payload: dict[str, str]) -> str:
    return payload["Body"]


def raising(payload: dict[str, str]) -> bool:
    return payload["Nothing"] == ""


@function
def is_staff(number: str) -> bool:
    return number == STAFF


# What holds for the manual's text from STAFF, and for none from STRANGER.
HOLDS: list[Any] = [
    {"From": STAFF},
    {"%%args.from": {"$in": [STAFF, "+15558675311"]}},
    {"%%true": {"%function": {"name": "is_staff", "arguments": ["%%args.From"]}}},
    lambda payload: payload["From"] == STAFF,
    {"%and": [{"Body": {"%exists": True}}, lambda payload: is_staff(payload["From"])]},
    lambda payload: context.request.http_method == "POST" and payload["From"] == STAFF,
]


@pytest.mark.parametrize("answering", [echo, echo_async])
@pytest.mark.parametrize("condition", HOLDS, ids=range(len(HOLDS)))
def test_a_handler_is_asked_where_its_condition_holds_and_nowhere_else(
    desk: Desk, condition: Any, answering: Callable[..., Any]
) -> None:  # WHC-10
    webhook = desk.handler(answering, can_evaluate=condition).name

    assert desk.post(webhook).texted == ["Hello! How are you?"]
    refused = desk.post(webhook, From=STRANGER, Body="a word that is nobody's business")
    assert (refused.status, refused.body) == (200, EMPTY)
    assert refused.handling["state"] == "refused"
    assert (refused.entry["status"], refused.entry["state"]) == ("Error", "refused")
    assert refused.entry["error"].startswith("RuleDenied: can_evaluate does not hold: ")
    assert refused.entry["duration"] is None
    assert "nobody's business" not in str(refused.entry)
    assert STRANGER not in str(refused.entry)


REQUESTS = [
    ({"%%request.rawQueryString": "campaign=spring"}, True),
    ({"%%request.httpMethod": "GET"}, False),
    ({"%%request.action": {"%ne": "another"}, "%%user.id": {"%exists": False}}, True),
    ({}, True),
    (None, True),
    (True, True),
    (False, False),  # C7
]


@pytest.mark.parametrize(("condition", "holds"), REQUESTS)
def test_a_condition_is_about_what_brought_the_text_too(
    desk: Desk, condition: Any, holds: bool
) -> None:  # WHC-10
    webhook = desk.handler(echo, can_evaluate=condition).name

    assert bool(desk.post(webhook, "?campaign=spring").texted) is holds


@pytest.mark.parametrize("condition", [raising, lambda payload: "yes", {"%%values.missing": "x"}])
def test_a_condition_that_cannot_be_evaluated_does_not_hold(desk: Desk, condition: Any) -> None:  # WHC-10
    exchange = desk.answer(echo, can_evaluate=condition)

    assert exchange.handling["state"] == "refused"
    assert exchange.texted == []


def test_a_stored_text_is_asked_about_as_well_and_stays_if_it_is_refused(desk: Desk) -> None:  # WHC-10
    handler = desk.handler(echo, can_evaluate={"From": STAFF})
    refused = desk.post(handler.name, From=STRANGER)
    sid = refused.entry["sid"]

    (row,) = desk.host.replay(desk.name, handler.name, [sid])

    assert (row["state"], row["replies"]) == ("refused", 0)
    assert "can_evaluate does not hold" in row["error"]
    document = desk.log.get(sid)
    assert document is not None
    assert document["from"] == STRANGER


SLIPS: list[tuple[Any, str]] = [
    ({"Form": STAFF}, "'Form'; expected an argument: From, To, Body"),
    ({"From": STAFF, "%%args.Body": "x"}, "beside %%args"),
    ({"From": {"$like": "x"}}, "operator"),
    ({"%%root.x": 1}, "%%root"),
    ("true", "a value of type str"),
    (echo_async, "an async function"),
]


@pytest.mark.parametrize(("condition", "told"), SLIPS, ids=[told for _, told in SLIPS])
def test_a_condition_that_cannot_be_meant_is_refused_when_it_is_defined(
    condition: Any, told: str
) -> None:  # WHC-10
    with pytest.raises(ConfigurationError) as refused:
        Handler(echo, "s", "w", can_evaluate=condition)

    assert told in str(refused.value)


def test_a_condition_is_stored_and_a_function_in_it_by_a_name_that_nobody_answers(
    desk: Desk,
) -> None:  # WHC-10
    def is_open(payload: dict[str, str]) -> bool:
        return True

    handler = desk.handler(echo, can_evaluate={"%and": [{"From": {"$in": [STAFF]}}, is_open]})

    stored = Registry(desk.database).webhook(desk.name, handler.name)
    assert stored is not None
    named = {"%%true": {"%function": {"name": "is_open()", "arguments": []}}}
    assert stored.can_evaluate == {"%and": [{"From": {"$in": [STAFF]}}, named]}
    # Without the function it never holds, also where another of its name can be called.
    function("is_open")(lambda: True)
    alone = Handler(echo, "s", "w", can_evaluate=stored.can_evaluate)
    outcome = start(alone, Text((("From", STAFF), ("Body", "Hello")))).result(10)
    assert (outcome.ok, outcome.refused) == (False, True)


def test_a_trial_says_that_the_condition_does_not_hold() -> None:  # WHC-10, CTX-13
    handler = Handler(echo, "s", "w", respond_result=True, can_evaluate={"From": STAFF})

    assert handler.test(From=STAFF).replies[0].body == "Hello"
    tried = repr(handler.test(From=STRANGER))
    assert "can_evaluate does not hold: From is …5310; expected: …5309" in tried


@pytest.mark.parametrize("disabled", [True, False])
def test_the_log_keeps_words_and_numbers_of_the_texter_where_that_is_asked_for(
    desk: Desk, disabled: bool, capsys: pytest.CaptureFixture[str]
) -> None:  # WHC-16, LOG-10
    def failing(payload: dict[str, str]) -> None:
        print("got", payload["Body"])  # noqa: T201
        message = f"no room for {payload['From']}"
        raise LookupError(message)

    handler = desk.handler(failing, disable_arg_logs=disabled)
    came = desk.post(handler.name, Body="strawberries")
    desk.host.replay(desk.name, handler.name, [came.entry["sid"]])
    again = desk.entries(came.entry["sid"], 2)[0]

    for entry in (came.entry, again):
        assert (entry["from"] == STAFF) is not disabled
        assert (entry["printed"] == "got strawberries\n") is not disabled
        for where in (entry["error"], entry["traceback"]):
            assert (STAFF in where) is not disabled
        if disabled:
            assert STAFF not in str(entry)
            assert "strawberries" not in str(entry)
