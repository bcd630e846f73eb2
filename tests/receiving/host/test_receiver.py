"""A host whose receiver dies, hangs or refuses it, and one whose process forks."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.receiving.host.conftest import Line, Server, receiver_of
from tests.receiving.host.desk import eventually
from twilio_nb import __version__
from twilio_nb.receiving import link
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database


def test_after_the_receiver_was_killed_everything_is_registered_again(line: Line) -> None:
    line.register(lambda payload: "here")
    addresses = line.addresses
    assert line.host.is_connected
    killed = receiver_of(line.host)
    killed.kill()
    killed.wait()

    eventually(lambda: not line.host.is_connected)
    eventually(lambda: receiver_of(line.host) is not killed)
    line.serve()

    assert line.addresses == addresses
    assert eventually(lambda: line.text("Hello")) == ["here"]


def test_when_the_receiver_dies_while_a_handler_computes_the_reply_is_sent_once_by_rest(line: Line) -> None:
    computing = threading.Event()
    runs = []

    def slow(payload: dict[str, str]) -> str:
        runs.append(payload["MessageSid"])
        computing.set()
        time.sleep(0.5)
        return "delivered"

    line.register(slow)
    with ThreadPoolExecutor(1) as phone:
        texted = phone.submit(line.text, "Hello")
        assert computing.wait(5)
        receiver_of(line.host).kill()

        assert texted.result() == []
    assert eventually(line.received) == ["delivered"]
    time.sleep(0.3)
    assert line.received() == ["delivered"]
    assert len(runs) == 1
    assert line.states() == ["late"]


def test_a_text_that_a_dead_receiver_had_claimed_and_not_handed_over_runs_after_all(line: Line) -> None:
    line.define(respond_result=True)
    sid = line.twilio.exchange("Hello", line.phone)["inbound"]["sid"]
    assert line.log.claim(sid, owner=line.host.owner, request_id="never told")
    line.register(lambda payload: "after all")
    time.sleep(0.3)
    assert line.states() == ["running"]

    receiver_of(line.host).kill()

    assert eventually(line.received) == ["after all"]
    assert line.states() == ["answered"]


def test_a_connection_that_is_refused_right_after_its_welcome_is_dialled_ever_less_often(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: dict[str, Any] = {"loopback": None, "public": []}
    welcome = {"type": "welcome", "protocol": 1, "version": __version__, "addresses": addresses}
    server = Server({"ready": True}, welcome)
    monkeypatch.setenv("TWILIO_NB_RUNTIME", str(server.directory))
    host = Host.start()
    try:
        time.sleep(2)
    finally:
        host.close()
        server.close()
    assert 3 <= server.asked <= 7  # after 0.05, 0.1, 0.2, 0.4, 0.8 seconds; 40 without a longer pause


def test_a_receiver_that_hangs_is_replaced(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "_PING_EVERY", 0.1)
    monkeypatch.setattr(link, "_PONG_WITHIN", 0.1)
    receiver_of(line.host).kill()  # the next link pings as patched
    line.register(lambda payload: "here")
    hung = receiver_of(line.host)
    hung.send_signal(signal.SIGSTOP)

    eventually(lambda: not line.host.is_connected)
    eventually(lambda: receiver_of(line.host) is not hung)
    assert hung.returncode == -signal.SIGKILL
    assert eventually(lambda: line.host.is_connected)
    line.serve()
    assert line.text("Hello") == ["here"]


def test_a_forked_process_leaves_the_connection_to_its_parent(line: Line) -> None:
    line.register(lambda payload: "parent")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # no pytest in here: say what is true and leave
        said = b"none" if Host.running() is None else b"a host"
        os.write(writing, said)
        time.sleep(2)
        os._exit(0)
    try:
        assert os.read(reading, 20) == b"none"
        assert line.text("Hello") == ["parent"]
        # The child lives on, and yet the receiver learns that this kernel has gone.
        line.host.close()
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    finally:
        os.close(reading)
        os.close(writing)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
