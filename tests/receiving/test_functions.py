"""Functions that handlers call by name."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.receiving.test_context import FACTS, SAMPLE, body, run
from twilio_nb.errors import ConfigurationError, FunctionNotFound, HandlerError
from twilio_nb.receiving import functions
from twilio_nb.receiving.context import context
from twilio_nb.receiving.functions import function
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database


@pytest.fixture(autouse=True)
def _none_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(functions, "_functions", {})
    monkeypatch.setattr(functions, "_cells", {})
    return iter([None])


def test_a_function_is_called_by_its_name_or_by_another_and_stays_itself() -> None:  # CTX-07
    @function
    def double(number: int) -> int:
        return 2 * number

    @function("greetings/formal")
    def greet(name: str, *, end: str = ".") -> str:
        return f"Dear {name}{end}"

    assert double(4) == 8
    assert context.functions.execute("double", 4) == 8
    assert context.functions.execute("greetings/formal", "Ann") == "Dear Ann."
    assert repr(context.functions) == "<functions: double, greetings/formal>"


def test_a_function_defined_again_takes_the_place_of_the_first() -> None:
    function("f")(lambda: 1)
    function("f")(lambda: 2)

    assert context.functions.execute("f") == 2


def test_an_unknown_function_is_missed_with_those_there_are() -> None:  # CTX-07
    function("known")(lambda: 1)

    with pytest.raises(FunctionNotFound, match=r"no function 'unknown'.*there are: known\. Define it"):
        context.functions.execute("unknown")


@pytest.mark.parametrize("given", [3, lambda: 1, "a b", ""])
def test_what_cannot_be_called_by_name_is_refused(given: Any) -> None:
    with pytest.raises((HandlerError, ConfigurationError)):
        function(given)(len) if isinstance(given, str) else function(given)


def test_a_function_finds_the_callers_request() -> None:  # CTX-07
    function("agent")(lambda: context.request.http_user_agent)

    async def later() -> str | None:
        await asyncio.sleep(0)
        return context.request.http_user_agent

    function(later)

    def handler(payload: Any) -> str:
        return f"{context.functions.execute('agent')}, {context.functions.execute('later')}"

    async def async_handler(payload: Any) -> str:
        return f"{context.functions.execute('agent')}, {await context.functions.execute('later')}"

    for each in (handler, async_handler):
        assert body(run(each, text=Text(SAMPLE, FACTS))) == "TwilioProxy/1.1, TwilioProxy/1.1"


def test_each_function_gets_the_driver_that_suits_itself(database: Database) -> None:
    def texts() -> Any:
        return context.services.get("mongodb-atlas").db(database.name).collection("texts")

    @function
    def count() -> int:
        found: int = texts().count_documents({})
        return found

    @function
    async def add() -> None:
        await texts().insert_one({})

    def handler(payload: Any) -> int:
        context.functions.execute("add")
        texts().insert_one({})
        counted: int = context.functions.execute("count")
        return counted

    async def async_handler(payload: Any) -> int:
        await context.functions.execute("add")
        counted: int = context.functions.execute("count")
        await texts().insert_one({})
        return counted

    assert body(run(handler, database)) == "2"
    assert body(run(async_handler, database)) == "3"


@pytest.mark.parametrize("is_async", [False, True])
def test_an_error_of_a_function_is_its_callers(is_async: bool) -> None:
    @function
    def fails() -> None:
        message = "no such city"
        raise LookupError(message)

    @function
    async def fails_later() -> None:
        context.functions.execute("fails")

    def handler(payload: Any) -> str:
        try:
            context.functions.execute("fails_later")
        except LookupError as error:
            return f"caught: {error}"
        return "nothing"

    async def async_handler(payload: Any) -> str:
        try:
            await context.functions.execute("fails_later")
        except LookupError as error:
            return f"caught: {error}"
        return "nothing"

    chosen: Callable[..., Any] = async_handler if is_async else handler
    assert body(run(chosen)) == "caught: no such city"


def test_functions_that_call_each_other_for_ever_are_stopped() -> None:
    function("ping")(lambda: context.functions.execute("pong"))
    function("pong")(lambda: context.functions.execute("ping"))

    async def again() -> Any:
        return await context.functions.execute("again")

    function(again)

    for name in ("ping", "again"):
        outcome = run(lambda payload, *, name=name: context.functions.execute(name))
        assert outcome.error is not None
        assert "would never end" in outcome.error


def test_a_call_that_is_not_awaited_is_told_of() -> None:  # CTX-09
    @function
    async def later() -> None: ...

    async def handler(payload: Any) -> str:
        context.functions.execute("later")
        return "done"

    (warning,) = run(handler).warnings
    assert warning.startswith("later(…) in line ")
    assert f"{__file__} was not awaited" in warning


async def call_from_a_cell(name: str) -> Any:
    return await context.functions.execute(name)


def test_a_function_can_be_tried_in_a_cell(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio_nb.receiving.data_source._opened", [database])

    @function
    async def count() -> int:
        texts = context.services.get("mongodb-atlas").db(database.name).collection("texts")
        found: int = await texts.count_documents({})
        return found

    @function
    def ask() -> str:
        return context.request.http_method

    assert asyncio.run(call_from_a_cell("count")) == 0
    with pytest.raises(HandlerError, match="only while a handler runs"):
        context.functions.execute("ask")
