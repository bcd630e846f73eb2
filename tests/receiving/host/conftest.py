"""The host with everything real: a receiver of its own, a simulated Twilio, MongoDB."""

import asyncio
import base64
import contextlib
import json
import secrets
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.receiving.host.desk import Desk, eventually
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.domain.paths import webhook_path
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.output import Cell
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import new_runtime
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret


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
        self.configure(SmsUrl=url)

    def configure(self, **settings: str) -> None:
        """Change settings of its number, by Twilio's names."""
        path = f"/2010-04-01/Accounts/{self.account['account_sid']}/IncomingPhoneNumbers"
        (number, *_) = self.ask(f"{path}.json")["incoming_phone_numbers"]
        self.ask(f"{path}/{number['sid']}.json", form=settings)

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
