"""What an attempt made is recognised in Twilio's log, however long that is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.sending.conftest import RECORD, Answer, Far
from twilio_nb.errors import GatewayError
from twilio_nb.sending.attempts import Attempt, look
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.inventory import PAGE_SIZE
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog


def record(attempt: Attempt, **changes: Any) -> dict[str, Any]:
    return {
        "direction": "outbound-api", "to": attempt.to, "from": attempt.from_, "messaging_service_sid": None,
        "body": attempt.body, "date_created": attempt.began.replace(microsecond=0), **changes,
    }  # fmt: skip


ATTEMPT = Attempt("+15558675309", "+15550100001", None, "It’s 5 o'clock", began=datetime.now(UTC))


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        ({}, True),
        ({"body": "Sent from your Twilio trial account - It's 5 o'clock"}, True),  # prefixed, smart-encoded
        ({"body": ""}, True),  # redacted
        ({"date_created": None}, True),
        ({"body": "It's 6 o'clock"}, False),
        ({"direction": "outbound-reply"}, False),
        ({"from": "+15550100002"}, False),
        ({"to": "+15558675310"}, False),
        ({"date_created": ATTEMPT.began - timedelta(minutes=1)}, False),
    ],
)
def test_a_message_is_recognised_by_what_twilio_leaves_alone(changes: dict[str, Any], made: bool) -> None:
    since = ATTEMPT.began - timedelta(seconds=3)

    assert ATTEMPT.made(record(ATTEMPT, **changes), since) == made


def test_of_a_messaging_service_the_sender_does_not_matter() -> None:
    attempt = replace(ATTEMPT, from_=None, messaging_service_sid="MG" + "0" * 32)
    since = attempt.began - timedelta(seconds=3)

    for sender in (None, "+15550100001"):
        found = record(attempt, messaging_service_sid="MG" + "0" * 32) | {"from": sender}
        assert attempt.made(found, since)
    assert not attempt.made(record(attempt, messaging_service_sid="MG" + "1" * 32), since)


def sid(n: int) -> str:
    return f"SM{n:032x}"


def listed(*records: dict[str, Any]) -> Answer:
    return Answer(body={"messages": list(records), "page_size": PAGE_SIZE, "next_page_uri": None})


def shown(attempt: Attempt, n: int, **changes: Any) -> dict[str, Any]:
    """A message as Twilio's list shows it."""
    created = format_datetime(attempt.began.replace(microsecond=0))
    return RECORD | record(attempt, date_created=created) | {"sid": sid(n)} | changes


def test_beyond_one_page_the_date_of_sending_narrows_the_log(
    gateway: Gateway, far: Far, database: Database
) -> None:
    others = [shown(ATTEMPT, n, body="another") for n in range(PAGE_SIZE)]
    far.will_answer(listed(*others), listed(shown(ATTEMPT, PAGE_SIZE)))

    found = look(gateway, MessageLog(database), ATTEMPT)

    assert found is not None
    assert found["sid"] == sid(PAGE_SIZE)
    assert far.asked[0].query == {"To": ATTEMPT.to, "From": ATTEMPT.from_, "PageSize": "1000"}
    assert "DateSent>" in far.asked[1].query


def test_a_log_too_long_to_show_what_is_queued_is_no_proof_that_nothing_was_sent(
    gateway: Gateway, far: Far, database: Database
) -> None:
    others = [shown(ATTEMPT, n, body="another") for n in range(PAGE_SIZE)]
    far.will_answer(listed(*others), listed())

    with pytest.raises(GatewayError, match="may be hidden") as caught:
        look(gateway, MessageLog(database), ATTEMPT)

    assert caught.value.unknown


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_wrong_here_is_made_up_for(
    gateway: Gateway, far: Far, database: Database, hours: int
) -> None:
    attempt = replace(ATTEMPT, began=datetime.now(UTC))
    there = attempt.began + timedelta(hours=hours)
    created = format_datetime(there.replace(microsecond=0))
    old = format_datetime((there - timedelta(minutes=1)).replace(microsecond=0))
    answer = listed(shown(attempt, 1, date_created=old), shown(attempt, 2, date_created=created))
    answer.headers = {"Date": format_datetime(there, usegmt=True)}
    far.will_answer(answer)

    found = look(gateway, MessageLog(database), attempt)

    assert found is not None
    assert found["sid"] == sid(2)
