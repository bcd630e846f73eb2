"""Calls out: how long, how often, where to, and in which order."""

import socket
import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import trustme

from tests.sandbox.conftest import Sandbox, StartSandbox, Webhook
from twilio_nb.sandbox.overrides import CallFailed, Overrides


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as held:  # bound, and not listening: nobody else can take it
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_the_fragment_is_read_as_documented() -> None:
    assert Overrides.of("https://h/p") == Overrides(5.0, 15.0, 15.0, 1, frozenset({"ct"}))
    assert Overrides.of("https://h/p#rc=2&rp=ct,5xx") == Overrides(retries=2, policy=frozenset({"ct", "5xx"}))
    assert Overrides.of("https://h/p#ct=200&rt=300&tt=400&rc=9") == Overrides(0.2, 0.3, 0.4, 5)
    assert Overrides.of("https://h/p#ct=1&rt=99999&tt=x&rc=-1&e=dublin") == Overrides(0.1, 15.0, 15.0, 1)


@pytest.mark.parametrize(
    ("policy", "cause", "covered"),
    [
        ("ct", "ct", True),
        ("ct", "5xx", False),
        ("all", "4xx", True),
        ("rt,4xx", "4xx", True),
        ("all", "", False),
    ],
)
def test_a_policy_covers_what_it_names(policy: str, cause: str, covered: bool) -> None:
    failure = CallFailed(11200, "", cause)
    assert Overrides.of(f"https://h/#rp={policy}").cover(failure) is covered


def test_a_server_error_is_not_retried_unless_asked(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.failures = [503]
    assert sandbox.text()["error"]["code"] == 11200
    assert len(webhook.calls) == 1
    sandbox.answer_at(webhook.url + "#rc=2&rp=ct,5xx")
    webhook.failures = [503, 503]
    webhook.says("<Message>Third time lucky</Message>")
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["Third time lucky"]
    calls = webhook.calls[1:]
    assert len(calls) == 3
    assert len({call.headers["I-Twilio-Idempotency-Token"] for call in calls}) == 1
    assert len({call.body for call in calls}) == 1


def test_retries_end(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url + "#rc=1&rp=5xx")
    webhook.failures = [500, 500, 500]
    assert sandbox.text()["error"]["code"] == 11200
    assert len(webhook.calls) == 2


def test_a_broken_connection_is_retried_once(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.failures = [0]
    assert sandbox.text()["error"] is None
    assert len(webhook.calls) == 2


def test_nobody_listening_is_a_connection_failure(sandbox: Sandbox, closed_port: int) -> None:
    sandbox.answer_at(f"http://127.0.0.1:{closed_port}/sms")
    assert sandbox.text()["error"]["code"] == 11205


def test_a_slow_answer_is_given_up_in_time(sandbox: Sandbox, webhook: Webhook) -> None:
    webhook.delay = 5
    for fragment in ("rt=200", "tt=200", "tt=300&rt=200&rc=5&rp=all"):
        sandbox.answer_at(f"{webhook.url}#{fragment}")
        started = time.monotonic()
        assert sandbox.text()["error"]["code"] == 11200
        assert time.monotonic() - started < 3, fragment


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/sms",
        "http://192.168.1.1/sms",
        "http://10.0.0.1:8888/sms",
        "http://127.0.0.1@example.com/sms",
        "http://127.0.0.1.example.com/sms",
        "http://localhost.example.com/sms",
        "http://0.0.0.0:8888/sms",
        "http://2130706433/sms",
        "http://[::ffff:10.0.0.1]/sms",
    ],
)
def test_nothing_off_this_machine_is_ever_called(sandbox_of_module: Sandbox, url: str) -> None:
    sandbox_of_module.answer_at(url)
    error = sandbox_of_module.text()["error"]
    assert error["code"] == 11210
    assert "this machine only" in error["message"]


def test_a_proxy_of_the_surroundings_is_not_used(
    monkeypatch: pytest.MonkeyPatch, start: StartSandbox, webhook: Webhook, closed_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("no_proxy", "")
    sandbox = start()
    sandbox.answer_at(webhook.url)
    assert sandbox.text()["error"] is None


def test_https_on_this_machine_needs_no_certificate_that_proves_anything(
    sandbox: Sandbox,
) -> None:

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"Safely")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("nobody.example").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.handle_request)
    thread.start()
    sandbox.answer_at(f"https://localhost:{server.server_address[1]}/sms")
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["Safely"]
    thread.join(5)
    server.server_close()


def test_a_sent_message_reports_each_state_in_order(sandbox: Sandbox, webhook: Webhook) -> None:
    callback = webhook.url.replace("/sms", "/status?campaign=7#rc=1")
    fields = {"To": sandbox.phone, "From": sandbox.number, "Body": "Hi", "StatusCallback": callback}
    _, message = sandbox.post("Messages.json", **fields)
    sent, delivered = webhook.wait_for_callbacks(2)
    assert sent == {
        "SmsSid": message["sid"],
        "SmsStatus": "sent",
        "MessageSid": message["sid"],
        "MessageStatus": "sent",
        "To": sandbox.phone,
        "From": sandbox.number,
        "AccountSid": sandbox.sid,
        "ApiVersion": "2010-04-01",
    }
    done = delivered.pop("RawDlrDoneDate")
    assert len(done) == 10
    assert done.isdecimal()
    assert delivered == {**sent, "SmsStatus": "delivered", "MessageStatus": "delivered"}
    for call in webhook.callbacks:
        assert call.path == "/status?campaign=7"
        webhook.assert_signed(call, sandbox.token)


def test_callbacks_that_fail_are_noted_and_hold_up_nothing(sandbox: Sandbox, closed_port: int) -> None:
    callback = f"http://127.0.0.1:{closed_port}/status"
    fields = {"To": sandbox.phone, "From": sandbox.number, "Body": "Hi", "StatusCallback": callback}
    _, message = sandbox.post("Messages.json", **fields)
    deadline = time.monotonic() + 5
    while len(sandbox.notified()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sandbox.notified() == [11205, 11205]
    assert sandbox.get(f"Messages/{message['sid']}.json")["status"] == "delivered"


def test_many_texts_at_once_are_each_answered(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.delay = 0.3
    webhook.says("<Message>Hi</Message>")
    replies: list[int] = []
    threads = [Thread(target=lambda: replies.append(len(sandbox.text()["replies"]))) for _ in range(30)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [1] * 30
    assert time.monotonic() - started < 6  # one after the other would take nine
