"""The gateway on the real twilio library, against a real HTTP server: what it asks, and what comes back."""

import base64
import logging
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.sending.conftest import (
    ACCOUNT_SID,
    MESSAGE_SID,
    MESSAGES,
    RECORD,
    SENDER,
    TO,
    TOKEN,
    Answer,
    Far,
    create,
    page,
)
from twilio_nb.sending.gateway import Gateway


def test_a_message_is_created_with_twilios_parameters_and_comes_back_as_a_plain_record(
    gateway: Gateway, far: Far
) -> None:
    far.will_answer(Answer(201, RECORD))

    record = gateway.create_message(
        to=TO, from_=SENDER, body="Hello", media_url=["https://a.example/1", "https://a.example/2"],
        status_callback="https://b.example/status#rc=2",
    )  # fmt: skip

    asked = far.asked[0]
    assert (asked.method, asked.path) == ("POST", MESSAGES)
    assert sorted(asked.form) == [
        ("Body", "Hello"),
        ("From", SENDER),
        ("MediaUrl", "https://a.example/1"),
        ("MediaUrl", "https://a.example/2"),
        ("StatusCallback", "https://b.example/status#rc=2"),
        ("To", TO),
    ]
    assert set(record) == set(RECORD)
    assert (record["from"], record["num_segments"], record["num_media"], record["price"]) == (
        SENDER,
        1,
        0,
        "-0.00750",
    )
    assert record["date_created"] == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert all(type(value) in (str, int, dict, datetime, type(None)) for value in record.values())


def test_the_credentials_are_the_accounts_own_whatever_the_environment_holds(
    gateway: Gateway, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "f" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "another")
    far.will_answer(Answer(201, RECORD))

    create(gateway)

    expected = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    assert far.asked[0].headers["Authorization"] == f"Basic {expected}"
    assert ACCOUNT_SID in far.asked[0].path


def test_a_proxy_in_the_environment_never_sees_what_goes_to_this_machine(
    gateway: Gateway, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    far.will_answer(Answer(201, RECORD))

    assert create(gateway)["sid"] == MESSAGE_SID


def test_a_region_of_twilios_changes_nothing_about_the_base_url(
    gateway: Gateway, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    far.will_answer(Answer(201, RECORD))

    assert create(gateway)["sid"] == MESSAGE_SID


def test_a_message_can_be_read_and_deleted(gateway: Gateway, far: Far) -> None:
    far.will_answer(Answer(body=RECORD | {"status": "delivered"}), Answer(204, b""))

    assert gateway.message(MESSAGE_SID)["status"] == "delivered"
    gateway.delete_message(MESSAGE_SID)

    assert [(asked.method, asked.path.rpartition("/")[2]) for asked in far.asked] == [
        ("GET", f"{MESSAGE_SID}.json"),
        ("DELETE", f"{MESSAGE_SID}.json"),
    ]


def test_a_list_follows_its_pages_at_the_base_url(gateway: Gateway, far: Far) -> None:
    other = RECORD | {"sid": "SM" + "c" * 32}
    far.will_answer(page(RECORD, next_page_uri=f"{MESSAGES}?PageToken=x&Page=1"), page(other))

    found = gateway.messages(to=TO)

    assert [record["sid"] for record in found] == [MESSAGE_SID, other["sid"]]
    assert far.asked[0].query == {"To": TO, "PageSize": "1000"}
    assert far.asked[1].query == {"PageToken": "x", "Page": "1"}


def test_dates_of_a_filter_are_sent_in_utc(gateway: Gateway, far: Far) -> None:
    far.will_answer(page())
    noon_in_tokyo = datetime(2026, 12, 1, 12, tzinfo=timezone(timedelta(hours=9)))

    gateway.messages(
        date_sent_after=noon_in_tokyo, date_sent_before=noon_in_tokyo + timedelta(hours=1), limit=5
    )

    assert far.asked[0].query == {
        "DateSent>": "2026-12-01T03:00:00Z",
        "DateSent<": "2026-12-01T04:00:00Z",
        "PageSize": "5",
    }


def test_a_date_without_a_time_zone_is_refused(gateway: Gateway) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        gateway.messages(date_sent_after=datetime(2026, 12, 1))  # noqa: DTZ001  # the mistake itself


def test_the_accounts_record_comes_without_its_token(gateway: Gateway, far: Far) -> None:
    far.will_answer(
        Answer(body={"sid": ACCOUNT_SID, "auth_token": TOKEN, "status": "active", "type": "Trial"})
    )

    record = gateway.account()

    assert (record["status"], record["type"]) == ("active", "Trial")
    assert TOKEN not in repr(record)


def test_numbers_are_listed_and_pointed_to_a_webhook(gateway: Gateway, far: Far) -> None:
    number: dict[str, Any] = {
        "sid": "PN" + "d" * 32,
        "phone_number": SENDER,
        "capabilities": {"sms": True},
        "sms_url": "",
    }
    far.will_answer(
        Answer(body={"incoming_phone_numbers": [number], "next_page_uri": None}),
        Answer(body=number | {"sms_url": "https://c.example/hook"}),
    )

    assert gateway.numbers()[0]["capabilities"] == {"sms": True}
    assert (
        gateway.update_number(number["sid"], sms_url="https://c.example/hook")["sms_url"]
        == "https://c.example/hook"
    )
    assert sorted(far.asked[1].form) == [("SmsMethod", "POST"), ("SmsUrl", "https://c.example/hook")]


def test_nothing_of_a_message_is_logged(gateway: Gateway, far: Far, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="twilio_nb")
    caplog.set_level(logging.INFO)
    far.will_answer(Answer(201, RECORD))

    create(gateway, body="A private matter")
    far.will_answer(page())
    gateway.messages(to=TO)

    for private in ("A private matter", TO[1:], TOKEN):
        assert private not in caplog.text


def test_threads_share_a_gateway_and_each_gets_its_own_answer(gateway: Gateway, far: Far) -> None:
    far.echo = True
    wrong: list[str] = []

    def read(digit: str) -> None:
        sid = "SM" + digit * 32
        for _ in range(25):
            if gateway.message(sid)["sid"] != sid:
                wrong.append(sid)

    threads = [threading.Thread(target=read, args=(digit,)) for digit in "12345678"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (wrong, len(far.asked)) == ([], 200)
