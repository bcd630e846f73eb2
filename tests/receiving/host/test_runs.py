"""Handlers that a host runs: answered in time or late, one at a time or side by side, failed, never ended."""

import asyncio
import http.server
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.numbers import number
from tests.receiving.host.conftest import Line
from tests.receiving.host.desk import eventually
from twilio_nb.receiving import lanes
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.response import Response
from twilio_nb.storage.logs import LogBook


def test_a_text_is_answered_by_the_function(line: Line) -> None:
    line.register(lambda payload: f"You said {payload['Body']}")

    assert line.text("Hello") == ["You said Hello"]
    assert line.states() == ["answered"]
    assert line.host.handlers()[0].name == "answer"


def test_the_service_object_of_a_host_is_one_for_the_process(host: Host) -> None:
    assert Host.start() is host
    assert Host.running() is host


def test_registering_again_replaces_the_function_at_once(line: Line) -> None:  # WHC-01
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


def test_texts_of_one_webhook_run_one_at_a_time(line: Line) -> None:  # WHU-06
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


def test_a_late_reply_is_sent_by_rest_and_becomes_a_message(line: Line) -> None:  # WHU-07
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
    other = number()

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


def test_a_handler_that_never_ends_is_abandoned_and_the_next_text_has_its_turn(
    line: Line, sentences: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_PATIENCE", 0.6)
    release = threading.Event()
    line.register(lambda payload: (payload["Body"] == "hang" and release.wait(20)) or "went on", timeout=0.1)

    assert line.text("hang") == []
    eventually(lambda: line.states() == ["failed"])
    assert line.handling()[0]["error"] == "HandlerTimeout: no end after 1 s; abandoned"
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


class _Fallback(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(b"<Response><Message>We will call you.</Message></Response>")

    def log_message(self, *_: Any) -> None: ...


@pytest.mark.parametrize(("on_error", "texted"), [(200, []), (500, ["We will call you."])])
def test_twilio_asks_the_fallback_address_of_a_number_whose_handler_failed_if_that_is_wanted(
    line: Line, on_error: int, texted: list[str]
) -> None:  # WHR-12
    line.register(lambda payload: payload["Nothing"], on_error=on_error)
    with http.server.HTTPServer(("127.0.0.1", 0), _Fallback) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        line.twilio.configure(SmsFallbackUrl=f"http://127.0.0.1:{elsewhere.server_port}/")
        answered = line.text("Hello")
        line.twilio.configure(SmsFallbackUrl="")
        elsewhere.shutdown()

    assert answered == texted
    assert line.states() == ["failed"]
