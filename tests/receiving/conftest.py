"""A real receiver process, kernels that speak its protocol, and a Twilio that signs."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import twilio_nb
from tests import planted
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.storage.connections import fingerprint
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import new_runtime
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.mongod import Mongod
from twilio_nb.storage.registry import Registry

Form = dict[str, str] | list[tuple[str, str]]


def signed(token: str, url: str, form: list[tuple[str, str]]) -> str:
    """Twilio's signature, from its description and not from its library."""
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def new_sid() -> str:
    return "SM" + secrets.token_hex(16)


@dataclass(frozen=True)
class Reply:
    status: int
    body: str
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["error_code"])


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("receiver", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Receiver:
    """A receiver of this process's own, with a loopback port."""

    def __init__(self, directory: Path | None = None, **environment: str) -> None:
        self.directory = directory or new_runtime("kernel")
        self.began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            self.store = fingerprint()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "twilio_nb.receiving.receiver",
                "--runtime",
                str(self.directory),
            ],
            env=os.environ | environment,
        )

    def wait(self) -> "Receiver":
        """Wait until it answers."""
        deadline = time.monotonic() + 20
        while True:
            try:
                self.request("GET", "/", socket_name="pages.sock")
            except OSError:
                assert self.process.poll() is None, "the receiver ended"
                assert time.monotonic() < deadline, "the receiver did not answer"
                time.sleep(0.01)
            else:
                return self

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{(self.directory / 'port').read_text()}/"

    def request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        socket_name: str | None = None,
        timeout: float = 20,
    ) -> Reply:
        """Send a request to the loopback port, or to a socket."""
        if socket_name:
            connection: http.client.HTTPConnection = UnixConnection(self.directory / socket_name, timeout)
        else:
            connection = http.client.HTTPConnection(self.base.split("/")[2], timeout=timeout)
        with contextlib.closing(connection):
            # A refusal may come before the body was taken.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.read().decode(), dict(response.getheaders()))

    def post(
        self,
        path: str,
        form: Form,
        *,
        token: str | None,
        base: str | None = None,
        headers: dict[str, str] | None = None,
        **how: Any,
    ) -> Reply:
        """Post a form as Twilio does, signed for `base` (by default the loopback address) and path."""
        pairs = list(form.items()) if isinstance(form, dict) else form
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        if token:
            sent["X-Twilio-Signature"] = signed(token, (base or self.base) + path, pairs)
        # jupyter-server-proxy takes its own name off the path.
        return self.request(
            "POST", "/" + path.removeprefix("twilio-nb/"), urlencode(pairs).encode(), sent, **how
        )

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


class Kernel:
    """A kernel as the receiver sees it."""

    def __init__(
        self,
        receiver: Receiver,
        owner: str = "",
        version: str = twilio_nb.__version__,
        store: str | None = None,
    ) -> None:
        self.owner = owner or secrets.token_hex(4)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(str(receiver.directory / "kernels.sock"))
        self._lines = self._socket.makefile("rb")
        store = store or receiver.store
        self.tell("hello", protocol=1, version=version, owner=self.owner, pid=os.getpid(), store=store)
        self.welcome = self.hear()

    def tell(self, kind: str, **fields: Any) -> None:
        self._socket.sendall(json.dumps({"type": kind, **fields}).encode() + b"\n")

    def hear(self, kind: str | None = None) -> dict[str, Any]:
        """The next message, which has to be of a kind."""
        message: dict[str, Any] = json.loads(self._lines.readline() or b"{}")
        assert kind is None or message.get("type") == kind, message
        return message

    def answer(self, call: dict[str, Any], *bodies: str, **outcome: Any) -> None:
        blank: dict[str, Any] = {
            "ok": True,
            "refused": False,
            "status_code": 200,
            "twiml": None,
            "error": None,
            "warnings": [],
            "duration": 0.0,
            "printed": "",
            "traceback": None,
        }
        replies = [{"body": body, "media": []} for body in bodies]
        self.tell("answer", call=call["call"], outcome={**blank, "replies": replies, **outcome})

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


class Sandbox:
    """A sandbox service with a database of its own, known to a receiver through a kernel."""

    def __init__(self, receiver: Receiver, database: Database) -> None:
        self.receiver = receiver
        self.database = database
        self.log = MessageLog(database)
        self.registry = Registry(database)
        self.token = planted.token()
        self.name = "s" + secrets.token_hex(4)
        self.definition = ServiceDefinition(self.name, "AC" + "0" * 32, sandbox=True)
        self._kernels: list[Kernel] = []
        self.kernel = self.connect()

    def connect(self, **how: Any) -> Kernel:
        """Another kernel that serves it."""
        kernel = Kernel(self.receiver, **how)
        self._kernels.append(kernel)
        self.announce(kernel)
        return kernel

    def announce(self, kernel: Kernel, **secrets: list[str]) -> None:
        """Have a kernel name the service, and secrets of its addresses."""
        definition = self.definition.to_document()
        tokens, database = [self.token], self.database.name
        kernel.tell("service", definition=definition, database=database, tokens=tokens, secrets=secrets)

    def register(self, kernel: Kernel, webhook: str = "answer", **options: Any) -> None:
        """Define a webhook and register its handler."""
        definition = WebhookDefinition(self.name, webhook, **({"respond_result": True} | options))
        definition = self.registry.save_webhook(definition)
        kernel.tell("register", definition=definition.to_document())
        kernel.hear("registered")

    def form(self, **fields: str) -> dict[str, str]:
        return {
            "MessageSid": new_sid(),
            "AccountSid": self.definition.account_sid,
            "From": "+15558675309",
            "To": "+18057166646",
            "Body": "Hello! How are you?",
            "NumMedia": "0",
            "NumSegments": "1",
            "FromCity": "",
        } | fields

    def path(self, webhook: str = "answer") -> str:
        return f"twilio/service/{self.name}/incoming_webhook/{webhook}"

    def text(self, form: Form, webhook: str = "answer", **how: Any) -> Reply:
        """Deliver a text as Twilio does."""
        return self.receiver.post(self.path(webhook), form, **({"token": self.token} | how))

    def status(self, form: Form, query: str = "", **how: Any) -> Reply:
        path = f"twilio/service/{self.name}/status{query}"
        return self.receiver.post(path, form, **({"token": self.token} | how))

    def stored(self, form: dict[str, str]) -> dict[str, Any]:
        document = self.log.get(form["MessageSid"])
        assert document is not None
        return document

    def close(self) -> None:
        for kernel in self._kernels:
            kernel.close()


@pytest.fixture(scope="session")
def receiver(mongod: Mongod) -> Iterator[Receiver]:
    """One receiver for all tests of the worker."""
    running = Receiver().wait()
    yield running
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(10)


@pytest.fixture
def start_receiver(mongod: Mongod) -> Iterator[Callable[..., Receiver]]:
    """Start receivers that a test may do anything to."""
    started: list[Receiver] = []

    def start(directory: Path | None = None, **environment: str) -> Receiver:
        started.append(Receiver(directory, **environment))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def sandbox(receiver: Receiver, database: Database) -> Iterator[Sandbox]:
    """A service of the test's own."""
    service = Sandbox(receiver, database)
    yield service
    service.close()


@pytest.fixture
def serve(database: Database) -> Iterator[Callable[[Receiver], Sandbox]]:
    """Make a service of the test's own known to a receiver of the test's own."""
    made: list[Sandbox] = []

    def make(receiver: Receiver) -> Sandbox:
        made.append(Sandbox(receiver, database))
        return made[-1]

    yield make
    for one in made:
        one.close()
