"""The values that a handler reads, and that those from a secret stay where they belong."""

import asyncio
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests import planted
from tests.receiving.test_context import FACTS, SAMPLE, body, run
from twilio_nb.domain.expressions import evaluate
from twilio_nb.domain.values import ValueDefinition
from twilio_nb.errors import ConfigurationError, SecretNotFound, ValueNotFound
from twilio_nb.receiving import functions
from twilio_nb.receiving.context import context
from twilio_nb.receiving.expansions import expansions
from twilio_nb.receiving.functions import function
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret
from twilio_nb.storage.values import StoredValues


@pytest.fixture(autouse=True)
def _stored(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NB_DATABASE", database.name)
    stored = StoredValues(database)
    stored.save(ValueDefinition("staff", ["+15558675309"]))
    stored.save(ValueDefinition("key", "weather-key", from_secret=True))
    stored.save(ValueDefinition("url", "https://qa.example.org", environment="qa"))
    monkeypatch.setattr(functions, "_functions", {})


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """What the secret of the value ``key`` holds; it has what URLs and reprs write otherwise."""
    value = planted.token() + "/+\\ é'"
    monkeypatch.setenv("TWILIO_NB_SECRET_WEATHER_KEY", value)
    return value


def test_a_handler_reads_values_whether_it_awaits_or_not() -> None:  # CTX-08, VAL-04
    def handler(payload: Any) -> str:
        return f"{context.values.get('staff')} {context.values.get('nope')} {context.values.get('nope', 3)}"

    async def async_handler(payload: Any) -> str:
        return handler(payload)

    for each in (handler, async_handler):
        assert body(run(each)) == "['+15558675309'] None 3"


def test_a_value_in_brackets_must_be_there() -> None:  # VAL-04
    assert context.values["staff"] == ["+15558675309"]
    assert ("staff" in context.values, "nope" in context.values) == (True, False)
    assert sorted(context.values) == ["key", "staff"]
    with pytest.raises(ValueNotFound, match=r"no value 'nope'; set it with twilio_nb\.values\.set\('nope'"):
        _ = context.values["nope"]


def test_a_value_from_a_secret_is_a_secret(token: str) -> None:  # VAL-03, SEC-02
    found = context.values.get("key")

    assert found == Secret(token)
    assert f"{found} {found!r} {[found]}" == "Secret('********') Secret('********') [Secret('********')]"


def test_a_value_whose_secret_is_missing_says_how_to_keep_it() -> None:
    with pytest.raises(SecretNotFound, match=r"twilio_nb\.secrets.set\('weather-key'\)"):
        context.values.get("key")


def test_the_environment_is_the_one_that_the_variable_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # ENV-01
    assert (context.environment.tag, context.environment.values) == ("", {})
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "qa")

    assert context.environment.tag == "qa"
    assert context.environment.values == {"url": "https://qa.example.org"}
    assert repr(context.environment) == "<environment 'qa'>"
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "prod")
    with pytest.raises(ConfigurationError, match="no environment 'prod'"):
        _ = context.environment.tag


def fails(url: str) -> None:
    message = f"503 for {url}"
    raise ConnectionError(message)


@pytest.mark.parametrize("is_async", [False, True])
def test_an_error_that_quotes_a_secret_is_told_and_logged_without_it(
    token: str, capsys: pytest.CaptureFixture[str], is_async: bool
) -> None:  # SEC-02
    def handler(payload: Any) -> None:
        key = context.values.get("key").reveal()
        try:
            fails(f"https://example.org/?key={key}&{quote(key)}&{quote(key, safe='')}&{quote_plus(key)}")
        except ConnectionError as error:
            raise LookupError([key, str(error)]) from error

    async def async_handler(payload: Any) -> None:
        await asyncio.sleep(0)
        handler(payload)

    outcome = run(async_handler if is_async else handler)
    printed = capsys.readouterr()

    assert outcome.error is not None
    for text in (outcome.error, printed.err, printed.out):
        assert not planted.holds(text.encode(), [planted.MARK])
    assert "503 for https://example.org/?key=********&********&********&********" in printed.err


def test_a_function_that_reads_the_secret_is_watched_as_well(
    token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @function
    async def ask() -> None:
        fails(context.values["key"].reveal())

    outcome = run(lambda payload: context.functions.execute("ask"))

    assert outcome.error is not None
    assert "503 for ********" in outcome.error
    assert not planted.holds(capsys.readouterr().err.encode(), [planted.MARK])


@pytest.mark.parametrize("answer", [lambda found: found, lambda found: {"key": found}, lambda found: [found]])
def test_a_secret_is_never_texted_back(token: str, answer: Any) -> None:
    outcome = run(lambda payload: answer(context.values["key"]))

    assert not outcome.replies
    assert outcome.error is not None
    assert "has no form as text" in outcome.error


def holds(expression: Any) -> bool:
    return evaluate(expression, expansions()).holds


def test_conditions_see_the_same_values_and_environment(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # VAL-06, ENV-01
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "qa")

    assert holds({"%%values.staff": "+15558675309"})
    assert holds({"%%values.key": token})
    assert holds({"%%values.nope": {"%exists": False}})
    assert holds({"%%environment.tag": "qa", "%%environment.values.url": "https://qa.example.org"})
    assert not holds({"%%environment.values.nope": "x"})


def test_a_condition_fails_closed_where_the_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "prod")

    assert not holds({"%not": {"%%environment.tag": "qa"}})
    assert holds({"%%values.staff": {"%exists": True}})


def test_no_words_about_a_condition_hold_what_came_from_a_secret(token: str) -> None:  # VAL-06
    @function
    def leaks(value: str) -> bool:
        raise ValueError(value)

    @function
    def answers(value: str) -> str:
        return value

    scope = expansions()
    for expression in (
        {"%%values.key": "another"},
        {"%%values.key": {"%in": ["%%values.key", "x"], "%ne": "%%values.key"}},
        {"%%values.key": {"%gt": "%%values.staff"}},
        {"%%values.key.deeper": 1},
        {"%%values.staff": {"%nin": ["%%values.key"]}},
        {"%%values.staff": {"a": "%%values.key"}},
        {"%%values.key": {"%stringToOid": "%%values.key"}},
        {"%%true": {"%function": {"name": "leaks", "arguments": ["%%values.key"]}}},
        {"%%true": {"%function": {"name": "answers", "arguments": ["%%values.key"]}}},
        {"%%values.staff": {"%function": {"name": "answers", "arguments": [["%%values.key"]]}}},
    ):
        for each in (expression, {"%not": expression}):
            told = " ".join(map(str, evaluate(each, scope).clauses))
            assert told
            assert not planted.holds(told.encode(), [planted.MARK]), expression
    assert not planted.holds(f"{scope} {scope.values}".encode(), [planted.MARK])


def test_a_condition_sees_every_field_of_the_request_and_no_user() -> None:  # CTX-05, EXP-11
    seen: list[bool] = []
    facts = Text(SAMPLE, {**FACTS, "http_referrer": "https://example.org"})
    run(
        lambda payload: seen.extend(
            holds(one)
            for one in (
                {"%%request.remoteIPAddress": "127.0.0.1"},
                {"%%request.requestHeaders.X-TWO": "2"},
                {"%%request.webhookUrl": FACTS["webhook_url"]},
                {"%%request.httpMethod": "POST"},
                {"%%request.rawQueryString": "a=1"},
                {"%%request.httpReferrer": "https://example.org"},
                {"%%request.httpUserAgent": "TwilioProxy/1.1"},
                {"%%request.service": "s", "%%request.action": "w"},
                {"%%user.id": {"%exists": False}},
                {"%not": {"%%request.requestHeaders.cookie": {"%exists": True}}},
            )
        ),
        text=facts,
    )

    assert seen == [True] * 10


def test_a_condition_calls_functions_by_name_and_waits_for_none() -> None:  # RUL-10, CTX-07
    @function
    def known(number: str) -> bool:
        return number in context.values["staff"]

    @function
    async def later() -> bool:
        return True

    assert holds({"%%true": {"%function": {"name": "known", "arguments": ["+15558675309"]}}})
    assert not holds({"%%true": {"%function": {"name": "known", "arguments": ["+15558675310"]}}})
    verdict = evaluate({"%%true": {"%function": {"name": "later"}}}, expansions())
    assert verdict.truth is None
    assert "an async function" in str(verdict.clauses[0])


def test_a_function_that_asks_conditions_itself_is_asked_once() -> None:
    asked: list[int] = []

    @function
    def again() -> bool:
        asked.append(1)
        return any(holds({"%%true": {"%function": {"name": "again"}}}) for _ in range(3))

    assert not holds({"%%true": {"%function": {"name": "again"}}})
    assert asked == [1]
