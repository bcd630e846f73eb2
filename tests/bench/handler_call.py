"""A call from the receiver to a cell's function and back, beside asking the kernel to run code.

This process plays the receiver: it opens the two sockets that a kernel looks for, and times what goes over
them. The alternative is an ``execute_request``, to the kernel's main shell or to a subshell of its own.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

import twilio_nb
from tests.bench.rows import Row
from tests.bench.surroundings import surroundings
from twilio_nb.receiving.launch import START_SOCKET
from twilio_nb.receiving.protocol import LINE_LIMIT, PROTOCOL, SOCKET, Call, encode, read
from twilio_nb.storage.directories import RUNTIME_VARIABLE, new_runtime

CALLS = 100
PAUSE = 0.02  # seconds between two calls
CELL = """
%load_ext twilio_nb
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret

def answer(payload, response):
    response.set_body("You said " + payload["Body"])

database = Database.open("bench")
host = Host.start()
host.serve(ServiceDefinition("s", "AC" + "0" * 32, sandbox=True), database, [Secret("0" * 32)], None)
host.register(Handler(answer, "s", "w", respond_result=True), database)
"""
COMPUTING = """
import time
until = time.time() + 60
while time.time() < until:
    sum(n * n for n in range(1000))
"""


def measure() -> Iterator[Row]:
    """Measure all three, with the kernel idle, then the two that can while a cell computes."""
    with surroundings():
        figures = asyncio.run(_measure())
    execute, subshell = "an execute_request to the kernel", "an execute_request to a subshell"
    yield Row("handler call, idle kernel, ms", figures["call"], execute, figures["execute"], "2")
    yield Row("the same", figures["call"], subshell, figures["subshell"], "2")
    what = "handler call while a cell computes, ms"
    yield Row(what, figures["call, busy"], subshell, figures["subshell, busy"], "60")


async def _measure() -> dict[str, float]:
    async with receiver() as calls, kernel() as client:
        client.execute(CELL)
        stream = await asyncio.wait_for(calls, 60)
        await client.get_shell_msg(timeout=60)
        created = client.session.msg("create_subshell_request", {})
        client.control_channel.send(created)
        subshell = (await client.get_control_msg(timeout=20))["content"]["subshell_id"]
        figures: dict[str, list[float]] = {"call": [], "execute": [], "subshell": []}
        for number in range(CALLS):
            figures["call"].append(await _call(stream, number))
            figures["execute"].append(await _execute(client, None))
            figures["subshell"].append(await _execute(client, subshell))
            await asyncio.sleep(PAUSE)
        client.execute(COMPUTING)
        await asyncio.sleep(1)
        busy: dict[str, list[float]] = {"call, busy": [], "subshell, busy": []}
        for number in range(CALLS):
            busy["call, busy"].append(await _call(stream, CALLS + number))
            busy["subshell, busy"].append(await _execute(client, subshell))
            await asyncio.sleep(PAUSE)
        return {name: statistics.median(times) for name, times in (figures | busy).items()}


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _call(stream: Stream, number: int) -> float:
    reader, writer = stream
    call: Call = {
        "type": "call",
        "call": str(number),
        "service": "s",
        "webhook": "w",
        "sid": f"SM{number:032x}",
        "payload": [("MessageSid", f"SM{number:032x}"), ("From", "+15558675309"), ("Body", "Hello")],
        "request": {
            "remote_ip_address": "127.0.0.1",
            "request_headers": {},
            "webhook_url": "http://127.0.0.1/",
            "http_method": "POST",
            "raw_query_string": "",
            "http_referrer": None,
            "http_user_agent": None,
            "service": "s",
            "action": "w",
        },
        "remaining": 10.0,
    }
    began = time.perf_counter()
    writer.write(encode(call))
    answer = await _next(reader, "answer")
    took = time.perf_counter() - began
    assert answer["outcome"]["replies"][0]["body"] == "You said Hello", answer
    writer.write(encode({"type": "settled", "call": str(number), "by": "twiml"}))
    return took * 1000


async def _execute(client: AsyncKernelClient, subshell: str | None) -> float:
    content = {"code": "answered = 'You said ' + 'Hello'", "silent": True, "store_history": False}
    request = client.session.msg("execute_request", content)
    if subshell:
        request["header"]["subshell_id"] = subshell
    began = time.perf_counter()
    client.shell_channel.send(request)
    while (await client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != request["header"]["msg_id"]:
        pass
    return (time.perf_counter() - began) * 1000


async def _next(reader: asyncio.StreamReader, kind: str) -> dict[str, Any]:
    while True:
        message = await asyncio.wait_for(read(reader), 60)
        assert message is not None, "the kernel left"
        if message["type"] == kind:
            return message


@asynccontextmanager
async def receiver() -> AsyncIterator["asyncio.Future[Stream]"]:
    """Be the receiver of the kernels started meanwhile; gives the stream of the first that has registered."""
    directory = new_runtime("jupyter")
    os.environ[RUNTIME_VARIABLE] = str(directory)
    registered: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    async def start(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps({"ready": True}).encode() + b"\n")
        writer.close()

    async def dialled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _next(reader, "hello")
        addresses = {"loopback": "http://127.0.0.1:1/", "public": []}
        welcome = {"type": "welcome", "protocol": PROTOCOL, "version": twilio_nb.__version__}
        writer.write(encode(welcome | {"addresses": addresses}))
        await _next(reader, "register")
        writer.write(encode({"type": "registered", "service": "s", "webhook": "w"}))
        registered.set_result((reader, writer))

    servers = [
        await asyncio.start_unix_server(start, directory / START_SOCKET),
        await asyncio.start_unix_server(dialled, directory / SOCKET, limit=LINE_LIMIT),
    ]
    try:
        yield registered
    finally:
        for server in servers:
            server.close()


@asynccontextmanager
async def kernel() -> AsyncIterator[AsyncKernelClient]:
    """Run a kernel."""
    manager = AsyncKernelManager()
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
