"""A sandbox in a process of its own, and a webhook for it to call."""

import base64
import contextlib
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client


class Sandbox:
    """A running sandbox as its owner sees it."""

    def __init__(self, process: subprocess.Popen[str], directory: Path) -> None:
        self.process = process
        self.directory = directory
        self.account: dict[str, Any] = json.loads((directory / "account.json").read_text())
        self.url: str = self.account["url"]
        self.sid: str = self.account["account_sid"]
        self.token: str = self.account["auth_token"]
        self.number, self.second_number = self.account["numbers"]
        self.phone: str = self.account["phone"]

    def client(self) -> Client:
        client = Client(self.sid, self.token)
        client.api.base_url = client.messaging.base_url = self.url
        return client

    def request(
        self,
        method: str,
        path: str,
        *,
        data: bytes | None = None,
        credentials: tuple[str, str] | None = None,
    ) -> "tuple[int, Any, Message[str, str]]":
        """Ask for a path below the account, or for any that begins with a slash."""
        user, password = credentials or (self.sid, self.token)
        path = path if path.startswith("/") else f"/2010-04-01/Accounts/{self.sid}/{path}"
        request = urllib.request.Request(self.url + path, data=data, method=method)
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {encoded}")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.loads(response.read() or b"null"), response.headers
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()), error.headers

    def post(self, path: str, **fields: str) -> tuple[int, Any]:
        return self.request("POST", path, data=urlencode(fields).encode())[:2]

    def control(self, method: str, path: str, **order: Any) -> tuple[int, Any]:
        return self.request(method, path, data=json.dumps(order).encode())[:2]

    def get(self, path: str) -> Any:
        return self.request("GET", path)[1]

    def text(self, body: str = "Hello", **given: Any) -> Any:
        return self.request("POST", "/sandbox/texts", data=json.dumps({"body": body, **given}).encode())[1]

    def conversation(self) -> list[tuple[str, str]]:
        """(direction, body) of everything on the default phone."""
        messages = self.get(f"/sandbox/phones/{self.phone}")["messages"]
        return [(message["direction"], message["body"]) for message in messages]

    def notified(self) -> list[int]:
        """Codes of what went wrong, oldest first."""
        return [int(n["error_code"]) for n in self.get("/sandbox/notifications")["notifications"]][::-1]

    def answer_at(self, url: str, number: str | None = None, **settings: str) -> None:
        """Set where a number's texts go."""
        for known in self.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"]:
            if known["phone_number"] == (number or self.number):
                status, _ = self.post(f"IncomingPhoneNumbers/{known['sid']}.json", SmsUrl=url, **settings)
                assert status == 200

    def wait_for(self, sid: str, status: str) -> Any:
        """Wait until a message has this status and return it."""
        deadline = time.monotonic() + 10
        while (message := self.get(f"Messages/{sid}.json"))["status"] != status:
            assert time.monotonic() < deadline, f"still {message['status']}"
            time.sleep(0.005)
        return message

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)


StartSandbox = Callable[..., Sandbox]


@contextlib.contextmanager
def starter(default: Path) -> Iterator[StartSandbox]:
    """Start sandboxes, and end them all at the end."""
    processes = []

    def start(*options: str, directory: Path = default) -> Sandbox:
        command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(directory), *options]
        process = subprocess.Popen(command, text=True)
        processes.append(process)
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError):
                sandbox = Sandbox(process, directory)
                sandbox.get("/sandbox/notifications")
                return sandbox
            assert process.poll() is None, f"the sandbox ended with {process.returncode}"
            assert time.monotonic() < deadline, "the sandbox does not answer"
            time.sleep(0.01)

    yield start
    for process in processes:
        process.kill()
        process.wait(5)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartSandbox]:
    with starter(tmp_path / "sandbox") as start:
        yield start


@pytest.fixture
def sandbox(start: StartSandbox) -> Sandbox:
    return start()


@pytest.fixture(scope="module")
def sandbox_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox for many tests that leave nothing in it."""
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start()


@dataclass
class Call:
    """One request that a webhook received."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> list[tuple[str, str]]:
        query = self.path.partition("?")[2]
        return parse_qsl(self.body if self.method == "POST" else query, keep_blank_values=True)


@dataclass
class Webhook:
    """A small web server that answers as it is told and remembers who called."""

    url: str = ""
    status: int = 200
    content_type: str | None = "text/xml"
    body: str = "<Response/>"
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    """Bodies by path, before `body`."""
    authorization: str | None = None
    """What must be sent; asked for with 401."""
    failures: list[int] = field(default_factory=list)
    """Statuses of the next answers, before `status` holds again; 0 closes without an answer."""
    calls: list[Call] = field(default_factory=list)
    callbacks: list[Call] = field(default_factory=list)
    """What came to /status."""

    def says(self, *messages: str) -> "Webhook":
        self.body = f"<Response>{''.join(messages)}</Response>"
        return self

    def wait_for_callbacks(self, count: int) -> list[dict[str, str]]:
        deadline = time.monotonic() + 10
        while len(self.callbacks) < count:
            assert time.monotonic() < deadline, f"{len(self.callbacks)} callbacks of {count}"
            time.sleep(0.005)
        return [dict(call.form) for call in self.callbacks]

    def assert_signed(self, call: Call, token: str) -> None:
        form = dict(call.form) if call.method == "POST" else {}
        origin = self.url.removesuffix("/sms")
        signature = call.headers["X-Twilio-Signature"]
        assert RequestValidator(token).validate(origin + call.path, form, signature)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    told = Webhook()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            call = Call(self.command, self.path, dict(self.headers), self.rfile.read(length).decode())
            if self.path.startswith("/status"):
                told.callbacks.append(call)
                status, body = told.status, b""
            else:
                told.calls.append(call)
                time.sleep(told.delay)
                status = told.failures.pop(0) if told.failures else told.status
                body = told.pages.get(self.path.partition("?")[0], told.body).encode()
            if told.authorization and self.headers.get("Authorization") != told.authorization:
                status, body = 401, b""
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="texts"')
            if told.content_type is not None:
                self.send_header("Content-Type", told.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # who was kept waiting may have left
                self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_address[1]}/sms"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()
