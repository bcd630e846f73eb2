"""MongoDB and pandas count the same, whatever the documents hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from bson.datetime_ms import DatetimeMS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import twilio_nb
from tests.analysis.history import ANNA, BERT, NOON, OURS, came, rows, went
from tests.analysis.test_summaries import BY
from twilio_nb.service import Service

# Offsets of whole hours, of half ones and of quarters; one that gave up summer time after many a MongoDB was built.
ZONES = (
    *(
        "UTC",
        "America/New_York",
        "Europe/Vienna",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
    ),
    "America/Mexico_City",
)

MOMENTS = st.datetimes(datetime(1975, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CLOSE = st.integers(0, 3).map(lambda n: datetime(2026, 10, 25, n, 30, tzinfo=UTC))
ODD_TIMES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "yesterday", 7, [], DatetimeMS(2**60), DatetimeMS(-(2**60))]
)
SHORT = st.sampled_from(
    ["yes", "Yes!", " YES", "no", "", "?", "x" * 30 + "!", "ß" * 30, "straße", "STRASSE", 5, "5", None, ["a"]]
)
PEOPLE = st.sampled_from([ANNA, BERT, OURS, f"whatsapp:{ANNA}", 5, None])
TEXT = st.fixed_dictionaries(
    {
        "time": CLOSE | MOMENTS | ODD_TIMES,
        "direction": st.sampled_from(
            ["inbound", "inbound", "outbound-api", "outbound-reply", "outbound", "Inbound", None, 7]
        ),
        "from": PEOPLE,
        "to": PEOPLE,
        "body": SHORT,
        "status": st.sampled_from(["received", "delivered", "failed", None, 3]),
        "num_segments": st.sampled_from([1, 2, 2.0, "2", 2.5, None, "many"]),
        "error_code": st.sampled_from([None, None, 30003, "30003", 30005, 77]),
    }
)
WINDOW = st.none() | CLOSE | MOMENTS

Stored = Callable[..., Service]


# Not made smaller when it fails, which takes minutes: an example is small enough.
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.reuse, Phase.generate],
)
@given(
    texts=st.lists(TEXT, max_size=12),
    lacking=st.sampled_from(["time", "direction", "from", "body", "num_segments", "none"]),
    tz=st.sampled_from(ZONES),
    since=WINDOW,
    until=WINDOW,
    categories=st.booleans(),
)
def test_a_service_and_its_frame_have_the_same_summaries(
    stored: Stored,
    texts: list[dict[str, Any]],
    lacking: str,
    tz: str,
    since: datetime | None,
    until: datetime | None,
    categories: bool,
) -> None:
    documents = [came() | text for text in texts]
    for document in documents[:1]:
        document.pop(lacking, None)
    service = stored(*documents)
    frame = service.texts(categories=categories)

    for by in BY:
        window: dict[str, Any] = {"since": since, "until": until, "tz": tz}
        ours = twilio_nb.summary(service, by, **window)
        pd.testing.assert_frame_equal(ours, twilio_nb.summary(frame, by, **window), obj=by)


def test_the_clock_of_a_zone_is_that_of_today_not_that_of_mongodb(stored: Stored) -> None:
    service = stored(came(time=datetime(2030, 7, 1, 12, tzinfo=UTC)))

    found = twilio_nb.summary(service, "hour", tz="America/Mexico_City")  # without summer time since 2022

    assert [hour for hour, received, _ in rows(found) if received] == [6]


def test_the_clock_of_a_zone_may_differ_by_quarters_of_an_hour(stored: Stored) -> None:
    service = stored(*(came(time=NOON.replace(minute=minute)) for minute in (14, 15, 59)))

    found = twilio_nb.summary(service, "hour", tz="Asia/Kathmandu")  # 5:45 ahead

    assert [row[:2] for row in rows(found) if row[1]] == [(17, 1), (18, 2)]


def test_a_service_knows_summer_time_too(stored: Stored) -> None:
    service = stored(
        came(time=datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # in Vienna 2:30
        came(time=datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # 2:30 once more
        came(time=datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),  # 1:59
        went(time=datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # 3:00
    )

    hours = twilio_nb.summary(service, "hour", tz="Europe/Vienna")
    weekdays = twilio_nb.summary(service, "weekday_hour", tz="Europe/Vienna")

    assert [row for row in rows(hours) if row[1] or row[2]] == [(1, 1, 0), (2, 2, 0), (3, 0, 1)]
    assert [row[:3] for row in rows(weekdays) if row[2]] == [(6, 1, 1), (6, 2, 2)]


@pytest.mark.parametrize("by", BY)
def test_a_service_without_texts_has_the_columns_and_types_of_a_frame(stored: Stored, by: str) -> None:
    service = stored()

    pd.testing.assert_frame_equal(twilio_nb.summary(service, by), twilio_nb.summary(service.texts(), by))


def test_a_summary_counts_the_texts_of_its_service_only(stored: Stored) -> None:
    service, other = stored(came(), went()), stored(came(), came())

    assert rows(twilio_nb.summary(service, "status"), "texts") == [(1,), (1,)]
    assert rows(twilio_nb.summary(other, "sender"), "texts") == [(2,)]


def test_a_window_begins_and_ends_with_the_millisecond_that_mongodb_keeps(stored: Stored) -> None:
    service = stored(came(time=NOON.replace(microsecond=3000)), came(time=NOON.replace(microsecond=5000)))
    window: dict[str, Any] = {
        "since": NOON.replace(microsecond=3900),
        "until": NOON.replace(microsecond=5100),
    }

    for given_ in (service, service.texts()):
        assert rows(twilio_nb.summary(given_, "sender", **window), "texts") == [(1,)]
