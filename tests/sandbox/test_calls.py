"""How a webhook is called: passwords for who asks, redirects, and cookies that come back."""

import asyncio
import base64
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.sandbox.conftest import Sandbox, Webhook
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.webhooks import Caller

BASIC = "Basic " + base64.b64encode(b"ann:p@ss:w\xc3\xb6rd").decode()


def test_a_password_is_sent_to_who_asks_for_it(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url.replace("http://", "http://ann:p%40ss%3Aw%C3%B6rd@"))
    webhook.authorization = BASIC
    webhook.says("<Message>Come in</Message>")
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["Come in"]
    first, second = webhook.calls
    assert "Authorization" not in first.headers
    assert second.headers["Authorization"] == BASIC
    assert first.form == second.form
    for call in webhook.calls:
        webhook.assert_signed(call, sandbox.token)


@pytest.mark.parametrize("user", ["", "ann:wrong@"])
def test_a_password_that_is_missing_or_wrong_is_a_failure(
    sandbox: Sandbox, webhook: Webhook, user: str
) -> None:
    sandbox.answer_at(webhook.url.replace("http://", f"http://{user}"))
    webhook.authorization = BASIC
    assert sandbox.text()["error"]["code"] == 11200
    assert len(webhook.calls) == (2 if user else 1)


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST")])
def test_a_redirect_is_followed(sandbox: Sandbox, webhook: Webhook, status: int, method: str) -> None:
    sandbox.answer_at(webhook.url)
    webhook.failures, webhook.headers = [status], {"Location": "/moved?to=here"}
    webhook.says("<Message>Here</Message>")
    assert [reply["body"] for reply in sandbox.text()["replies"]] == ["Here"]
    call = webhook.calls[1]
    assert (call.method, call.path) == (method, "/moved?to=here")
    webhook.assert_signed(call, sandbox.token)
    assert call.body == (webhook.calls[0].body if method == "POST" else "")


def test_a_login_page_that_a_redirect_leads_to_is_no_twiml(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.failures, webhook.headers = [302], {"Location": "/login?next=%2Fsms"}
    webhook.content_type, webhook.body = "text/html", "<!DOCTYPE html><html><body>Log in</body></html>"
    assert sandbox.text()["error"]["code"] == 12100


@pytest.mark.parametrize(
    ("status", "location", "code"),
    [
        (307, "/sms", 11215),
        (302, "https://example.com/sms", 11210),
        (302, "//example.com/sms", 11210),
        (302, "file:///etc/passwd", 11210),
        (302, "http://[", 11216),
        (308, "/moved", 11216),
        (300, "/moved", 11216),
    ],
)
def test_a_redirect_that_cannot_be_followed_is_a_failure(
    sandbox: Sandbox, webhook: Webhook, status: int, location: str, code: int
) -> None:
    sandbox.answer_at(webhook.url)
    webhook.status, webhook.headers = status, {"Location": location}
    assert sandbox.text()["error"]["code"] == code
    assert len(webhook.calls) == (11 if code == 11215 else 1)


def test_a_password_does_not_follow_a_redirect_to_another_server(sandbox: Sandbox, webhook: Webhook) -> None:
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=x")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    sandbox.answer_at(webhook.url.replace("http://", "http://ann:secret@"))
    webhook.status = 302
    webhook.headers = {"Location": f"http://127.0.0.1:{server.server_address[1]}/"}
    code = sandbox.text()["error"]["code"]
    server.shutdown()
    server.server_close()
    thread.join()
    assert (code, asked) == (11200, [None])


def test_each_pair_of_numbers_has_cookies_of_its_own(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    sandbox.answer_at(webhook.url, sandbox.second_number)
    webhook.headers = {"Set-Cookie": "step=2; Path=/"}
    sandbox.text()
    webhook.headers = {}
    sandbox.text()
    sandbox.text(to=sandbox.second_number)
    sandbox.text(**{"from": "+15558675310"})
    sandbox.text()
    assert [call.headers.get("Cookie") for call in webhook.calls] == [None, "step=2", None, None, "step=2"]


def test_a_status_callback_brings_no_cookies(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.answer_at(webhook.url)
    webhook.headers = {"Set-Cookie": "step=2; Path=/"}
    webhook.says('<Message statusCallback="/status">a</Message>')
    sandbox.text()
    webhook.wait_for_callbacks(2)
    assert [call.headers.get("Cookie") for call in webhook.callbacks] == [None, None]


def test_cookies_are_forgotten_after_four_hours(webhook: Webhook) -> None:
    clock = [0.0]
    webhook.headers = {"Set-Cookie": "step=2"}

    async def talk() -> None:
        caller = Caller(Account.new(), clock=lambda: clock[0])
        for hours in (0.0, 3.9, 7.8, 11.9):
            clock[0] = 3600 * hours
            await caller.call(webhook.url, (), pair=("a", "b"))
        await caller.close()

    asyncio.run(talk())
    assert [call.headers.get("Cookie") for call in webhook.calls] == [None, "step=2", "step=2", None]
