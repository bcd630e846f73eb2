"""Connections as a weapon: what follows on one, those that stall, and many of them."""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from tests.attacks.raw_requests import Reply, Site, Text, ask, connected
from tests.server.conftest import PUBLIC, Jupyter
from twilio_nb.storage.database import Database

pytestmark = pytest.mark.server

CONTENTS = "GET {base}api/contents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def site(jupyter: Jupyter) -> Site:
    return Site(jupyter.http.base_url.port or 0, jupyter.base_url, PUBLIC, jupyter.secret)


@pytest.fixture
def contents(site: Site) -> bytes:
    """A request for the files of the server, without a login."""
    return CONTENTS.format(base=site.base_url).encode()


def sids(database: Database, *texts: Text) -> list[bool]:
    return [database.db["messages"].find_one({"_id": text.sid}) is not None for text in texts]


def in_turn(site: Site, data: bytes, answers: int) -> list[Reply]:
    with connected(site.port) as connection:
        connection.send(data)
        return [connection.read() for _ in range(answers)]


def test_each_request_of_a_connection_is_decided_by_itself(
    site: Site, contents: bytes, definitions: Database
) -> None:
    texts = [Text(site), Text(site).unsigned(), Text(site), Text(site).unsigned()]

    replies = in_turn(site, b"".join([*(text.raw() for text in texts), contents]), 5)

    assert [reply.status for reply in replies] == [200, 403, 200, 403, 403]
    assert sids(definitions, *texts) == [True, False, True, False]


def test_what_stands_behind_a_body_is_another_request_and_needs_a_login_of_its_own(
    site: Site, contents: bytes, definitions: Database
) -> None:
    text, hidden = Text(site), Text(site).unsigned()
    length = f"Content-Length: {len(text.body)}"
    smuggling = text.raw(length, without=("Content-Length",), body=text.body + hidden.raw() + contents)
    chunks = Text(site).chunked(end=b"0\r\n\r\n" + contents)

    assert [reply.status for reply in in_turn(site, smuggling, 3)] == [200, 403, 403]
    assert [reply.status for reply in in_turn(site, chunks, 2)] == [200, 403]
    assert sids(definitions, text, hidden) == [True, False]


@pytest.mark.parametrize("line", ["Content-Length: 70000", "Content-Length: 1, 1", "Upgrade: websocket"])
def test_nothing_is_read_behind_a_refused_head(line: str, site: Site, definitions: Database) -> None:
    text, hidden = Text(site), Text(site)
    without = ("Content-Length",) if line.startswith("Content") else ()
    head = text.raw(line, without=without, body=b"")

    with connected(site.port) as connection:
        connection.send(head)
        refused = connection.read()
        connection.send(hidden.raw())
        is_closed = connection.ends()

    assert refused.status in (400, 413)
    assert (refused.headers["connection"], is_closed) == ("close", True)
    assert sids(definitions, hidden) == [False]


def test_who_leaves_without_waiting_for_the_answer_has_sent_a_text(site: Site, definitions: Database) -> None:
    text = Text(site)

    with connected(site.port) as connection:
        connection.send(text.raw())
    deadline = time.monotonic() + 10
    while sids(definitions, text) == [False] and time.monotonic() < deadline:
        time.sleep(0.05)

    assert sids(definitions, text) == [True]
    assert ask(site.port, text.raw()).status == 200


@pytest.fixture
def stalled(site: Site) -> Iterator[ExitStack]:
    """Two hundred connections whose heads do not end, and as many whose bodies do not come."""
    with ExitStack() as stack:
        head = Text(site).raw(body=b"x" * 1000)
        for number in range(400):
            connection = stack.enter_context(connected(site.port))
            connection.send(head[:40] if number % 2 else head[:-1])
        yield stack


def test_four_hundred_stalled_requests_hold_up_nobody_and_stalled_bodies_are_ended(
    jupyter: Jupyter, site: Site, stalled: ExitStack, definitions: Database
) -> None:
    server = psutil.Process(jupyter.process.pid)
    open_files = server.num_fds()

    texts = [Text(site) for _ in range(20)]
    answers = [ask(site.port, text.raw(), seconds=5).status for text in texts]
    deadline = time.monotonic() + 20
    while server.num_fds() > open_files - 190 and time.monotonic() < deadline:
        time.sleep(0.1)

    assert answers == [200] * 20
    assert sids(definitions, *texts) == [True] * 20
    assert jupyter.login.get("api/status").status_code == 200
    assert server.num_fds() <= open_files - 190


def test_a_body_that_comes_byte_by_byte_has_ten_seconds_altogether(site: Site, definitions: Database) -> None:
    text = Text(site).with_(("More", secrets.token_hex(1000)))
    request = text.raw()
    head = len(request) - len(text.body)

    with connected(site.port, seconds=0.25) as connection:
        connection.send(request[:head])
        deadline, sent = time.monotonic() + 20, head
        while not (is_closed := connection.ends()) and time.monotonic() < deadline:
            connection.send(request[sent : sent + 1])
            sent += 1

    assert is_closed
    assert sids(definitions, text) == [False]
