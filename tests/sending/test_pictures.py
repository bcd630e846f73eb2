"""Pictures are fetched with the account's credentials from Twilio, and from nobody else with them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.sending.conftest import ACCOUNT_SID, TOKEN, Answer, Far, refused
from twilio_nb.errors import GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.pictures import MOST
from twilio_nb.storage.secrets import Secret

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"
URL = f"https://api.twilio.com{PATH}"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
KINDS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0 and more",
    "image/gif": b"GIF89a and more",
    "image/webp": b"RIFF\0\0\0\0WEBP and more",
}


def picture(kind: str = "image/png", content: bytes = PNG) -> Answer:
    return Answer(body=content, headers={"Content-Type": kind})


@contextmanager
def storage(content: bytes, *, headers: dict[str, str] | None = None) -> Iterator[tuple[str, list[Any]]]:
    """Another host, as the one that keeps Twilio's pictures."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(dict(self.headers))
            self.send_response_only(200)
            for name, value in (headers or {"Content-Type": "image/png"}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/kept.png", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_comes_with_its_type(far: Far, gateway: Gateway, kind: str) -> None:
    far.will_answer(picture(kind, KINDS[kind]))

    assert gateway.picture(URL) == (kind, KINDS[kind])
    assert far.asked[0].path == PATH
    assert far.asked[0].headers["Authorization"].startswith("Basic ")


def test_a_redirect_to_another_host_is_followed_without_credentials(far: Far, gateway: Gateway) -> None:
    with storage(PNG) as (url, asked):
        far.will_answer(Answer(307, headers={"Location": url}))

        assert gateway.picture(URL).content == PNG

    assert "Authorization" in far.asked[0].headers
    assert "Authorization" not in asked[0]


def test_a_redirect_within_the_host_keeps_the_credentials(far: Far, gateway: Gateway) -> None:
    far.will_answer(Answer(307, headers={"Location": "/elsewhere"}), picture())

    assert gateway.picture(URL).content == PNG
    assert "Authorization" in far.asked[1].headers


@pytest.mark.parametrize(
    "where", ["http://example.com/cat.png", "ftp://127.0.0.1/cat.png", "file:///etc/passwd"]
)
def test_a_redirect_to_where_nothing_is_protected_is_refused(far: Far, gateway: Gateway, where: str) -> None:
    far.will_answer(Answer(302, headers={"Location": where}))

    with pytest.raises(GatewayError, match="without https"):
        gateway.picture(URL)
    assert len(far.asked) == 1


def test_redirects_without_end_are_not_followed_for_ever(far: Far, gateway: Gateway) -> None:
    far.will_answer(Answer(302, headers={"Location": "/again"}))

    with pytest.raises(GatewayError, match="without end"):
        gateway.picture(URL)
    assert len(far.asked) == 4


def test_a_picture_at_a_host_that_is_not_twilios_is_not_asked_for(far: Far, gateway: Gateway) -> None:
    with pytest.raises(GatewayError, match="none of Twilio's hosts"):
        gateway.picture("https://example.com/cat.png")
    assert far.asked == []


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/pdf", ""])
def test_other_types_are_refused(far: Far, gateway: Gateway, kind: str) -> None:
    far.will_answer(picture(kind))

    with pytest.raises(GatewayError, match="not shown here"):
        gateway.picture(URL)


def test_what_only_calls_itself_a_picture_is_refused(far: Far, gateway: Gateway) -> None:
    far.will_answer(picture("image/jpeg", b"<script>alert(1)</script>"))

    with pytest.raises(GatewayError, match="does not begin like one"):
        gateway.picture(URL)


def test_a_picture_that_is_too_large_is_not_fetched_to_its_end(far: Far, gateway: Gateway) -> None:
    far.will_answer(picture(content=PNG + b"\0" * MOST))

    with pytest.raises(GatewayError, match="more than 5 MB"):
        gateway.picture(URL)


def test_a_picture_that_does_not_end_is_given_up_when_the_time_is_over(far: Far) -> None:
    hurried = Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=far.url, timeout=0.5)
    with storage(PNG, headers={"Content-Type": "image/png", "Content-Length": "1000000"}) as (url, _):
        far.will_answer(Answer(307, headers={"Location": url}))

        with pytest.raises(GatewayError, match=r"within 0\.5 s"):
            hurried.picture(URL)


def test_a_token_that_was_rotated_is_found(far: Far) -> None:
    gateway = Gateway(ACCOUNT_SID, Secret("old"), api_url=far.url, renewed=lambda: [Secret(TOKEN)])
    far.will_answer(
        refused(20003, "Authenticate", 401),  # the picture, with the old one
        refused(20003, "Authenticate", 401),
        Answer(body={"sid": ACCOUNT_SID, "status": "active"}),
        picture(),
    )

    assert gateway.picture(URL).content == PNG


def test_an_error_says_no_secret(far: Far, gateway: Gateway) -> None:
    far.will_answer(refused(20404, "Not found", 404))

    with pytest.raises(GatewayError, match=r"HTTP 404.*deleted at Twilio") as caught:
        gateway.picture(URL)
    assert TOKEN not in str(caught.value)
