"""A real HTTP server between the gateway and the simulated account, which loses answers as a network does."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

ANSWERS_NOT = ("500", "close", "hang")
"""What may come instead of an answer."""


@dataclass
class Between:
    """What stands between, and what it is told to do with the next requests.

    Attributes
    ----------
    accept : bool
        Whether a request that is to lose its answer reaches Twilio.
    instead : str or None
        What comes instead of the answer to a create: one of `ANSWERS_NOT`.
    lists : bool
        Whether lists are answered; if not, with 503.
    late : float
        Seconds until a create that lost its answer reaches Twilio all the same.
    """

    url: str = ""
    accept: bool = True
    instead: str | None = None
    lists: bool = True
    late: float = 0.0
    gave_up: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def between(far: str) -> Iterator[Between]:
    """Stand before a server."""
    told = Between()
    host = urlsplit(far)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection(str(host.hostname), host.port, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name != "Connection"}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return answer.status, answer.getheaders(), content

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.asked.append((self.command, self.path))
            creates = self.command == "POST" and self.path.endswith("/Messages.json")
            if creates and told.instead:
                if told.accept:
                    time.sleep(told.late)
                    self.pass_on(body)
                self.lose()
            elif self.command == "GET" and not told.lists:
                self.say(503, [], b"{}")
            else:
                self.say(*self.pass_on(body))

        def lose(self) -> None:
            if told.instead == "500":
                self.say(500, [], b'{"message": "Internal Server Error", "code": 20500, "status": 500}')
                return
            if told.instead == "hang":
                told.gave_up.wait(20)
            self.close_connection = True

        def say(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.gave_up.set()
        server.shutdown()
        server.server_close()
        thread.join()
