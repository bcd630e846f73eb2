"""The page of the receiver: how it is, what came in, what to enter at Twilio; read-only, and without a script."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import psutil

from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.domain.entries import entry as made
from twilio_nb.storage.logs import LogBook

HOSTILE = "<img src=x onerror=alert(1)> \u202eevil\u202c</span><script>alert(2)</script>"


class Reader(HTMLParser):
    """The words of a page, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def addresses(self) -> list[str | None]:
        return [attributes["value"] for name, attributes in self.elements if name == "input"]


def page(receiver: Any, **how: Any) -> Reader:
    reply = receiver.request("GET", "/", socket_name="pages.sock", **how)
    assert reply.status == 200
    return Reader(reply.body)


def shown(receiver: Any, words: str, seconds: float = 10) -> Reader:
    """The page, once it shows some words: log entries are written some time soon."""
    deadline = time.monotonic() + seconds
    while words not in (read := page(receiver)).text:
        assert time.monotonic() < deadline, read.text
        time.sleep(0.05)
    return read


def test_it_says_how_the_receiver_is(sandbox: Any) -> None:
    read = shown(sandbox.receiver, sandbox.name)

    assert re.search(r"Running since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, release \d", read.text)
    assert f"Database {sandbox.database.name} Reachable" in read.text
    assert re.search(r"Notebooks [1-9]\d* connected", read.text)
    assert f"Service {sandbox.name} It has an auth token" in read.text


def test_it_gives_the_addresses_to_enter_at_twilio_and_who_answers_there(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel, "answer")
    sandbox.registry.save_webhook(WebhookDefinition(sandbox.name, "nobody"))
    sandbox.registry.save_webhook(WebhookDefinition(sandbox.name, "paused", enabled=False))

    read = shown(sandbox.receiver, "paused · paused")

    base = sandbox.receiver.base
    for webhook in ("inbox", "answer", "nobody", "paused"):
        assert f"{base}{sandbox.path(webhook)}#rc=2&rp=ct,5xx" in read.addresses
    assert "answer · answered by a notebook" in read.text
    assert "nobody · no notebook answers" in read.text
    assert "inbox · stores only" in read.text


def test_where_an_address_or_a_token_is_not_known_it_says_what_to_do(sandbox: Any) -> None:
    name = sandbox.name + "-real"
    sandbox.kernel.tell(
        "service",
        definition=ServiceDefinition(name, "AC" + "1" * 32).to_document(),
        database=sandbox.database.name,
        tokens=[],
        secrets={},
    )

    read = shown(sandbox.receiver, name)

    assert f"twilio_nb.connect('{name}', public_url='https://…/')" in read.text
    assert f"Service {name} Its auth token is not known" in read.text
    assert not [address for address in read.addresses if address and name in address]


def test_the_last_webhooks_stand_there_newest_first_with_their_outcome(sandbox: Any) -> None:
    sandbox.text(sandbox.form(Body="first words"), "inbox")
    shown(sandbox.receiver, f"{sandbox.name}/inbox Stored")
    sandbox.text(sandbox.form(), "inbox", token="0" * 32)

    read = shown(sandbox.receiver, f"{sandbox.name}/inbox Refused The request is not signed")

    assert read.text.index(f"{sandbox.name}/inbox Refused") < read.text.index(f"{sandbox.name}/inbox Stored")
    assert re.search(rf"{sandbox.name}/inbox Stored \d+ ms", read.text)
    assert "first words" not in read.text
    assert "8675309" not in read.text
    assert sandbox.token not in read.text


def test_what_an_error_says_is_text_and_runs_nothing(sandbox: Any) -> None:
    sandbox.text(sandbox.form(), "inbox")
    [entry] = _entries(sandbox)
    entry |= {"_id": "hostile", "error": f"{HOSTILE} +15558675309", "status": "Error", "warnings": [HOSTILE]}
    LogBook(sandbox.database).add([entry])

    read = shown(sandbox.receiver, "<img src=x onerror=alert(1)>")

    assert {name for name, _ in read.elements} & {"img", "script"} == set()
    assert "\u202e" not in read.text
    assert "…5309" in read.text
    assert "+15558675309" not in read.text
    assert f"In the log: %twilio_logs --request {entry['co_id']}" in read.text  # LOG-08


def test_a_send_that_was_refused_is_no_callback(sandbox: Any) -> None:
    now = datetime.now(UTC)
    refused = made(
        "6" * 24,
        service=sandbox.name,
        webhook=None,
        started=now,
        completed=now,
        source="send",
        error="RuleDenied: No rule allows it.",
    )
    LogBook(sandbox.database).add([refused])

    read = shown(sandbox.receiver, f"{sandbox.name} Not sent No rule allows it.")

    assert f"{sandbox.name}/status callback" not in read.text


def _entries(sandbox: Any) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while not (found := LogBook(sandbox.database).find(sandbox.name)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_browser_may_run_load_send_and_keep_nothing(sandbox: Any) -> None:
    reply = sandbox.receiver.request("GET", "/", socket_name="pages.sock")
    headers = {name.lower(): value for name, value in reply.headers.items()}
    read = Reader(reply.body)

    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert not [name for name, _ in read.elements if name in ("script", "form", "link", "iframe")]
    assert not [attributes for _, attributes in read.elements if "style" in attributes]
    # Behind the proxy it lives below some base URL, which it does not know.
    assert [attributes["href"] for name, attributes in read.elements if name == "a"] == ["?"]


def test_it_takes_get_and_head_only(receiver: Any) -> None:
    assert receiver.request("HEAD", "/", socket_name="pages.sock").status == 200
    for method in ("POST", "PUT", "DELETE"):
        assert receiver.request(method, "/", b"", socket_name="pages.sock").status == 405


def test_it_is_not_on_the_webhooks_socket(receiver: Any) -> None:
    assert receiver.request("GET", "/").status == 404
    assert receiver.request("GET", "/", socket_name="webhooks.sock").status == 404


def test_before_anything_came_it_says_so_and_what_is_next(
    start_receiver: Callable[..., Any], database: Any
) -> None:
    receiver = start_receiver(None, TWILIO_NB_DATABASE=database.name).wait()

    read = shown(receiver, "Reachable")

    assert "Nothing has come in, as far back as the log goes." in read.text
    assert "None is connected; texts are stored and wait." in read.text
    assert "No service is known yet. In a notebook, twilio_nb.connect(" in read.text


def test_while_the_store_hangs_the_page_comes_at_once_and_says_it(
    start_receiver: Callable[..., Any], own_surroundings: Any
) -> None:
    receiver = start_receiver().wait()
    shown(receiver, "Reachable", 30)
    mongod = next(
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "mongod" and str(own_surroundings) in " ".join(process.info["cmdline"])
    )
    mongod.suspend()
    try:
        read = page(receiver, timeout=3)
    finally:
        mongod.resume()

    assert "MongoDB does not answer" in read.text
    assert "Not all are shown" in read.text
    shown(receiver, "Reachable")
    receiver.kill()
