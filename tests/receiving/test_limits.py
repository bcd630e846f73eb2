"""What the receiver does not take, whoever sends it: a tunnel reaches it without Jupyter in between."""

import contextlib
import socket
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def raw(receiver: Any, request: bytes, seconds: float = 5) -> bytes:
    """Send bytes as they are; return what comes until the connection is closed."""
    host, port = receiver.base.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_get_and_post_are_taken(sandbox: Any, method: str) -> None:  # WHC-11, WHU-03
    reply = sandbox.receiver.request(method, "/" + sandbox.path("inbox"))

    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("size", [65_536, 65_537, 10_000_000])
def test_a_body_of_more_than_64_kib_is_refused(sandbox: Any, size: int) -> None:  # WHU-05
    form = sandbox.form(Body="")
    form["Body"] = "x" * (size - len(urlencode(form)))
    reply = sandbox.text(form, "inbox") if size < 70_000 else declare(sandbox, size)

    assert reply.status == (200 if size == 65_536 else 413)


def declare(sandbox: Any, size: int) -> Any:
    """Only announce a body: it is refused before it is sent."""
    headers = FORM_TYPE | {"Content-Length": str(size)}
    return sandbox.receiver.request("POST", "/" + sandbox.path("inbox"), None, headers)


def test_a_body_without_a_length_is_refused_when_it_grows_too_long(sandbox: Any) -> None:
    head = f"POST /{sandbox.path('inbox')} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"

    answer = raw(sandbox.receiver, head.encode() + chunk * 5)

    assert answer.startswith(b"HTTP/1.1 413")


def test_a_long_query_is_refused(sandbox: Any) -> None:
    reply = sandbox.receiver.request("GET", f"/{sandbox.path('inbox')}?a={'x' * 65_536}")

    assert reply.status in (400, 413)


@pytest.mark.parametrize("kind", [None, "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_only_forms_are_taken(sandbox: Any, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    reply = sandbox.receiver.request("POST", "/" + sandbox.path("inbox"), b"{}", headers)

    assert (reply.status, reply.code) == (400, "InvalidParameter")


def test_a_flood_of_parameters_is_refused(sandbox: Any) -> None:
    reply = sandbox.receiver.request("POST", "/" + sandbox.path("inbox"), b"a=&" * 1001, FORM_TYPE)

    assert reply.status == 400


def test_a_head_without_an_end_is_cut_off(sandbox: Any) -> None:
    host, port = sandbox.receiver.base.split("/")[2].split(":")
    sent = 0
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection((host, int(port)), timeout=5) as connection,
    ):
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX: ")
        while sent < 100_000_000:
            sent += connection.send(b"x" * 65_536)

    assert sent < 20_000_000, "more than the sockets between us take"
    assert sandbox.text(sandbox.form(), "inbox").status == 200


def test_a_hundred_connections_without_a_head_are_closed_after_ten_seconds(sandbox: Any) -> None:
    host, port = sandbox.receiver.base.split("/")[2].split(":")
    connections = [socket.create_connection((host, int(port)), timeout=15) for _ in range(100)]
    for connection in connections[::2]:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x")

    assert sandbox.text(sandbox.form(), "inbox").status == 200
    assert [connection.recv(1) for connection in connections] == [b""] * 100
    for connection in connections:
        connection.close()


def test_a_stalled_body_is_given_up_after_ten_seconds(sandbox: Any) -> None:
    head = f"POST /{sandbox.path('inbox')} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n"
    began = time.monotonic()

    answer = raw(sandbox.receiver, head.encode() + b"Content-Type: x\r\n\r\nabc", seconds=15)

    assert answer.startswith(b"HTTP/1.1 408")
    assert 9.5 < time.monotonic() - began < 11.5


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/twilio",
        "/twilio/service/{s}",
        "/twilio/service/{s}/",
        "/twilio/service/{s}/incoming_webhook/",
        "/twilio/service/{s}/incoming_webhook/inbox/",
        "/twilio/service/{s}/incoming_webhook/inbo%78",
        "/twilio/service/{s}/incoming_webhook/in%2fbox",
        "/twilio/service/{s}/incoming_webhook/in.box",
        "/twilio/service/{s}/incoming_webhook/" + "x" * 65,
        "/twilio/service/{s}/incoming_webhook/../status",
        "/twilio/service/{s}/incoming_webhook/%00",
        "/twilio/service/{s}/status/",
        "//twilio/service/{s}/status",
        "/twilio/service/nobody/status",
        "/service/{s}/status",
        "/docs",
    ],
)
def test_other_paths_lead_nowhere(sandbox: Any, path: str) -> None:
    reply = sandbox.receiver.request("POST", path.format(s=sandbox.name), b"", FORM_TYPE)

    assert (reply.status, reply.headers["content-type"]) == (404, "application/json")


def test_no_header_of_the_sender_s_changes_the_address_that_is_signed(sandbox: Any) -> None:  # WHU-09
    evil = "https://evil.example/"
    headers = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": evil,
    }

    assert sandbox.text(sandbox.form(), "inbox", base=evil, headers=headers).status == 403
    assert sandbox.text(sandbox.form(), "inbox", headers=headers).status == 200


def test_the_page_answers_at_once_and_runs_nothing(sandbox: Any) -> None:
    page = sandbox.receiver.request("GET", "/", socket_name="pages.sock")

    assert page.status == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert sandbox.receiver.request("POST", "/", b"", socket_name="pages.sock").status == 405
    assert sandbox.receiver.request("GET", "/", socket_name="webhooks.sock").status == 404


def test_behind_a_login_the_same_webhook_has_its_own_address(sandbox: Any) -> None:
    path = f"twilio-nb/service/{sandbox.name}/incoming_webhook/inbox?token=jupyter"
    form = sandbox.form()
    elsewhere = sandbox.text(form, "inbox", socket_name="pages.sock")

    assert elsewhere.status == 404
    assert sandbox.receiver.post(path, form, token=sandbox.token, socket_name="pages.sock").status == 200
    assert sandbox.stored(form)["status"] == "received"


def test_a_token_in_the_query_of_a_get_is_not_stored(sandbox: Any) -> None:
    form = sandbox.form()
    tail = f"service/{sandbox.name}/incoming_webhook/inbox?{urlencode(form | {'token': 'jupyter-s3cret'})}"
    url = sandbox.receiver.base + "twilio-nb/" + tail
    signature = RequestValidator(sandbox.token).compute_signature(url, {})
    headers = {"X-Twilio-Signature": signature}

    reply = sandbox.receiver.request("GET", "/" + tail, headers=headers, socket_name="pages.sock")

    assert reply.status == 200
    assert "s3cret" not in str(sandbox.stored(form))
