"""Values and functions as a person holds them, in rules and handlers of a real service."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from bson import json_util

import twilio_nb
from tests import planted
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, RuleDenied, SecretNotFound, ValueNotFound
from twilio_nb.receiving import functions
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret

STAFF, STRANGER = "+15558675309", "+15558675311"


@pytest.fixture(autouse=True)
def _no_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_functions", {})


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    value = planted.token()
    monkeypatch.setenv("TWILIO_NB_SECRET_WEATHER_KEY", value)
    return value


@pytest.fixture
def default(account: SandboxAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database that the environment names, which is no sandbox's."""
    monkeypatch.setenv("TWILIO_NB_DATABASE", f"test_{secrets.token_hex(4)}")
    with Database.open() as opened:
        yield opened
        opened.drop()


@pytest.fixture
def answering(account: SandboxAccount) -> Iterator[SandboxAccount]:
    yield account
    host = Host.running()
    if host is not None:
        for handler in host.handlers():
            host.unregister(handler.service, handler.name)


def test_values_show_themselves_with_secrets_as_asterisks_and_numbers_cut(
    service: Service, token: str
) -> None:  # VAL-03, SEC-02
    twilio_nb.values.set("staff", [STAFF])
    twilio_nb.values.set("since", datetime(2026, 1, 1, tzinfo=UTC))
    twilio_nb.values.set("key", from_secret="weather-key")
    twilio_nb.values.set("url", "https://qa.example.org", environment="qa")

    assert [line.split("  ")[0] for line in repr(twilio_nb.values).splitlines()] == [
        "name",
        "key",
        "since",
        "staff",
        "url",
    ]
    assert "key    ********" in repr(twilio_nb.values)
    assert "the secret 'weather-key'" in repr(twilio_nb.values)
    assert '["…5309"]' in repr(twilio_nb.values)
    assert '{"$date": "2026-01-01T00:00:00Z"}' in repr(twilio_nb.values)
    shown = repr(twilio_nb.values) + twilio_nb.values._repr_html_()
    assert STAFF not in shown
    assert token not in shown
    assert twilio_nb.values["staff"] == [STAFF]
    assert twilio_nb.values["key"] == Secret(token)


def test_without_values_it_says_how_to_keep_one(service: Service) -> None:
    assert "twilio_nb.values.set('name', …)" in repr(twilio_nb.values)


def test_a_value_is_replaced_and_removed(service: Service) -> None:  # CFG-20
    twilio_nb.values.set("greeting", "Hi")
    said = twilio_nb.values.set("greeting", "Hello")

    assert "context.values.get('greeting')" in repr(said)
    assert twilio_nb.values.get("greeting") == "Hello"
    twilio_nb.values.remove("greeting")
    assert twilio_nb.values.get("greeting") is None
    with pytest.raises(ValueNotFound, match="no value 'greeting'; there are: none"):
        twilio_nb.values.remove("greeting")


def test_a_number_to_text_that_is_no_text_is_pointed_out(service: Service) -> None:  # VAL-02
    assert "'+15558675309'" in repr(twilio_nb.values.set("ours", 15558675310))
    assert "…5310" in repr(twilio_nb.values)
    assert "15558675310" not in repr(twilio_nb.values)


def test_a_token_that_is_kept_as_a_value_is_pointed_out_and_not_shown(service: Service) -> None:  # SEC-02
    token = secrets.token_hex(16)  # not a planted one, as MongoDB's files hold it
    said = repr(twilio_nb.values.set("key", {"token": token}))

    assert "twilio_nb.values.set('key', from_secret='NAME')" in said
    assert '{"token": "********"}' in repr(twilio_nb.values)
    assert token not in said + repr(twilio_nb.values) + twilio_nb.values._repr_html_()


def test_a_value_needs_its_secret_when_it_is_set(service: Service) -> None:  # CFG-08
    with pytest.raises(SecretNotFound):
        twilio_nb.values.set("key", from_secret="weather-key")

    assert list(twilio_nb.values) == []


def test_a_value_is_either_given_or_from_a_secret(service: Service, token: str) -> None:
    for wrong in ({}, {"value": 1, "from_secret": "weather-key"}, {"value": Secret(token)}):
        with pytest.raises(ConfigurationError) as caught:
            twilio_nb.values.set("key", **wrong)
        assert token not in str(caught.value)


def test_rules_ask_values_and_functions_and_explain_without_them(
    service: Service, token: str
) -> None:  # VAL-06, RUL-08
    twilio_nb.values.set("staff", [STAFF])
    twilio_nb.values.set("key", from_secret="weather-key")

    @twilio_nb.function
    def is_day() -> bool:
        return True

    service.rules.add(
        "allow-send",
        when={"to": {"%in": "%%values.staff"}, "%%true": {"%function": {"name": "is_day"}}},
    )
    service.rules.add("odd", when={"from": "%%values.key", "body": "%%values.key"})

    assert service.send(STAFF, "Hello").sid
    with pytest.raises(RuleDenied, match=r"one of %%values\.staff, a list of 1") as caught:
        service.send(STRANGER, "Hello")
    explained = repr(service.rules.explain(STRANGER, "Hello"))
    assert "%%values.key, a text" in explained
    told = f"{caught.value} {explained} {service.rules!r} {service.rules._repr_html_()}"
    assert not planted.holds(told.encode(), [planted.MARK])


def test_a_handler_reads_values_and_calls_functions_while_texts_come(
    answering: SandboxAccount, default: Database
) -> None:  # CTX-07, CTX-08
    twilio_nb.values.set("greeting", "Hello")

    @twilio_nb.function
    async def greet(name: str) -> str:
        return f"{twilio_nb.context.values.get('greeting')}, {name}"

    @answering.service.webhook("greets", respond_result=True)
    def answer(payload: dict[str, str]) -> str:
        greeting: str = twilio_nb.context.functions.execute("greet", payload["Body"])
        return greeting

    phone = answering.phone(f"+1555867{secrets.randbelow(10_000):04d}")
    assert phone.text("Ann").replies == ["Hello, Ann"]


def test_nothing_that_a_failing_handler_leaves_behind_holds_the_secret(
    answering: SandboxAccount,
    default: Database,
    token: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:  # SEC-02, WHR-12
    twilio_nb.values.set("key", from_secret="weather-key")

    @answering.service.webhook("fails", respond_result=True)
    def fail(payload: dict[str, str]) -> str:
        raise ValueError(twilio_nb.context.values["key"].reveal())

    text = answering.phone(f"+1555867{secrets.randbelow(10_000):04d}").text("Ann")
    tried = fail.test(Body="Ann")

    left = [repr(text), repr(tried), caplog.text, *capsys.readouterr(), answering.service.texts().to_csv()]
    for database in (answering.service.database, default):
        for name in database.db.list_collection_names():
            left += [json_util.dumps(document) for document in database.collection(name).find()]
    assert "ValueError: ********" in " ".join(left)
    assert not planted.holds(" ".join(left).encode(), [planted.MARK])
