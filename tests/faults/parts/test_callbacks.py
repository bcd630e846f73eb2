"""Status callbacks repeated and in every order, with the message made by a send or a reply at any point."""

import itertools
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.parts.stage import Stage
from twilio_nb.domain.messages import inbound, outbound
from twilio_nb.domain.statuses import Status, rank
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog

REAL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
ERRORS = {"failed": "30007", "undelivered": "30003"}
WORDS = [word.value for word in Status if word is not Status.RECEIVED]

Step = tuple[str, str]  # what tells of the message, and the status it tells


@st.composite
def lives(draw: Any, makers: Sequence[str]) -> tuple[list[Step], list[Step]]:
    """What is told of a message, in some order, and again in another with some of it repeated."""
    told: list[Step] = [("callback", word) for word in draw(st.sets(st.sampled_from(WORDS), min_size=1))]
    told += [(maker, draw(st.sampled_from(["queued", "accepted", "sent", "failed"]))) for maker in makers]
    callbacks = [step for step in told if step[0] == "callback"]
    again = draw(st.lists(st.sampled_from(callbacks), max_size=4))
    return draw(st.permutations(told)), draw(st.permutations([*told, *again]))


class Life:
    """One message, told of step by step; times of arrival are left out, since those follow the order."""

    def __init__(self, log: MessageLog) -> None:
        self.log = log
        self.sid = "SM" + secrets.token_hex(16)
        self.asked = "SM" + secrets.token_hex(16)

    def tell(self, step: Step) -> None:
        maker, status = step
        getattr(self, maker)(status)

    def form(self, status: str) -> list[tuple[str, str]]:
        form = [("MessageSid", self.sid), ("MessageStatus", status), ("From", "+15558675310")]
        return [*form, ("To", "+15558675309"), *([("ErrorCode", ERRORS[status])] if status in ERRORS else [])]

    def callback(self, status: str) -> None:
        self.log.update_status(self.sid, status, service="s", form=self.form(status), time=NOW)

    def callback_of_reply(self, status: str) -> None:
        self.log.adopt_reply(self.asked, 0, self.form(status), service="s", time=NOW)

    def send(self, status: str, **more: Any) -> None:
        record = {
            "sid": self.sid,
            "account_sid": "AC" + "0" * 32,
            "from": "+15558675310",
            "to": "+15558675309",
            "body": "$body",
            "status": status,
            "error_code": ERRORS.get(status),
            "direction": "outbound-api",
            "num_segments": "0",
            "num_media": "0",
            "date_created": NOW - timedelta(seconds=1),
            "date_updated": NOW - timedelta(seconds=1),
        }
        self.log.record_outbound(outbound(record | more, service="s", source="send"))

    def look(self, status: str) -> None:
        """What Twilio's record says when it is read again later."""
        self.send(status, num_segments="2", price="-0.0150", price_unit="USD", date_updated=NOW)

    def link(self, status: str) -> None:
        self.log.link_reply(self.asked, 0, self.sid, status)

    def ask(self) -> None:
        """Store the text that the message replies to."""
        form = [("MessageSid", self.asked), ("From", "+15558675309"), ("To", "+15558675310"), ("Body", "?")]
        text = inbound(form, service="s", webhook="w", source="webhook", time=NOW, store_only=False)
        self.log.insert_many([text])
        self.log.claim(self.asked, owner="o", request_id="r")
        self.log.settle(
            self.asked, owner="o", request_id="r", state="answered", replies=[{"body": "the reply"}]
        )

    def end(self) -> tuple[Any, Any]:
        """The message, and the reply as the text holds it, as if all had the same SID."""
        message, asked = self.log.get(self.sid), self.log.get(self.asked)
        assert message is not None
        message |= {"_id": "", "payload": [pair for pair in message["payload"] if pair[0] != "MessageSid"]}
        reply = asked and asked["handling"]["replies"][0]
        return message, reply and reply | {"sid": reply["sid"] == self.sid}


def ends(log: MessageLog, orders: tuple[list[Step], list[Step]], *, asked: bool) -> list[Any]:
    found = []
    for order in orders:
        life = Life(log)
        if asked:
            life.ask()
        for step in order:
            life.tell(step)
        found.append(life.end())
    return found


@pytest.fixture
def log(database: Database) -> MessageLog:
    return MessageLog(database)


@REAL
@given(orders=lives(["send", "look"]))
def test_a_sent_message_ends_the_same_whatever_tells_of_it_first(
    log: MessageLog, orders: tuple[list[Step], list[Step]]
) -> None:
    one, other = ends(log, orders, asked=False)

    assert one == other
    status = max((status for _, status in orders[0]), key=rank)
    assert one[0]["status"] == status
    assert (one[0]["error_code"] is not None) == (status in ERRORS)
    assert (one[0]["body"], one[0]["num_segments"], one[0]["source"]) == ("$body", 2, "send")


@REAL
@given(orders=lives(["send", "link"]))
def test_a_reply_sent_by_rest_ends_the_same_whatever_tells_of_it_first(
    log: MessageLog, orders: tuple[list[Step], list[Step]]
) -> None:
    one, other = ends(log, orders, asked=True)

    assert one == other
    assert one[1]["sid"]


@REAL
@given(orders=lives(["callback_of_reply", "callback_of_reply"]))
def test_a_reply_in_twiml_ends_the_same_whatever_tells_of_it_first(
    log: MessageLog, orders: tuple[list[Step], list[Step]]
) -> None:
    one, other = ends(log, orders, asked=True)

    assert one == other
    assert (one[0]["body"], one[0]["source"], one[1]["sid"]) == ("the reply", "reply", True)


def test_callbacks_of_a_real_message_repeated_and_shuffled_end_in_its_last_status(
    stage: Stage, ledger: Any
) -> None:
    notebook = stage.notebook()
    sid = notebook.run('print(service.send(to="+15558675309", body="Hello").sid)').text().split()[-1]
    words = ["queued", "sending", "sent", "delivered"]
    callbacks = [word for order in itertools.permutations(words) for word in order]

    calling = [stage.twilio.calling_back(stage.status_url, sid, word) for word in callbacks]
    acknowledged = sum(each.result().status == 204 for each in calling)

    message = stage.database.db["messages"].find_one({"_id": sid})
    assert message is not None
    assert (message["status"], message["body"]) == ("delivered", "Hello")
    line = ledger(
        "status callbacks repeated and in every order", sent=len(calling), acknowledged=acknowledged
    )
    assert line.acknowledged == line.sent == 96
