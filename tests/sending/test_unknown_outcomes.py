"""A text of which it is unknown whether it was sent is looked up at Twilio before anything is sent again."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, starter
from tests.sending.between import ANSWERS_NOT, Between, between
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import GatewayError
from twilio_nb.sending import attempts, claims
from twilio_nb.sending.attempts import Attempt
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.outbox import Outbox
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret
from twilio_nb.storage.sends import Sends

Send = Callable[..., tuple[dict[str, Any], str]]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """An account whose messages stay queued, without a date of sending."""
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start("--pace", "600")


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[Between]:
    with between(sandbox.url) as told:
        yield told


@pytest.fixture
def gateway(sandbox: Sandbox, line: Between) -> Gateway:
    return Gateway(sandbox.sid, Secret(sandbox.token), api_url=line.url, timeout=1)


@pytest.fixture
def to() -> str:
    """A recipient of the test's own."""
    return f"+1555867{secrets.randbelow(10_000):04d}"


@pytest.fixture
def send(
    database: Database, sandbox: Sandbox, gateway: Gateway, to: str, monkeypatch: pytest.MonkeyPatch
) -> Send:
    monkeypatch.setattr(attempts, "LOOKS", (0.0, 0.1))
    definition = ServiceDefinition("hotline", sandbox.sid, sender=sandbox.number)
    Registry(database).save_service(definition)
    outbox = Outbox(definition, database, lambda: gateway, lambda: None)

    def send(body: str = "Hello", once: str | None = None) -> tuple[dict[str, Any], str]:
        return outbox.send(outbox.checked(to, body, None, None), once=once)

    return send


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the time pass in which a request may still be on its way."""
    return lambda: monkeypatch.setattr(claims, "SETTLED", timedelta(0))


def at_twilio(sandbox: Sandbox, to: str) -> list[str]:
    messages = sandbox.get("Messages.json?PageSize=1000")["messages"]
    return [message["sid"] for message in messages if message["to"] == to]


@pytest.mark.parametrize("once", [None, "monday"])
@pytest.mark.parametrize("instead", ANSWERS_NOT)
def test_a_text_that_was_accepted_without_an_answer_counts_as_sent(
    send: Send, line: Between, sandbox: Sandbox, to: str, database: Database, instead: str, once: str | None
) -> None:
    line.instead = instead

    document, note = send(once=once)

    assert [document["_id"]] == at_twilio(sandbox, to)
    assert database.collection("messages").count_documents({"_id": document["_id"], "source": "send"}) == 1
    assert note == claims.FOUND
    line.instead = None
    if once:
        assert send(once=once)[0]["_id"] == document["_id"]
        assert len(at_twilio(sandbox, to)) == 1


@pytest.mark.parametrize("once", [None, "monday"])
@pytest.mark.parametrize("instead", ANSWERS_NOT)
def test_a_text_that_never_arrived_goes_out_once_no_request_can_be_on_its_way(
    send: Send, line: Between, sandbox: Sandbox, to: str, settled: Callable[[], None], instead: str, once: str | None
) -> None:  # fmt: skip
    line.instead, line.accept = instead, False
    with pytest.raises(GatewayError, match=r"unknown.*Twilio's log is looked up first") as caught:
        send(once=once)
    assert caught.value.unknown
    line.instead = None

    with pytest.raises(GatewayError, match=r"may still be on its way.*Send it again in \d+ s") as caught:
        send(once=once)

    assert caught.value.unknown
    assert at_twilio(sandbox, to) == []
    settled()
    document, note = send(once=once)
    assert [document["_id"]] == at_twilio(sandbox, to)
    assert note == ""


@pytest.mark.parametrize("once", [None, "monday"])
def test_a_request_that_arrives_after_everybody_gave_up_is_found_the_next_time(
    send: Send, line: Between, sandbox: Sandbox, to: str, once: str | None
) -> None:
    line.instead, line.late = "close", 2.0
    with pytest.raises(GatewayError, match="unknown"):
        send(once=once)
    line.instead = None
    deadline = time.monotonic() + 10
    while not at_twilio(sandbox, to):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    document, note = send(once=once)

    assert [document["_id"]] == at_twilio(sandbox, to)
    assert note == claims.FOUND_EARLIER


@pytest.mark.parametrize("once", [None, "monday"])
def test_a_send_that_was_interrupted_is_looked_up_when_its_cell_is_run_again(
    send: Send, line: Between, sandbox: Sandbox, to: str, once: str | None
) -> None:
    line.instead = "hang"
    interrupt = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        send(once=once)
    line.instead = None

    document, note = send(once=once)

    assert [document["_id"]] == at_twilio(sandbox, to)
    assert note == claims.FOUND_EARLIER


def test_a_log_that_cannot_be_read_leaves_it_open_and_says_so(
    send: Send, line: Between, sandbox: Sandbox, to: str, settled: Callable[[], None]
) -> None:
    line.instead, line.lists = "500", False
    with pytest.raises(GatewayError, match="before sending again"):
        send(once="monday")
    line.instead = None
    settled()

    with pytest.raises(GatewayError, match=r"could not be read; nothing was sent now") as caught:
        send(once="monday")

    assert caught.value.unknown
    assert len(at_twilio(sandbox, to)) == 1
    line.lists = True
    assert send(once="monday")[1] == claims.FOUND_EARLIER


@pytest.mark.parametrize("accepted", [True, False])
def test_the_claim_of_a_notebook_that_was_killed_is_resolved(
    send: Send, gateway: Gateway, database: Database, sandbox: Sandbox, to: str,
    settled: Callable[[], None], accepted: bool,
) -> None:  # fmt: skip
    attempt = Attempt(to, sandbox.number, None, "Hello")
    Sends(database).claim("monday", to, attempt.to_document())
    if accepted:
        gateway.create_message(to=to, from_=sandbox.number, body="Hello")
    settled()

    document, note = send(once="monday")

    assert [document["_id"]] == at_twilio(sandbox, to)
    assert note == (claims.FOUND_EARLIER if accepted else "")
    assert send(once="monday")[0]["_id"] == document["_id"]


def test_the_text_that_was_attempted_counts_and_not_the_one_that_is_sent_now(
    send: Send, line: Between, sandbox: Sandbox, to: str
) -> None:
    line.instead, line.lists = "close", False
    with pytest.raises(GatewayError):
        send("Hello", once="monday")
    line.instead, line.lists = None, True

    document, _ = send("Hello, with a correction", once="monday")

    assert document["body"] == "Hello"
    assert len(at_twilio(sandbox, to)) == 1


def test_another_text_to_the_same_person_is_no_repetition(
    send: Send, line: Between, sandbox: Sandbox, to: str
) -> None:
    line.instead, line.lists = "close", False
    with pytest.raises(GatewayError):
        send("Hello")
    line.instead, line.lists = None, True

    assert send("Goodbye")[0]["body"] == "Goodbye"
    assert len(at_twilio(sandbox, to)) == 2


def test_an_equal_text_that_was_sent_before_is_not_taken_for_the_lost_one(
    send: Send, line: Between, sandbox: Sandbox, to: str
) -> None:
    first, _ = send("Hello")
    line.instead, line.accept = "close", False

    with pytest.raises(GatewayError, match="unknown"):
        send("Hello")

    assert at_twilio(sandbox, to) == [first["_id"]]


def test_the_same_words_an_hour_later_are_a_new_text(
    send: Send, line: Between, sandbox: Sandbox, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.instead, line.lists = "close", False
    with pytest.raises(GatewayError):
        send("Good morning")
    line.instead, line.lists = None, True
    monkeypatch.setattr(claims, "_SAME_WISH", timedelta(0))

    assert send("Good morning")[1] == ""
    assert len(at_twilio(sandbox, to)) == 2
