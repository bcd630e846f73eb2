"""Whatever tells of a message first, and in whatever order, it ends where it stands furthest."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from twilio_nb.domain.messages import FIELDS, Document, outbound
from twilio_nb.storage.messages import MessageLog

Text = Callable[..., Document]
Sid = Callable[[], str]


def form(sid: str, status: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    ends = [("From", "+15558675310"), ("To", "+15558675309"), ("AccountSid", "AC" + "0" * 32)]
    return [("MessageSid", sid), ("MessageStatus", status), *ends, *more]


def called_back(log: MessageLog, sid: str, status: str, time: datetime, *more: tuple[str, str]) -> Document:
    return log.update_status(sid, status, service="s", form=form(sid, status, *more), time=time)


def sent(sid: str, time: datetime, status: str = "queued", **more: Any) -> Document:
    record = {
        "sid": sid,
        "account_sid": "AC" + "0" * 32,
        "from": "+15558675310",
        "to": "+15558675309",
        "body": "$body",
        "status": status,
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "date_created": time,
    }
    return outbound(record | more, service="s", source="send")


def test_callbacks_of_many_threads_end_in_the_furthest_status(
    log: MessageLog, sid: Sid, now: datetime
) -> None:
    numbers = [sid() for _ in range(30)]
    words = ["queued", "sent", "delivered", "sending"]
    steps = [(number, word) for number in numbers for word in [*words, "record"]]

    def step(number: str, word: str) -> None:
        if word == "record":
            log.record_outbound(sent(number, now))
        else:
            called_back(log, number, word, now)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda each: step(*each), steps))

    ends = [log.get(number) for number in numbers]
    assert {end["status"] for end in ends if end} == {"delivered"}
    assert {end["source"] for end in ends if end} == {"send"}
    assert None not in ends


def test_a_callback_that_comes_first_makes_the_message(log: MessageLog, sid: Sid, now: datetime) -> None:
    message = called_back(log, number := sid(), "failed", now, ("ErrorCode", "30003"))

    assert set(message) >= set(FIELDS)
    assert message == log.get(number)
    assert (message["status"], message["error_code"], message["time"]) == ("failed", 30003, now)
    assert (message["from"], message["to"], message["service"]) == ("+15558675310", "+15558675309", "s")
    assert (message["direction"], message["body"]) == ("outbound-api", None)
    assert ["ErrorCode", "30003"] in message["payload"]


def test_the_record_that_follows_fills_in_the_rest(log: MessageLog, sid: Sid, now: datetime) -> None:
    called_back(log, number := sid(), "failed", now + timedelta(seconds=2), ("ErrorCode", "30003"))

    message = log.record_outbound(sent(number, now, num_segments="0") | {"from": None})

    assert (message["status"], message["error_code"]) == ("failed", 30003)
    assert (message["body"], message["time"], message["from"]) == ("$body", now, "+15558675310")


def test_a_later_record_of_the_same_status_adds_what_it_knows_and_takes_nothing(
    log: MessageLog, sid: Sid, now: datetime
) -> None:
    number = sid()
    log.record_outbound(sent(number, now, "delivered", num_segments="3", price="-0.01"))

    message = log.record_outbound(sent(number, now, "delivered", date_sent=now, num_segments="0"))

    assert (message["num_segments"], message["price"], message["date_sent"]) == (3, "-0.01", now)


def test_an_error_without_its_code_gets_it_from_the_record(log: MessageLog, sid: Sid, now: datetime) -> None:
    called_back(log, number := sid(), "failed", now)

    message = log.record_outbound(sent(number, now, "failed", error_code=30003, error_message="Unreachable"))

    assert (message["error_code"], message["error_message"]) == (30003, "Unreachable")


@pytest.mark.parametrize("odd", ["$status", "$$ROOT", "a word of next year", "\ud800", "$literal"])
def test_values_from_outside_are_never_read_as_names(
    log: MessageLog, sid: Sid, now: datetime, odd: str
) -> None:
    number = sid()

    message = log.update_status(number, odd, service="s", form=[("From", odd), (odd, odd)], time=now)

    plain = odd.replace("\ud800", "\ufffd")
    assert (message["status"], message["from"], message["payload"][1]) == (plain, plain, [plain, plain])
    assert called_back(log, number, "queued", now)["status"] == "queued"


def test_a_callback_for_an_inbound_text_changes_nothing(log: MessageLog, text: Text, now: datetime) -> None:
    document = text(account_sid="AC" + "0" * 32)
    log.insert_many([document])

    called_back(log, document["_id"], "delivered", now)

    assert log.get(document["_id"]) == document


def replied(log: MessageLog, text: Text, now: datetime, replies: Sequence[dict[str, Any]]) -> Document:
    document = text()
    log.insert_many([document])
    log.claim(document["_id"], owner="o", request_id="r")
    log.settle(document["_id"], owner="o", request_id="r", state="answered", replies=replies)
    return document


def reply_of(log: MessageLog, document: Document, n: int) -> dict[str, Any]:
    stored = log.get(document["_id"])
    assert stored is not None
    return dict(stored["handling"]["replies"][n])


def test_the_first_callback_of_a_reply_makes_its_message(
    log: MessageLog, text: Text, sid: Sid, now: datetime
) -> None:
    asked = replied(log, text, now, [{"body": "one"}, {"body": "$two", "media": ["https://a/1"]}])
    number = sid()

    message = log.adopt_reply(asked["_id"], 1, form(number, "sent"), service="s", time=now)

    assert message == log.get(number)
    assert (message["source"], message["direction"]) == ("reply", "outbound-reply")
    assert (message["from"], message["to"]) == (asked["to"], asked["from"])
    assert (message["body"], message["num_media"], message["webhook"]) == ("$two", 1, "w")
    assert message["media"] == [{"url": "https://a/1", "content_type": None}]
    assert (message["status"], message["service"]) == ("sent", "s")
    assert reply_of(log, asked, 1) | {"media": []} == {
        "n": 1,
        "body": "$two",
        "media": [],
        "sid": number,
        "status": "sent",
    }
    assert reply_of(log, asked, 0)["sid"] is None


def test_callbacks_of_a_reply_may_repeat_and_come_in_any_order(
    log: MessageLog, text: Text, sid: Sid, now: datetime
) -> None:
    asked = replied(log, text, now, [{"body": "one"}])
    number = sid()

    for status in ["delivered", "sent", "delivered", "queued"]:
        message = log.adopt_reply(asked["_id"], 0, form(number, status), service="s", time=now)

    assert message["status"] == "delivered"
    assert (reply_of(log, asked, 0)["sid"], reply_of(log, asked, 0)["status"]) == (number, "delivered")


def test_a_plain_callback_before_does_not_keep_a_reply_from_its_message(
    log: MessageLog, text: Text, sid: Sid, now: datetime
) -> None:
    asked = replied(log, text, now, [{"body": "one"}])
    number = sid()
    called_back(log, number, "delivered", now)

    message = log.adopt_reply(asked["_id"], 0, form(number, "sent"), service="s", time=now)

    assert (message["direction"], message["body"], message["status"]) == (
        "outbound-reply",
        "one",
        "delivered",
    )


@pytest.mark.parametrize("unknown", ["text", "reply", "service", "other"])
def test_a_callback_of_an_unknown_reply_is_a_plain_one(
    log: MessageLog, text: Text, sid: Sid, now: datetime, unknown: str
) -> None:
    asked = replied(log, text, now, [{"body": "one"}])
    if unknown == "other":
        log.adopt_reply(asked["_id"], 0, form(sid(), "sent"), service="s", time=now)
    before = log.get(asked["_id"])

    message = log.adopt_reply(
        sid() if unknown == "text" else asked["_id"],
        7 if unknown == "reply" else 0,
        form(sid(), "sent"),
        service="x" if unknown == "service" else "s",
        time=now,
    )

    assert (message["body"], message["source"], message["status"]) == (None, None, "sent")
    assert log.get(asked["_id"]) == before


def test_a_reply_sent_as_a_message_of_its_own_is_linked_once(
    log: MessageLog, text: Text, sid: Sid, now: datetime
) -> None:
    asked = replied(log, text, now, [{"body": "one"}])
    number = sid()

    assert log.link_reply(asked["_id"], 0, number, "queued")
    assert log.link_reply(asked["_id"], 0, number, "sent")
    assert not log.link_reply(asked["_id"], 0, number, "queued")
    assert not log.link_reply(asked["_id"], 0, sid(), "delivered")
    assert (reply_of(log, asked, 0)["sid"], reply_of(log, asked, 0)["status"]) == (number, "sent")
