"""Pictures: texted by a phone, fetched from an account's server, listed, served and deleted."""

import base64
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Sandbox, Webhook


def png(width: int = 2) -> bytes:
    """A real picture: grey, one line high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    line = zlib.compress(b"\0" + b"\x80" * width)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", line) + chunk(b"IEND", b"")


def encoded(content: bytes, content_type: str | None = None) -> dict[str, Any]:
    return {"content": base64.b64encode(content).decode(), "content_type": content_type}


@pytest.fixture
def pictures() -> Iterator[str]:
    """Serve /picture.png, and what may go wrong; return the address."""
    files = {
        "/picture.png": ("image/png", png()),
        "/page": ("text/html", b"<p>No picture</p>"),
        "/large": ("image/png", b"\0" * (5 * 1024 * 1024 + 1)),
        "/half": ("image/png", b"\0" * (3 * 1024 * 1024)),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = files.get(self.path, ("", b""))
            self.send_response(200 if kind else 302 if self.path == "/moved" else 404)
            self.send_header("Location", "/picture.png")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def send(sandbox: Sandbox, *urls: str) -> Any:
    return sandbox.client().messages.create(to=sandbox.phone, from_=sandbox.number, media_url=list(urls))


def test_a_picture_that_a_phone_sends_is_in_the_webhook_and_can_be_fetched(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    sandbox.answer_at(webhook.url)
    media = [encoded(png()), encoded(b"BEGIN:VCARD\nEND:VCARD\n", "text/vcard")]
    inbound = sandbox.text("", media=media)["inbound"]
    form = dict(webhook.calls[0].form)
    webhook.assert_signed(webhook.calls[0], sandbox.token)
    assert (form["NumMedia"], form["Body"], form["NumSegments"]) == ("2", "", "1")
    assert (form["MediaContentType0"], form["MediaContentType1"]) == ("image/png", "text/vcard")
    assert form["MessageSid"].startswith("MM")
    own = f"{sandbox.url}/2010-04-01/Accounts/{sandbox.sid}/Messages/{inbound['sid']}/Media/ME"
    assert form["MediaUrl0"].startswith(own)
    answer = requests.get(form["MediaUrl0"], timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (png(), "image/png")
    assert inbound["media_url"] == [form["MediaUrl0"], form["MediaUrl1"]]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_the_first_bytes_say_what_a_file_is(sandbox: Sandbox, content: bytes, content_type: str) -> None:
    sid = sandbox.text("", media=[encoded(content)])["inbound"]["sid"]
    (media,) = sandbox.get(f"Messages/{sid}/Media.json")["media_list"]
    assert media["content_type"] == content_type


def test_a_file_leads_to_an_address_that_nobody_can_guess(sandbox: Sandbox) -> None:
    (url,) = sandbox.text("", media=[encoded(png())])["inbound"]["media_url"]
    answer = requests.get(url, timeout=10, allow_redirects=False)
    assert answer.status_code == 307
    place = answer.headers["Location"]
    assert sandbox.sid not in place
    assert requests.get(sandbox.url + place, timeout=10).content == png()
    assert requests.get(sandbox.url + place[:-1] + "x", timeout=10).status_code == 404


def test_files_are_public_until_the_console_says_otherwise(sandbox: Sandbox) -> None:
    (url,) = sandbox.text("", media=[encoded(png())])["inbound"]["media_url"]
    assert sandbox.get("/sandbox/console")["media_needs_login"] is False
    assert requests.get(url, timeout=10).status_code == 200
    assert sandbox.control("POST", "/sandbox/console", media_needs_login=True)[0] == 200
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert requests.get(url, auth=(sandbox.sid, sandbox.token), timeout=10).content == png()
    assert requests.get(url, auth=(sandbox.sid, "wrong"), timeout=10).status_code == 401


def test_the_library_lists_fetches_and_deletes_files(sandbox: Sandbox) -> None:
    inbound = sandbox.text("", media=[encoded(png(1)), encoded(png(2))])["inbound"]
    message = sandbox.client().messages(inbound["sid"])
    newest, oldest = message.media.list(page_size=1)
    assert {one.parent_sid for one in (newest, oldest)} == {inbound["sid"]}
    assert message.media(oldest.sid).fetch().content_type == "image/png"
    assert message.media(oldest.sid).delete()
    assert [one.sid for one in message.media.list()] == [newest.sid]
    assert requests.get(inbound["media_url"][0], timeout=10).status_code == 404
    assert message.fetch().num_media == "2"
    assert message.delete()
    assert requests.get(inbound["media_url"][1], timeout=10).status_code == 404


def test_files_are_found_by_their_date(sandbox: Sandbox) -> None:
    sid = sandbox.text("", media=[encoded(png())])["inbound"]["sid"]
    for query, count in (("DateCreated>=2020-01-01", 1), ("DateCreated<=2020-01-01", 0)):
        assert len(sandbox.get(f"Messages/{sid}/Media.json?{query}")["media_list"]) == count


def test_a_picture_that_is_sent_is_fetched_and_kept(sandbox: Sandbox, pictures: str) -> None:
    message = send(sandbox, f"{pictures}/picture.png", f"{pictures}/moved")
    media = sandbox.client().messages(message.sid).media
    assert (message.sid[:2], message.num_media, message.num_segments) == ("MM", "2", "1")
    sandbox.wait_for(message.sid, "delivered")
    (seen,) = sandbox.get(f"/sandbox/phones/{sandbox.phone}")["messages"]
    assert [requests.get(url, timeout=10).content for url in seen["media_url"]] == [png(), png()]
    assert {one.content_type for one in media.list()} == {"image/png"}


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["/nothing"], 11200),
        (["/page"], 12300),
        (["/large"], 11751),
        (["/half", "/half"], 11751),
        (["/picture.png", "/nothing"], 11200),
    ],
)
def test_a_picture_that_cannot_be_had_or_sent_fails_its_message(
    sandbox_of_module: Sandbox, pictures: str, paths: list[str], code: int
) -> None:
    message = send(sandbox_of_module, *(pictures + path for path in paths))
    failed = sandbox_of_module.wait_for(message.sid, "failed")
    assert failed["error_code"] == code
    noted = sandbox_of_module.get("/sandbox/notifications")["notifications"]
    assert [one["error_code"] for one in noted if one["message_sid"] == message.sid] == [str(code)] * 2
    assert sandbox_of_module.conversation() == []


def test_a_picture_elsewhere_is_not_fetched_and_noted(sandbox: Sandbox) -> None:
    url = "https://example.com/map.png"
    message = send(sandbox, url)
    sandbox.wait_for(message.sid, "delivered")
    assert sandbox.notified() == [11210]
    (media,) = sandbox.client().messages(message.sid).media.list()
    assert media.content_type == "image/png"
    place = f"{sandbox.url}/2010-04-01/Accounts/{sandbox.sid}/Messages/{message.sid}/Media/{media.sid}"
    assert requests.get(place, timeout=10, allow_redirects=False).headers["Location"] == url


def test_a_reply_brings_its_picture(sandbox: Sandbox, webhook: Webhook, pictures: str) -> None:
    sandbox.answer_at(webhook.url)
    webhook.says(f"<Message>Look<Media>{pictures}/picture.png</Media></Message>")
    (reply,) = sandbox.text()["replies"]
    assert (reply["body"], reply["num_media"]) == ("Look", "1")
    assert requests.get(reply["media_url"][0], timeout=10).content == png()
