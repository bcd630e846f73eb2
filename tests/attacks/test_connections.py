"""Connections as a weapon: what follows on one, those that stall, and many of them."""

import secrets
import time
from contextlib import ExitStack

import psutil
import pytest

from tests.attacks.raw_requests import Entrance, Reply, Text, ask, connected
from tests.server.conftest import Jupyter
from twilio_nb.storage.database import Database

pytestmark = pytest.mark.server

CONTENTS = "GET {base}api/contents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def contents(entrance: Entrance) -> bytes:
    """A request for the files of the server, without a login."""
    return CONTENTS.format(base=entrance.base_url).encode()


def sids(database: Database, *texts: Text) -> list[bool]:
    return [database.db["messages"].find_one({"_id": text.sid}) is not None for text in texts]


def in_turn(entrance: Entrance, data: bytes, answers: int) -> list[Reply]:
    with connected(entrance.port) as connection:
        connection.send(data)
        return [connection.read() for _ in range(answers)]


def test_each_request_of_a_connection_is_decided_by_itself(
    entrance: Entrance, contents: bytes, definitions: Database
) -> None:
    texts = [Text(entrance), Text(entrance).unsigned(), Text(entrance), Text(entrance).unsigned()]

    replies = in_turn(entrance, b"".join([*(text.raw() for text in texts), contents]), 5)

    assert [reply.status for reply in replies] == [200, 403, 200, 403, 403]
    assert sids(definitions, *texts) == [True, False, True, False]


def test_what_stands_behind_a_body_is_another_request_and_needs_a_login_of_its_own(
    entrance: Entrance, contents: bytes, definitions: Database
) -> None:
    text, hidden = Text(entrance), Text(entrance).unsigned()
    length = f"Content-Length: {len(text.body)}"
    smuggling = text.raw(length, without=("Content-Length",), body=text.body + hidden.raw() + contents)
    chunks = Text(entrance).chunked(end=b"0\r\n\r\n" + contents)

    assert [reply.status for reply in in_turn(entrance, smuggling, 3)] == [200, 403, 403]
    assert [reply.status for reply in in_turn(entrance, chunks, 2)] == [200, 403]
    assert sids(definitions, text, hidden) == [True, False]


@pytest.mark.parametrize("line", ["Content-Length: 70000", "Content-Length: 1, 1", "Upgrade: websocket"])
def test_nothing_is_read_behind_a_refused_head(line: str, entrance: Entrance, definitions: Database) -> None:
    text, hidden = Text(entrance), Text(entrance)
    without = ("Content-Length",) if line.startswith("Content") else ()
    head = text.raw(line, without=without, body=b"")

    with connected(entrance.port) as connection:
        connection.send(head)
        refused = connection.read()
        connection.send(hidden.raw())
        is_closed = connection.ends()

    assert refused.status in (400, 413)
    assert (refused.headers["connection"], is_closed) == ("close", True)
    assert sids(definitions, hidden) == [False]


def test_who_leaves_without_waiting_for_the_answer_has_sent_a_text(
    entrance: Entrance, definitions: Database
) -> None:
    text = Text(entrance)

    with connected(entrance.port) as connection:
        connection.send(text.raw())
    deadline = time.monotonic() + 10
    while sids(definitions, text) == [False] and time.monotonic() < deadline:
        time.sleep(0.05)

    assert sids(definitions, text) == [True]
    assert ask(entrance.port, text.raw()).status == 200


def test_four_hundred_stalled_requests_hold_up_nobody_and_stalled_bodies_are_ended(
    jupyter: Jupyter, entrance: Entrance, definitions: Database
) -> None:
    server = psutil.Process(jupyter.process.pid)
    before, texts = server.num_fds(), [Text(entrance) for _ in range(20)]
    stalled = Text(entrance).raw(body=b"x" * 1000)

    with ExitStack() as connections:
        for number in range(400):
            connection = connections.enter_context(connected(entrance.port))
            connection.send(stalled[:40] if number % 2 else stalled[:-1])
        answers = [ask(entrance.port, text.raw()).status for text in texts]
        deadline = time.monotonic() + 25
        # Heads are Jupyter Server's matter, which waits for them for an hour.
        while (held := server.num_fds() - before) > 220 and time.monotonic() < deadline:
            time.sleep(0.1)

    assert answers == [200] * 20
    assert sids(definitions, *texts) == [True] * 20
    assert held <= 220
    assert jupyter.login.get("api/status").status_code == 200


def test_a_body_that_comes_byte_by_byte_has_ten_seconds_altogether(
    entrance: Entrance, definitions: Database
) -> None:
    text = Text(entrance).with_(("More", secrets.token_hex(1000)))
    request = text.raw()
    head = len(request) - len(text.body)

    with connected(entrance.port, seconds=0.25) as connection:
        connection.send(request[:head])
        deadline, sent = time.monotonic() + 20, head
        while not (is_closed := connection.ends()) and time.monotonic() < deadline:
            connection.send(request[sent : sent + 1])
            sent += 1

    assert is_closed
    assert sids(definitions, text) == [False]
