"""An error that nobody foresaw may quote a text in its own words: logs say what failed where, and not those."""

import asyncio
import secrets
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NoReturn

import httpx
import pytest
from starlette.requests import Request

from tests.receiving.host.conftest import Server
from twilio_nb import __version__
from twilio_nb.receiving.connection import Connection
from twilio_nb.receiving.dispatch import Dispatcher
from twilio_nb.receiving.exchange import NOTHING, Arrival
from twilio_nb.receiving.protocol import PROTOCOL
from twilio_nb.receiving.text import Text
from twilio_nb.receiving.tracebacks import unretrieved
from twilio_nb.receiving.web import pages_application, webhook_application

BODY = "my PIN is 4711"


def fail(*_: object) -> NoReturn:
    raise ValueError(BODY)


async def fail_later(*_: object) -> NoReturn:
    fail()


def ask(application: Any, method: str, path: str, **form: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return await client.request(method, path, data=form or None)

    return asyncio.run(asked())


def says_where(log: str) -> bool:
    """Tell whether a log names class and line, and nothing of the body."""
    return "ValueError" in log and "in fail" in log and "4711" not in log


@pytest.mark.parametrize("path", ["incoming_webhook/answer", "status"])
def test_a_request_over_which_the_receiver_fails(caplog: pytest.LogCaptureFixture, path: str) -> None:
    intake: Any = SimpleNamespace(text=fail_later, status=fail_later)

    answer = ask(webhook_application(intake), "POST", f"/twilio/service/s/{path}", Body=BODY)

    assert (answer.status_code, answer.json()["error_code"]) == (500, "InternalServerError")
    assert "4711" not in answer.text
    assert says_where(caplog.text)


def test_a_page_of_the_receiver_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    intake: Any = None

    async def page(request: Request) -> NoReturn:
        fail()

    answer = ask(pages_application(intake, page), "GET", "/")

    assert (answer.status_code, answer.json()["error_code"]) == (500, "InternalServerError")
    assert "4711" not in answer.text
    assert says_where(caplog.text)


def test_a_stored_text_whose_handling_fails_is_answered_without_a_reply(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def put(document: object) -> bool:
        return True

    async def answered() -> object:
        known: Any = SimpleNamespace(
            store=SimpleNamespace(name="s", put=put), webhook=SimpleNamespace(key="k", enabled=True)
        )
        loop, kernels = asyncio.get_running_loop(), SimpleNamespace(find=fail)
        arrival = Arrival(
            "s", "answer", "twilio/", "POST", (("Body", BODY),), "", {}, "", datetime.now(UTC), loop.time()
        )
        document = {"_id": "SM" + secrets.token_hex(16), "body": BODY, "handling": {"state": "pending"}}
        dispatcher = Dispatcher(kernels)  # type: ignore[arg-type]
        return await dispatcher.answer(Text(known, "", "", arrival, document))

    assert asyncio.run(answered()) == NOTHING
    assert says_where(caplog.text)


def test_a_message_over_which_a_kernel_fails(mongod: object, caplog: pytest.LogCaptureFixture) -> None:
    server = Server({}, {"type": "welcome", "protocol": PROTOCOL, "version": __version__})
    given_up = asyncio.Event()

    class Way:
        async def ready(self) -> Any:
            return server.directory

    async def ended() -> None:
        given_up.set()

    async def stay() -> None:
        connection = Connection("me", Way(), fail, fail, ended)  # type: ignore[arg-type]
        staying = asyncio.create_task(connection.stay())
        async with asyncio.timeout(10):
            while "given up" not in caplog.text:
                await asyncio.sleep(0.01)
        staying.cancel()

    asyncio.run(stay())
    server.close()
    assert says_where(caplog.text)


def test_a_task_that_nobody_waits_for(caplog: pytest.LogCaptureFixture) -> None:
    async def forget() -> None:
        asyncio.get_running_loop().set_exception_handler(unretrieved)
        task = asyncio.create_task(fail_later())
        await asyncio.sleep(0)
        del task

    asyncio.run(forget())

    assert "Task exception was never retrieved" in caplog.text
    assert says_where(caplog.text)
