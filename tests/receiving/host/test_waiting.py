"""Texts that wait for a handler of a host, and those that are replayed."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.receiving.host.conftest import Line
from tests.receiving.host.desk import eventually
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.messages import inbound
from twilio_nb.errors import HandlerError, StoreUnavailable
from twilio_nb.receiving import calls, link
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.launch import MARKER
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.recall import recall
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog


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


def test_a_text_that_comes_once_the_handler_is_registered_did_not_wait_for_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[str] = []
    looked_until = threading.Event()

    def looking(handler: Handler, until: dt.datetime) -> list[str]:
        """Look while texts come in, of which each is pending for a moment."""
        while not looked_until.is_set():
            waited.extend(recall(handler, until))
        return []

    monkeypatch.setattr(calls, "recall", looking)
    line.register(lambda payload: payload["Body"])

    try:
        assert [line.text(str(n)) for n in range(20)] == [[str(n)] for n in range(20)]
    finally:
        looked_until.set()
    assert waited == []


def stored_at(line: Line, time: dt.datetime, body: str) -> str:
    """Store a text as a receiver does that has nobody to ask, and return its SID."""
    form = [
        ("MessageSid", "SM" + "0" * 31 + "1"),
        ("From", line.phone),
        ("To", line.twilio.account["numbers"][0]),
        ("Body", body),
    ]
    kept = inbound(form, service=line.name, webhook="answer", source="webhook", time=time, store_only=False)
    line.log.insert_many([kept])
    return str(kept["_id"])


def test_what_waited_runs_also_where_the_receivers_clock_is_ahead(line: Line) -> None:
    stored_at(line, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), "early")

    line.register(lambda payload: f"Re: {payload['Body']}")

    eventually(lambda: line.received() == ["Re: early"])


def test_a_text_that_waited_too_long_runs_only_by_replay(line: Line) -> None:
    sid = stored_at(line, dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11), "old")
    line.register(lambda payload: f"Again: {payload['Body']}")
    time.sleep(0.3)
    assert line.states() == ["pending"]

    rows = line.host.replay(line.name, "answer", [sid, "SM" + "9" * 32])

    assert rows == [
        {"sid": sid, "state": "answered", "replies": 1, "error": None},
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
    # Claimed and given back: where Twilio is answered at once, it is pending before that as well.
    eventually(lambda: line.handling()[0].get("owner") and line.states() == ["pending"])
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
