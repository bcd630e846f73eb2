"""The host with everything real: a receiver of its own, a simulated Twilio, MongoDB."""

import asyncio
import base64
import contextlib
import datetime as dt
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from twilio_nb import __version__
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.domain.messages import inbound
from twilio_nb.domain.paths import webhook_path
from twilio_nb.errors import ConfigurationError, HandlerError, StoreUnavailable
from twilio_nb.receiving import lanes, launch, link
from twilio_nb.receiving.handlers import Handler, Response
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.launch import MARKER
from twilio_nb.receiving.output import Cell
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory, new_runtime
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret


def eventually(condition: Callable[[], Any], patience: float = 20) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)
    return found


class Twilio:
    """The simulated account, in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(directory), "--pace", "0.01"]
        )
        self.account: dict[str, Any] = eventually(lambda: self._account(directory), 20)

    @staticmethod
    def _account(directory: Path) -> Any:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((directory / "account.json").read_text())

    def ask(self, path: str, data: bytes | None = None, form: dict[str, str] | None = None) -> Any:
        account = self.account
        request = urllib.request.Request(
            account["url"] + path, data=urlencode(form).encode() if form else data
        )
        credentials = f"{account['account_sid']}:{account['auth_token']}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials).decode())
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read())

    def answer_at(self, url: str) -> None:
        path = f"/2010-04-01/Accounts/{self.account['account_sid']}/IncomingPhoneNumbers"
        (number, *_) = self.ask(f"{path}.json")["incoming_phone_numbers"]
        self.ask(f"{path}/{number['sid']}.json", form={"SmsUrl": url})

    def text(self, body: str, phone: str) -> list[str]:
        """Text the number; the bodies of the replies in the answer."""
        return [reply["body"] for reply in self.exchange(body, phone)["replies"]]

    def exchange(self, body: str, phone: str) -> Any:
        return self.ask("/sandbox/texts", json.dumps({"body": body, "from": phone}).encode())

    def received(self, phone: str) -> list[str]:
        """What a phone got, however it was sent."""
        messages = self.ask(f"/sandbox/phones/{phone}")["messages"]
        return [message["body"] for message in messages if message["to"] == phone]


class Line:
    """One service of a host, and a phone that texts it."""

    def __init__(self, host: Host, twilio: Twilio, database: Database) -> None:
        account = twilio.account
        self.host = host
        self.twilio = twilio
        self.database = database
        self.name = "s" + secrets.token_hex(4)
        self.phone = f"+1555867{secrets.randbelow(9000) + 1000}"
        self.token = Secret(account["auth_token"])
        self.definition = ServiceDefinition(self.name, account["account_sid"], sandbox=True)
        self.gateway = Gateway(account["account_sid"], self.token, api_url=account["url"])
        self.log = MessageLog(database)
        self.serve()

    def serve(self) -> None:
        self.addresses = self.host.serve(self.definition, self.database, [self.token], self.gateway)

    def define(self, webhook: str = "answer", **options: Any) -> None:
        """Store the webhook and have the number call it."""
        Registry(self.database).save_webhook(WebhookDefinition(self.name, webhook, **options))
        self.twilio.answer_at(f"{self.addresses.loopback}{webhook_path(self.name, webhook)}")

    def register(self, function: Callable[..., Any], webhook: str = "answer", **options: Any) -> Handler:
        handler = Handler(function, self.name, webhook, **({"respond_result": True} | options))
        self.define(webhook, **({"respond_result": True} | options))
        self.host.register(handler, self.database)
        return handler

    def text(self, body: str) -> list[str]:
        return self.twilio.text(body, self.phone)

    def received(self) -> list[str]:
        return self.twilio.received(self.phone)

    def handling(self) -> list[dict[str, Any]]:
        """The handling of its inbound texts, oldest first."""
        found = self.database.db["messages"].find({"direction": "inbound"}).sort("time")
        return [document["handling"] for document in found]

    def states(self) -> list[str]:
        return [handling["state"] for handling in self.handling()]


@pytest.fixture(scope="module")
def twilio(private_surroundings: Path) -> Iterator[Twilio]:
    directory = new_runtime("kernel")
    running = Twilio(directory)
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture
def host(mongod: Any) -> Iterator[Host]:
    started = Host.start()
    yield started
    started.close()


@pytest.fixture
def line(host: Host, twilio: Twilio, database: Database) -> Line:
    return Line(host, twilio, database)


@pytest.fixture
def sentences(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said in cells."""
    said: list[str] = []
    monkeypatch.setattr(Cell, "say", lambda self, sentence: said.append(sentence))
    return said


def receiver_of(host: Host) -> "subprocess.Popen[bytes]":
    process = host._receiver._process  # type: ignore[attr-defined]
    assert isinstance(process, subprocess.Popen)
    return process


def test_a_text_is_answered_by_the_function(line: Line) -> None:
    line.register(lambda payload: f"You said {payload['Body']}")

    assert line.text("Hello") == ["You said Hello"]
    assert line.states() == ["answered"]
    assert line.host.handlers()[0].name == "answer"


def test_the_service_object_of_a_host_is_one_for_the_process(host: Host) -> None:
    assert Host.start() is host
    assert Host.running() is host


def test_registering_again_replaces_the_function_at_once(line: Line) -> None:
    line.register(lambda payload: "old")
    line.register(lambda payload: "new")

    assert line.text("Hello") == ["new"]
    assert len(line.host.handlers()) == 1


def test_async_and_def_handlers_answer_side_by_side(line: Line) -> None:
    async def slowly(payload: dict[str, str]) -> str:
        await asyncio.sleep(0.01)
        return threading.current_thread().name

    line.register(slowly)
    assert line.text("Hello") == ["twilio_nb async handlers"]
    line.register(lambda payload: threading.current_thread().name)
    assert line.text("Hello") == ["twilio_nb handler"]


def test_an_error_is_kept_for_the_person_and_nothing_is_texted(line: Line) -> None:
    def failing(payload: dict[str, str]) -> str:
        return payload["Nothing"]

    line.register(failing)

    assert line.text("Hello") == []
    (handling,) = line.handling()
    assert handling["state"] == "failed"
    assert handling["error"].startswith("KeyError: 'Nothing' (line ")


def test_texts_of_one_webhook_run_one_at_a_time(line: Line) -> None:
    running = 0
    most = 0

    def count(payload: dict[str, str]) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.1)
        running -= 1
        return payload["Body"]

    line.register(count)
    with ThreadPoolExecutor(4) as phones:
        assert [*phones.map(line.text, "abcd")] == [["a"], ["b"], ["c"], ["d"]]

    assert most == 1


def test_with_a_concurrency_texts_run_side_by_side(line: Line) -> None:
    meet = threading.Barrier(3, timeout=5)

    def wait(payload: dict[str, str]) -> str:
        meet.wait()
        return "met"

    line.register(wait, concurrency=3)
    with ThreadPoolExecutor(3) as phones:
        assert [*phones.map(line.text, "abc")] == [["met"]] * 3


def test_a_late_reply_is_sent_by_rest_and_becomes_a_message(line: Line) -> None:
    def slow(payload: dict[str, str]) -> str:
        time.sleep(0.8)
        return "Late " + "x" * 1700

    line.register(slow, timeout=0.3)

    assert line.text("Hello") == []
    first, second = eventually(lambda: len(line.received()) == 2 and line.received())
    assert first + second == "Late " + "x" * 1700
    handling = eventually(lambda: line.handling()[0].get("finished") and line.handling()[0])
    assert handling["state"] == "late"
    sids = eventually(lambda: all(sids := [reply["sid"] for reply in line.handling()[0]["replies"]]) and sids)
    reply = line.log.get(sids[0])
    assert reply is not None
    assert (reply["direction"], reply["source"], reply["webhook"]) == ("outbound-reply", "reply", "answer")
    assert (reply["to"], reply["body"]) == (line.phone, first)
    eventually(lambda: (line.log.get(sids[1]) or {})["status"] == "delivered")


def test_late_twiml_is_sent_to_the_numbers_it_names(line: Line) -> None:
    other = "+15558670001"

    def slow(payload: dict[str, str], response: Response) -> None:
        time.sleep(0.4)
        xml = f'<Response><Message to="{other}">to another</Message><Message>back</Message></Response>'
        response.set_header("Content-Type", "text/xml").set_body(xml)

    line.register(slow, timeout=0.2)
    line.text("Hello")

    assert eventually(line.received) == ["back"]
    assert line.twilio.received(other) == ["to another"]


def test_a_handler_that_prints_ten_megabytes_answers_all_the_same(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    def chatty(payload: dict[str, str]) -> str:
        for _ in range(10):
            print("x" * (1 << 20))  # noqa: T201
        return "said"

    line.register(chatty)

    assert line.text("Hello") == ["said"]


def test_an_error_that_cannot_even_be_shown_ends_its_own_run_only(line: Line) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RecursionError

    def failing(payload: dict[str, str]) -> str:
        if payload["Body"] == "fail":
            raise Unspeakable
        return "here"

    line.register(failing)

    assert line.text("fail") == []
    assert line.states() == ["failed"]
    assert line.text("Hello") == ["here"]


def test_a_late_error_is_kept_and_logged(line: Line) -> None:
    def slow(payload: dict[str, str]) -> str:
        time.sleep(0.5)
        return payload["Nothing"]

    line.register(slow, timeout=0.2)
    line.text("Hello")

    eventually(lambda: line.states() == ["failed"])
    entries = eventually(
        lambda: (
            len(found := LogBook(line.database).find(line.name)) == 2 and {one["state"]: one for one in found}
        )
    )
    assert entries["late"]["status"] == "OK"
    assert entries["failed"]["error"].startswith("KeyError")


def test_a_reply_that_twilio_refuses_is_said_in_the_cell(line: Line, sentences: list[str]) -> None:
    def slow(payload: dict[str, str]) -> str:
        line.text("STOP")
        time.sleep(0.3)
        return "unwanted"

    line.register(slow, timeout=0.2, concurrency=2)
    line.text("Hello")

    sentence = eventually(lambda: next((one for one in sentences if "replies were not sent" in one), None))
    assert sentence.startswith("slow: 1 of 1 replies were not sent: ")
    assert "21610" in sentence
    assert "unwanted" not in sentence


def test_what_came_while_nobody_handled_it_runs_when_the_webhook_is_registered(line: Line) -> None:
    line.define(respond_result=True)
    assert line.text("first") == []
    assert line.text("second") == []
    assert line.states() == ["pending", "pending"]

    line.register(lambda payload: f"At last: {payload['Body']}")

    eventually(lambda: line.received() == ["At last: first", "At last: second"])
    assert line.states() == ["answered", "answered"]
    (newest, *_) = LogBook(line.database).find(line.name, limit=1)
    assert (newest["source"], newest["status"]) == ("pending", "OK")


def test_a_text_that_waited_too_long_runs_only_by_replay(line: Line) -> None:
    old = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11)
    form = [
        ("MessageSid", "SM" + "0" * 31 + "1"),
        ("From", line.phone),
        ("To", line.twilio.account["numbers"][0]),
    ]
    kept = inbound(
        [*form, ("Body", "old")],
        service=line.name,
        webhook="answer",
        source="webhook",
        time=old,
        store_only=False,
    )
    line.log.insert_many([kept])
    line.register(lambda payload: f"Again: {payload['Body']}")
    time.sleep(0.3)
    assert line.states() == ["pending"]

    rows = line.host.replay(line.name, "answer", [kept["_id"], "SM" + "9" * 32])

    assert rows == [
        {"sid": kept["_id"], "state": "answered", "replies": 1, "error": None},
        {
            "sid": "SM" + "9" * 32,
            "state": None,
            "replies": 0,
            "error": f"{line.name} has no inbound text of this SID.",
        },
    ]
    eventually(lambda: line.received() == ["Again: old"])


def test_a_failed_text_can_be_replayed_with_a_better_function(line: Line) -> None:
    line.register(lambda payload: payload["Nothing"])
    sid = line.twilio.exchange("Hello", line.phone)["inbound"]["sid"]
    assert line.host.replay(line.name, "answer", [sid])[0]["error"].startswith("KeyError")

    line.register(lambda payload: "Better")

    assert line.host.replay(line.name, "answer", [sid])[0]["state"] == "answered"
    assert eventually(line.received) == ["Better"]


@pytest.mark.parametrize("write", ["claim", "settle"])
def test_a_write_whose_answer_was_lost_makes_no_reply_lost_and_none_double(
    line: Line, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    lost: list[str] = []
    real = getattr(MessageLog, write)

    def losing(log: MessageLog, *arguments: Any, **named: Any) -> Any:
        done = real(log, *arguments, **named)
        if not lost:
            lost.append(write)
            message = "MongoDB has written this, and went away before it said so."
            raise StoreUnavailable(message)
        return done

    line.define(respond_result=True)
    line.text("Hello")
    monkeypatch.setattr(MessageLog, write, losing)
    line.register(lambda payload: "once")

    assert eventually(line.received) == ["once"]
    time.sleep(0.3)
    assert line.received() == ["once"]
    assert lost


def test_what_is_running_is_not_replayed(line: Line) -> None:
    release = threading.Event()
    line.register(lambda payload: release.wait(5) and "once")
    with ThreadPoolExecutor(1) as phone:
        texted = phone.submit(line.text, "Hello")
        (sid,) = eventually(lambda: line.log.waiting(line.name, "answer", ["running"]))
        (row,) = line.host.replay(line.name, "answer", [sid])
        release.set()

        assert (row["state"], row["replies"]) == ("running", 0)
        assert texted.result() == ["once"]
    assert line.received() == ["once"]


def test_replaying_without_a_handler_says_what_to_do(line: Line) -> None:
    with pytest.raises(HandlerError, match="run its cell"):
        line.host.replay(line.name, "answer", ["SM" + "0" * 32])


def test_a_handler_taken_out_of_service_leaves_its_texts_pending(line: Line) -> None:
    line.register(lambda payload: "never")
    line.host.unregister(line.name, "answer")

    assert line.text("Hello") == []
    assert line.states() == ["pending"]
    assert line.host.handlers() == []


@pytest.mark.parametrize("timeout", [10, 0.001], ids=["in time", "late"])
def test_a_text_whose_handler_is_dropped_while_its_call_is_on_the_way_waits_for_the_next_one(
    line: Line, timeout: float
) -> None:
    line.register(lambda payload: "never", timeout=timeout)
    line.host._reception.calls.drop(line.name, "answer")  # the receiver has not heard of it yet

    assert line.text("Hello") == []
    eventually(lambda: line.states() == ["pending"])
    line.host.unregister(line.name, "answer")
    line.register(lambda payload: f"At last: {payload['Body']}")

    assert eventually(line.received) == ["At last: Hello"]
    assert line.states() == ["answered"]


def test_a_text_whose_handler_is_defined_again_just_too_early_to_find_it_runs_all_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.register(lambda payload: "never")
    line.host._reception.calls.drop(line.name, "answer")
    swept = threading.Event()
    real = link.Link.answer

    async def slowly(self: link.Link, call: str, outcome: Any) -> str | None:
        if not outcome.ok:
            line.host._reception.calls.put(again, delivery)
            swept.set()
        return await real(self, call, outcome)

    delivery = line.host._reception.services[line.name].delivery
    again = Handler(lambda payload: "once", line.name, "answer", respond_result=True)
    again.database = line.database
    monkeypatch.setattr(link.Link, "answer", slowly)

    assert line.text("Hello") == []
    assert eventually(line.received) == ["once"]
    assert swept.is_set()


def test_a_handler_of_a_service_that_is_not_served_is_refused(host: Host, database: Database) -> None:
    with pytest.raises(HandlerError, match="serve it first"):
        host.register(Handler(lambda payload: None, "nobody", "w", cell=Cell()), database)


def test_only_a_real_service_lets_jupyter_start_the_receiver_by_itself(line: Line) -> None:
    marker = data_directory() / MARKER
    marker.unlink(missing_ok=True)
    line.register(lambda payload: None)
    assert not marker.exists()

    line.definition = ServiceDefinition(
        line.name, line.definition.account_sid, public_url="https://example.org/"
    )
    line.serve()
    line.host.register(Handler(lambda payload: None, line.name, "answer"), line.database)
    assert marker.exists()
    marker.unlink()


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


def test_a_handler_that_never_ends_is_abandoned_and_the_next_text_has_its_turn(
    line: Line, sentences: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_PATIENCE", 0.6)
    release = threading.Event()
    line.register(lambda payload: (payload["Body"] == "hang" and release.wait(20)) or "went on", timeout=0.1)

    assert line.text("hang") == []
    eventually(lambda: line.states() == ["failed"])
    assert line.handling()[0]["error"] == "HandlerError: no end after 1 s; abandoned"
    assert "<lambda> has not ended after 1 s and was abandoned" in sentences[0]
    assert line.text("Hello") == ["went on"]
    release.set()
    eventually(lambda: "<lambda>, abandoned before, ended after" in sentences[-1])
    assert line.received() == ["went on"]


def test_an_async_handler_that_never_ends_is_cancelled_and_one_that_blocks_loses_its_loop(
    line: Line, sentences: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_PATIENCE", 0.6)
    monkeypatch.setattr(lanes, "_CANCELLED_WITHIN", 0.2)
    release = threading.Event()
    cancelled = threading.Event()

    async def answering(payload: dict[str, str]) -> str:
        if payload["Body"] == "wait":
            try:
                await asyncio.sleep(20)
            finally:
                cancelled.set()
        if payload["Body"] == "block":
            release.wait(20)
        return "went on"

    line.register(answering, timeout=0.1)
    for body in ("wait", "block"):
        assert line.text(body) == []
        eventually(lambda: line.states()[-1] == "failed")
    assert cancelled.is_set()
    time.sleep(0.3)
    assert line.text("Hello") == ["went on"]
    release.set()


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


def test_closing_leaves_no_process_and_no_directory(host: Host, twilio: Twilio, database: Database) -> None:
    Line(host, twilio, database)
    process = receiver_of(host)
    directory = host._receiver._directory  # type: ignore[attr-defined]
    assert directory.is_dir()

    host.close()

    assert process.poll() is not None
    assert not directory.exists()
    assert Host.running() is None


def test_the_receiver_of_a_kernel_has_none_of_jupyter_s_credentials(
    mongod: Any, twilio: Twilio, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_CRYPT_KEY", "JUPYTERHUB_COOKIE_SECRET"):
        monkeypatch.setenv(name, "s3cret")
    host = Host.start()
    try:
        Line(host, twilio, database)
        environment = psutil.Process(receiver_of(host).pid).environ()
    finally:
        host.close()

    assert "s3cret" not in environment.values()
    assert environment["XDG_RUNTIME_DIR"]


def test_a_kernel_that_keeps_its_texts_elsewhere_than_the_receiver_is_told_where_to_say_so(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", "mongodb://127.0.0.1:1/?password=hunter2")
    open_link = line.host._reception.connection.link
    assert open_link is not None
    line.host._thread.loop.call_soon_threadsafe(open_link.close)

    eventually(lambda: not line.host.is_connected)
    with pytest.raises(ConfigurationError, match="another MongoDB than its Jupyter Server") as caught:
        line.serve()
    assert "TWILIO_NB_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    monkeypatch.delenv("TWILIO_NB_MONGODB_URI")
    line.serve()
    assert line.host.is_connected


SCRIPT = """
import threading, time
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.receiving.context import context
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret
import asyncio

host = Host.start()
database = Database.open("test_exit")
host.serve(ServiceDefinition("s", "AC" + "0" * 32, sandbox=True), database, [Secret("0" * 32)], None)

async def stuck(payload):
    await asyncio.to_thread(time.sleep, 60)

for function in (stuck, lambda payload: time.sleep(60)):
    handler = Handler(function, "s", "w")
    host.register(handler, database)
    start(handler, Text(()))
time.sleep(0.2)
database.drop()
print(host._receiver._process.pid, flush=True)
"""


def test_nothing_keeps_the_interpreter_from_exiting(mongod: Any) -> None:
    began = time.monotonic()
    script = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert script.stdout is not None
    pid = int(script.stdout.readline())
    printed = time.monotonic()

    assert script.wait(10) == 0
    assert time.monotonic() - printed < 3, f"started after {printed - began}"
    script.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_welcome_that_makes_no_sense_does_not_end_the_host(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    welcome = {"type": "welcome", "protocol": 1, "version": __version__, "addresses": {}}
    server = Server({"ready": True}, welcome)
    monkeypatch.setenv("TWILIO_NB_RUNTIME", str(server.directory))
    host = Host.start()
    try:
        # Now and then the connection breaks before the welcome is read, which is no news.
        eventually(lambda: "dialled again" in caplog.text)
        asked = server.asked
        eventually(lambda: server.asked > asked)
    finally:
        host.close()
        server.close()


def test_a_receiver_that_cannot_start_says_why(
    mongod: Any, twilio: Twilio, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "new_runtime", lambda kind: open_to_all(new_runtime(kind)))
    host = Host.start()
    try:
        with pytest.raises(ConfigurationError, match=r"The receiver ended with 1\.") as caught:
            Line(host, twilio, database)
        assert "open to other users" in str(caught.value)
    finally:
        host.close()


def open_to_all(directory: Path) -> Path:
    directory.chmod(0o755)
    return directory


class Server:
    """What a kernel meets in Jupyter's runtime directory: two sockets, each with one line to say."""

    def __init__(self, start: dict[str, Any], greeting: dict[str, Any]) -> None:
        self.directory = new_runtime("jupyter")
        self.asked = 0
        self._loop = asyncio.new_event_loop()
        self._lines = {"start.sock": start, "kernels.sock": greeting}
        self._servers: list[asyncio.Server] = []
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(5)

    def _run(self) -> None:
        async def listen() -> None:
            for name, line in self._lines.items():

                async def connected(
                    reader: asyncio.StreamReader,
                    writer: asyncio.StreamWriter,
                    line: dict[str, Any] = line,
                    name: str = name,
                ) -> None:
                    self.asked += name == "start.sock"
                    writer.write(json.dumps(line).encode() + b"\n")
                    writer.close()

                self._servers.append(await asyncio.start_unix_server(connected, str(self.directory / name)))
            self._ready.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()

    def close(self) -> None:
        async def end() -> None:
            for server in self._servers:
                server.close()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)


@pytest.mark.parametrize(
    ("start", "greeting", "said"),
    [
        ({"error": "mongod is missing."}, {}, "Jupyter cannot start the receiver: mongod is missing."),
        (
            {"ready": True},
            {"type": "refused", "reason": "The kernel runs 2, its Jupyter Server 1."},
            "The receiver refused this kernel: The kernel runs 2, its Jupyter Server 1.",
        ),
        (
            {"ready": True},
            {"type": "welcome", "protocol": 0, "version": "0.0.1"},
            r"The receiver runs twilio_nb 0\.0\.1, this kernel .* Install the same release",
        ),
    ],
)
def test_under_jupyter_its_receiver_is_asked_for_and_what_is_wrong_is_said_at_once(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    start: dict[str, Any],
    greeting: dict[str, Any],
    said: str,
) -> None:
    server = Server(start, greeting)
    monkeypatch.setenv("TWILIO_NB_RUNTIME", str(server.directory))
    host = Host.start()
    definition = ServiceDefinition("s", "AC" + "0" * 32)
    began = time.monotonic()
    try:
        with pytest.raises(ConfigurationError, match=said):
            host.serve(definition, database, [Secret("0" * 32)], Gateway("AC" + "0" * 32, Secret("0" * 32)))
        assert time.monotonic() - began < 2
        assert server.asked
    finally:
        host.close()
        server.close()


def test_a_jupyter_server_without_the_package_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launch.notices() == []
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/ann/notebook.ipynb")

    (notice,) = launch.notices()

    assert "Jupyter Server whose own environment has no twilio_nb" in notice
    monkeypatch.setenv("TWILIO_NB_RUNTIME", "/run/user/1000/twilio_nb/jupyter-1-0000")
    assert launch.notices() == []
