"""The public route, where something fails in Jupyter Server itself."""

import asyncio
from typing import Any, NoReturn

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.routing import RuleRouter
from tornado.testing import bind_unused_port

from twilio_nb.jupyter.public_route import PublicRoute


def test_a_failure_that_nobody_foresaw_is_logged_without_its_own_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        is_wanted = True

        async def forward(self, method: str, target: str, headers: object, body: bytes) -> NoReturn:
            raise ValueError(body.decode())

    async def answer() -> httpx.Response:
        broken: Any = Broken()
        server = HTTPServer(RuleRouter([PublicRoute("/", broken, broken).rule]))
        socket, port = bind_unused_port()
        server.add_socket(socket)
        address = f"http://127.0.0.1:{port}/twilio/service/s/status"
        async with httpx.AsyncClient(trust_env=False) as client:
            answered = await client.post(address, data={"Body": "my PIN is 4711"})
        server.stop()
        return answered

    answered = asyncio.run(answer())

    assert (answered.status_code, answered.json()["error_code"]) == (500, "InternalServerError")
    assert "ValueError" in caplog.text
    assert "in forward" in caplog.text
    assert "4711" not in caplog.text + answered.text
