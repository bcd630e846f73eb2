"""The host with everything real: a receiver of its own, a simulated Twilio, MongoDB."""

import asyncio
import base64
import contextlib
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests import planted
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.domain.paths import webhook_path
from twilio_nb.domain.twiml import parse
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.output import Cell
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import new_runtime
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret


def eventually(condition: Callable[[], Any], patience: float = 20) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)
    return found


class Twilio:
    """The simulated account, in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(directory), "--pace", "0.01"]
        )
        self.account: dict[str, Any] = eventually(lambda: self._account(directory), 20)

    @staticmethod
    def _account(directory: Path) -> Any:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((directory / "account.json").read_text())

    def ask(self, path: str, data: bytes | None = None, form: dict[str, str] | None = None) -> Any:
        account = self.account
        request = urllib.request.Request(
            account["url"] + path, data=urlencode(form).encode() if form else data
        )
        credentials = f"{account['account_sid']}:{account['auth_token']}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials).decode())
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read())

    def answer_at(self, url: str) -> None:
        path = f"/2010-04-01/Accounts/{self.account['account_sid']}/IncomingPhoneNumbers"
        (number, *_) = self.ask(f"{path}.json")["incoming_phone_numbers"]
        self.ask(f"{path}/{number['sid']}.json", form={"SmsUrl": url})

    def text(self, body: str, phone: str) -> list[str]:
        """Text the number; the bodies of the replies in the answer."""
        return [reply["body"] for reply in self.exchange(body, phone)["replies"]]

    def exchange(self, body: str, phone: str) -> Any:
        return self.ask("/sandbox/texts", json.dumps({"body": body, "from": phone}).encode())

    def received(self, phone: str) -> list[str]:
        """What a phone got, however it was sent."""
        messages = self.ask(f"/sandbox/phones/{phone}")["messages"]
        return [message["body"] for message in messages if message["to"] == phone]


class Line:
    """One service of a host, and a phone that texts it."""

    def __init__(self, host: Host, twilio: Twilio, database: Database) -> None:
        account = twilio.account
        self.host = host
        self.twilio = twilio
        self.database = database
        self.name = "s" + secrets.token_hex(4)
        self.phone = f"+1555867{secrets.randbelow(9000) + 1000}"
        self.token = Secret(account["auth_token"])
        self.definition = ServiceDefinition(self.name, account["account_sid"], sandbox=True)
        self.gateway = Gateway(account["account_sid"], self.token, api_url=account["url"])
        self.log = MessageLog(database)
        self.serve()

    def serve(self) -> None:
        self.addresses = self.host.serve(self.definition, self.database, [self.token], self.gateway)

    def define(self, webhook: str = "answer", **options: Any) -> None:
        """Store the webhook and have the number call it."""
        Registry(self.database).save_webhook(WebhookDefinition(self.name, webhook, **options))
        self.twilio.answer_at(f"{self.addresses.loopback}{webhook_path(self.name, webhook)}")

    def register(self, function: Callable[..., Any], webhook: str = "answer", **options: Any) -> Handler:
        handler = Handler(function, self.name, webhook, **({"respond_result": True} | options))
        self.define(webhook, **({"respond_result": True} | options))
        self.host.register(handler, self.database)
        return handler

    def text(self, body: str) -> list[str]:
        return self.twilio.text(body, self.phone)

    def received(self) -> list[str]:
        return self.twilio.received(self.phone)

    def handling(self) -> list[dict[str, Any]]:
        """The handling of its inbound texts, oldest first."""
        found = self.database.db["messages"].find({"direction": "inbound"}).sort("time")
        return [document["handling"] for document in found]

    def states(self) -> list[str]:
        return [handling["state"] for handling in self.handling()]


@dataclass(frozen=True)
class Exchange:
    """What Twilio was answered, and what was kept of it."""

    status: int
    kind: str
    body: str
    entry: dict[str, Any]
    handling: dict[str, Any]

    @property
    def texted(self) -> list[str]:
        return [message.body for message in parse(self.body)]


class Desk:
    """A service whose texts are posted as Twilio posts them, signed, to a receiver of the host's own."""

    def __init__(self, host: Host, database: Database) -> None:
        self.host = host
        self.database = database
        self.name = "s" + secrets.token_hex(4)
        self.token = planted.token()
        self.log = MessageLog(database)
        definition = ServiceDefinition(self.name, "AC" + "0" * 32, sandbox=True)
        gateway = Gateway(definition.account_sid, Secret(self.token), api_url="http://127.0.0.1:9")
        self._addresses = host.serve(definition, database, [Secret(self.token)], gateway)

    def handler(self, function: Callable[..., Any], **options: Any) -> Handler:
        """Put a function into service as a webhook of its own."""
        handler = Handler(
            function, self.name, "w" + secrets.token_hex(4), **({"respond_result": True} | options)
        )
        Registry(self.database).save_webhook(handler.definition)
        self.host.register(handler, self.database)
        return handler

    def post(self, webhook: str, query: str = "", **fields: str) -> Exchange:
        """Post the manual's text, or another one."""
        url = f"{self._addresses.loopback}{webhook_path(self.name, webhook)}{query}"
        form = {
            "MessageSid": "SM" + secrets.token_hex(16),
            "From": "+15558675309",
            "To": "+18057166646",
            "Body": "Hello! How are you?",
        } | fields
        signature = RequestValidator(self.token).compute_signature(url, form)
        request = urllib.request.Request(url, urlencode(form).encode(), {"X-Twilio-Signature": signature})
        try:
            response = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body, sid = response.read().decode(), form["MessageSid"]
            entries = self.entries(sid)
            stored = self.log.get(sid)
            assert stored is not None
            kind = response.headers["Content-Type"]
            return Exchange(response.status, kind, body, entries[0], stored["handling"])

    def entries(self, sid: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for the log to have so many entries about a text; the newest first."""

        def found() -> list[dict[str, Any]]:
            return [one for one in LogBook(self.database).find(self.name, limit=None) if one["sid"] == sid]

        return list(eventually(lambda: len(entries := found()) >= count and entries))

    def answer(self, function: Callable[..., Any], **options: Any) -> Exchange:
        """Have a function answer the manual's text."""
        return self.post(self.handler(function, **options).name)


class Server:
    """What a kernel meets in Jupyter's runtime directory: two sockets, each with one line to say."""

    def __init__(self, start: dict[str, Any], greeting: dict[str, Any]) -> None:
        self.directory = new_runtime("jupyter")
        self.asked = 0
        self._loop = asyncio.new_event_loop()
        self._lines = {"start.sock": start, "kernels.sock": greeting}
        self._servers: list[asyncio.Server] = []
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(5)

    def _run(self) -> None:
        async def listen() -> None:
            for name, line in self._lines.items():

                async def connected(
                    reader: asyncio.StreamReader,
                    writer: asyncio.StreamWriter,
                    line: dict[str, Any] = line,
                    name: str = name,
                ) -> None:
                    self.asked += name == "start.sock"
                    writer.write(json.dumps(line).encode() + b"\n")
                    writer.close()

                self._servers.append(await asyncio.start_unix_server(connected, str(self.directory / name)))
            self._ready.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()

    def close(self) -> None:
        async def end() -> None:
            for server in self._servers:
                server.close()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)


@pytest.fixture(scope="module")
def twilio(private_surroundings: Path) -> Iterator[Twilio]:
    directory = new_runtime("kernel")
    running = Twilio(directory)
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture(scope="module")
def desk(mongod: Any) -> Iterator[Desk]:
    """A host and a service that the module's tests share."""
    host = Host.start()
    database = Database.open(f"test_{secrets.token_hex(6)}")
    yield Desk(host, database)
    host.close()
    database.drop()
    database.close()


@pytest.fixture
def host(mongod: Any) -> Iterator[Host]:
    started = Host.start()
    yield started
    started.close()


@pytest.fixture
def line(host: Host, twilio: Twilio, database: Database) -> Line:
    return Line(host, twilio, database)


@pytest.fixture
def sentences(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said in cells."""
    said: list[str] = []
    monkeypatch.setattr(Cell, "say", lambda self, sentence: said.append(sentence))
    return said


def receiver_of(host: Host) -> "subprocess.Popen[bytes]":
    process = host._receiver._process  # type: ignore[attr-defined]
    assert isinstance(process, subprocess.Popen)
    return process
