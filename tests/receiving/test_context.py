"""What a handler reaches through its context."""

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from twilio_nb.errors import HandlerError, ServiceNotFound
from twilio_nb.receiving.context import App, Context, Services, context
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.receiving.protocol import RequestFacts
from twilio_nb.receiving.request import Request
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database

SAMPLE = (("From", "+15558675309"), ("Body", "Hello"))
SAMPLE_TEXT = Text(SAMPLE)
FACTS: RequestFacts = {
    "remote_ip_address": "127.0.0.1",
    "request_headers": {"User-Agent": ["TwilioProxy/1.1"], "x-two": ["1", "2"]},
    "webhook_url": "https://example.org/twilio/service/s/incoming_webhook/w",
    "http_method": "POST",
    "raw_query_string": "a=1",
    "http_referrer": None,
    "http_user_agent": "TwilioProxy/1.1",
    "service": "s",
    "action": "w",
}


def run(function: Callable[..., Any], database: Database | None = None, text: Text = SAMPLE_TEXT) -> Outcome:
    handler = Handler(function, "s", "w", respond_result=True)
    handler.database = database
    return start(handler, text).result(20)


def body(outcome: Outcome) -> str:
    assert outcome.error is None
    (reply,) = outcome.replies
    return reply.body


def test_a_def_handler_stores_with_the_synchronous_driver(database: Database) -> None:  # CTX-01, CTX-02
    def save(payload: dict[str, str]) -> str:
        texts = context.services.get("mongodb-atlas").db(database.name).collection("texts")
        return f"Saved your text message with _id: {texts.insert_one(payload).inserted_id}"

    reply = body(run(save, database))
    stored = database.db["texts"].find_one()

    assert stored is not None
    assert reply == f"Saved your text message with _id: {stored['_id']}"
    assert stored["Body"] == "Hello"


def test_an_async_handler_stores_with_the_asynchronous_driver_again_and_again(database: Database) -> None:
    async def save(payload: dict[str, str], response: Any, context: Context) -> str:
        texts = context.services.get("mongodb-atlas")[database.name]["texts"]
        await texts.insert_one(payload)
        return str(await texts.count_documents({}))

    assert [body(run(save, database)) for _ in range(3)] == ["1", "2", "3"]


def test_a_thread_of_an_async_handler_gets_the_synchronous_driver(database: Database) -> None:
    def count() -> int:
        found: int = (
            context.services.get("mongodb-atlas").db(database.name).collection("texts").count_documents({})
        )
        return found

    async def counting(payload: Any) -> int:
        return await asyncio.to_thread(count)

    assert body(run(counting, database)) == "0"


def test_the_request_is_known_by_all_its_fields_and_headers_in_any_case() -> None:  # CTX-05
    seen: list[Request] = []

    run(lambda payload, response, context: seen.append(context.request), text=Text(SAMPLE, FACTS))
    (request,) = seen

    assert request.request_headers["USER-AGENT"] == ["TwilioProxy/1.1"]
    assert request.request_headers["X-Two"] == ["1", "2"]
    assert request.request_headers.get("cookie") is None
    assert dict(request.request_headers) == FACTS["request_headers"]
    rest = {name: value for name, value in vars(request).items() if name != "request_headers"}
    assert rest == {name: value for name, value in FACTS.items() if name != "request_headers"}


def test_a_text_from_the_store_has_no_request_but_its_names() -> None:
    seen: list[Request] = []

    run(lambda payload, response, context: seen.append(context.request))

    assert (seen[0].service, seen[0].action, seen[0].http_method) == ("s", "w", "")


def test_each_run_sees_its_own_call_also_while_others_run() -> None:
    meet = threading.Barrier(2, timeout=5)

    def who(payload: dict[str, str]) -> str:
        meet.wait()
        return context.request.raw_query_string

    async def who_async(payload: dict[str, str]) -> str:
        await asyncio.sleep(0.01)
        return context.request.raw_query_string

    for function in (who, who_async):
        handler = Handler(function, "s", "w", respond_result=True)
        facts: list[RequestFacts] = [{**FACTS, "raw_query_string": query} for query in ("a", "b")]
        runs = [start(handler, Text(SAMPLE, each)) for each in facts]
        assert [body(each.result(5)) for each in runs] == ["a", "b"]


def test_outside_a_handler_the_request_is_missed_with_a_hint_and_the_data_is_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_nb.receiving.data_source._opened", [database])

    with pytest.raises(HandlerError, match=r"test\(Body=") as caught:
        _ = context.request
    found = (
        context.services.get("mongodb-atlas").database(database.name).collection("texts").count_documents({})
    )

    assert "only while a handler runs" in str(caught.value)
    assert found == 0
    assert repr(context) == "<twilio_nb.context: no handler is running here>"


def test_twilio_services_are_found_by_name_and_unknown_ones_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Services, "twilio", staticmethod({"myTwilio": "the service"}.get))

    assert context.services.get("myTwilio") == "the service"
    assert context.services.get("nobody") is None


def test_a_service_in_brackets_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:  # SND-10
    monkeypatch.setattr(Services, "twilio", staticmethod({"myTwilio": "the service"}.get))

    assert context.services["myTwilio"] == "the service"
    with pytest.raises(ServiceNotFound, match="no service 'nobody'"):
        _ = context.services["nobody"]


def test_the_user_is_the_system_which_has_no_id_and_no_data() -> None:  # CTX-03, CTX-04, WHC-05
    seen: list[Any] = []

    run(lambda payload, response, context: seen.append((context.user, context.running_as_system())))
    ((user, is_system),) = seen

    assert vars(user) == {"id": None, "type": "system", "data": {}, "custom_data": {}, "identities": ()}
    assert is_system is True
    assert context.running_as_system() is True


def test_the_app_is_the_database_of_the_service(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:  # CTX-08
    seen: list[App] = []
    run(lambda payload, response, context: seen.append(context.app), database)
    monkeypatch.setenv("TWILIO_NB_DATABASE", "another")
    outside = context.app
    monkeypatch.setenv("TWILIO_NB_DATA", "/elsewhere")  # another MongoDB

    assert [app.name for app in seen] == [database.name]
    assert re.fullmatch(f"{database.name}-[0-9a-f]{{5}}", seen[0].id)
    assert (outside.name, outside.id[-6:]) == ("another", seen[0].id[-6:])
    assert context.app.id != outside.id


def test_pictures_and_channels_arrive_as_twilio_sends_them() -> None:  # WHP-02, WHP-05, WHP-06
    form = (
        ("From", "whatsapp:+15558675309"),
        ("Body", ""),
        ("NumMedia", "1"),
        ("MediaUrl0", "https://api.twilio.com/m"),
        ("WaId", "15558675309"),
        ("ProfileName", "Ünï ☎"),
        ("SomethingNew", "1"),
    )
    seen: list[dict[str, str]] = []

    run(seen.append, text=Text(form))

    assert seen == [dict(form)]
