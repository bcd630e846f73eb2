"""A small HTTP server that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests import planted
from tests.sandbox.conftest import Sandbox
from twilio_nb.sending import transport
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret

ACCOUNT_SID = "AC" + "a" * 32
TOKEN = planted.token()
MESSAGE_SID = "SM" + "b" * 32

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
TO, SENDER = "+15558675309", "+15005550006"

RECORD: dict[str, Any] = {
    "account_sid": ACCOUNT_SID,
    "api_version": "2010-04-01",
    "body": "Hello",
    "date_created": "Mon, 23 Nov 2026 08:00:00 +0000",
    "date_sent": None,
    "date_updated": "Mon, 23 Nov 2026 08:00:00 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": "+15005550006",
    "messaging_service_sid": None,
    "num_media": "0",
    "num_segments": "1",
    "price": "-0.00750",
    "price_unit": "USD",
    "sid": MESSAGE_SID,
    "status": "queued",
    "subresource_uris": {"media": "/2010-04-01/Media.json"},
    "to": "+15558675309",
    "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}.json",
}


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    form: list[tuple[str, str]]
    headers: dict[str, str]


@dataclass
class Answer:
    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], Any] = lambda: None


def refused(code: int, said: str, status: int = 400) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": said, "more_info": more, "status": status})


def page(*records: dict[str, Any], **more: Any) -> Answer:
    return Answer(body={"messages": list(records), "page": 0, "page_size": 50, "next_page_uri": None, **more})


def create(gateway: Gateway, body: str = "Hello") -> dict[str, Any]:
    return gateway.create_message(to=TO, from_=SENDER, body=body)


class Far:
    """The far end: gives its answers in order, the last one again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.url = ""
        self.echo = False  # answer with the record of the SID that was asked for

    def will_answer(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def take(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def far() -> Iterator[Far]:
    end = Far()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            form = parse_qsl(body, keep_blank_values=True)
            end.asked.append(Asked(self.command, parts.path, query, form, dict(self.headers)))
            if end.echo:
                answer = Answer(body=RECORD | {"sid": parts.path.rpartition("/")[2].removesuffix(".json")})
            else:
                answer = end.take()
            answer.before()
            sent = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response_only(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is part of some tests."""

    server = Server(("127.0.0.1", 0), Handler)
    end.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield end
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def gateway(far: Far, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway to the far end, with short pauses."""
    monkeypatch.setattr(transport, "PAUSES", (0.01, 0.01, 0.01))
    return Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=far.url, timeout=5)


@pytest.fixture
def at(sandbox: Sandbox) -> Gateway:
    """A gateway to the simulated account that a module starts."""
    return Gateway(sandbox.sid, Secret(sandbox.token), api_url=sandbox.url)
