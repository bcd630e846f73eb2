"""Each summary of a short history, counted by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

import twilio_nb
from tests.analysis.history import ANNA, BERT, NOON, came, frame_of, rows, went
from twilio_nb.sending.advice import ADVICE

BY = ("hour", "weekday_hour", "day", "sender", "status", "keyword", "error", "segments", "response_time")
SECOND, MINUTE, HOUR, DAY = (pd.Timedelta(1, unit) for unit in ("s", "min", "h", "D"))


def summary(by: str, *documents: dict[str, Any], **options: Any) -> list[tuple[Any, ...]]:
    return rows(twilio_nb.summary(frame_of(*documents), by, **options))


def test_hours_count_what_came_and_what_went() -> None:
    found = summary("hour", came(), came(minutes=59), went(minutes=60), went(direction="outbound-reply"))

    assert [row for row in found if row[1] or row[2]] == [(12, 2, 1), (13, 0, 1)]
    assert [hour for hour, *_ in found] == list(range(24))


def test_weekdays_begin_with_monday() -> None:
    found = summary("weekday_hour", came(minutes=-3 * 24 * 60), went(), came(minutes=10))  # a Thursday

    assert [row for row in found if row[2] or row[3]] == [(0, 12, 1, 0), (3, 12, 1, 1)]
    assert [row[:2] for row in found] == [(day, hour) for day in range(7) for hour in range(24)]


def test_days_without_a_text_are_days_too() -> None:
    found = summary("day", came(num_segments=2), went(num_segments=3), came(minutes=2 * 24 * 60))

    assert found == [
        (date(2026, 11, 5), 1, 1, 5),
        (date(2026, 11, 6), 0, 0, 0),
        (date(2026, 11, 7), 1, 0, 1),
    ]


def test_a_text_of_an_unknown_number_of_segments_adds_none_to_its_day() -> None:
    assert summary("day", came(num_segments=None), came()) == [(date(2026, 11, 5), 2, 0, 1)]


def test_hours_and_days_are_those_of_the_zone_in_summer_and_winter() -> None:
    moments = [
        datetime(2026, 10, 24, 22, 30, tzinfo=UTC),  # in Vienna the 25th, 0:30
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 2:30
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # 2:30 once more
        datetime(2026, 10, 25, 23, 30, tzinfo=UTC),  # the 26th, 0:30: this day had 25 hours
    ]
    texts = [came(time=moment) for moment in moments]

    hours = summary("hour", *texts, tz="Europe/Vienna")
    days = summary("day", *texts, tz="Europe/Vienna")
    weekdays = summary("weekday_hour", *texts, tz="Europe/Vienna")

    assert [row for row in hours if row[1]] == [(0, 2, 0), (2, 2, 0)]
    assert days == [(date(2026, 10, 25), 3, 0, 3), (date(2026, 10, 26), 1, 0, 1)]
    assert [row for row in weekdays if row[2]] == [(0, 0, 1, 0), (6, 0, 1, 0), (6, 2, 2, 0)]


def test_senders_are_those_who_wrote_to_us_the_busiest_first() -> None:
    found = summary("sender", came(sender=BERT), came(minutes=1), came(minutes=3), went(to=BERT))

    minute = timedelta(minutes=1)
    assert found == [(ANNA, 2, NOON + minute, NOON + 3 * minute, 2 / 3), (BERT, 1, NOON, NOON, 1 / 3)]


def test_what_has_no_sender_is_a_row_of_its_own() -> None:
    found = summary("sender", came() | {"from": None, "time": None}, came())

    assert found == [(ANNA, 1, NOON, NOON, 0.5), (None, 1, None, None, 0.5)]


def test_statuses_have_their_share_of_their_direction() -> None:
    texts = [came(), went(), went(status="failed"), went(direction="outbound-reply"), went(status=None)]

    assert summary("status", *texts, went(direction="sideways")) == [
        ("inbound", "received", 1, 1.0),
        ("outbound", "delivered", 2, 0.5),
        ("outbound", "failed", 1, 0.25),
        ("outbound", None, 1, 0.25),
        (None, "delivered", 1, 1.0),
    ]


def test_a_keyword_is_one_however_it_is_written() -> None:
    spelled = [
        "yes",
        "YES!",
        " Yes ",
        "«yes»",
        "No",
        "yes\nplease",
        "Yes  please.",
        "👍",
        "??",
        "STRASSE",
        "straße",
    ]
    long = ["yes, and here is a longer story", "", " ", None]
    texts = [came(body or "", n, sender=BERT if n else ANNA) for n, body in enumerate(spelled + long)]

    assert summary("keyword", *texts, went("yes"), came("yes") | {"from": None}) == [
        ("yes", 5, 2),
        ("strasse", 2, 1),
        ("yes please", 2, 1),
        ("??", 1, 1),
        ("no", 1, 1),
        ("👍", 1, 1),
    ]


def test_errors_are_those_of_what_we_sent_in_words() -> None:
    texts = [went(error_code=code) for code in (30003, 30003, 30005, 99999, None)]

    assert summary("error", *texts, came(error_code=11200)) == [
        (30003, 2, 0.4, ADVICE[30003]),
        (30005, 1, 0.2, ADVICE[30005]),
        (99999, 1, 0.2, None),
    ]


def test_segments_are_counted_by_direction() -> None:
    texts = [
        came(),
        came(num_segments=3),
        came(num_segments=3),
        went(num_segments=None),
        went(num_segments=2),
    ]

    assert summary("segments", *texts) == [
        ("inbound", 1, 1, 1),
        ("inbound", 3, 2, 6),
        ("outbound", 2, 1, 2),
        ("outbound", None, 1, 0),
    ]


def test_response_times_fall_into_buckets() -> None:
    answered = [came("1", 0), came("2", 9.9), went("to both", 10), came("3", 20), went("at once", 20)]

    found = summary(
        "response_time", *answered, came("4", 30), came("5", 0, BERT), went("late", 6 * 24 * 60, BERT)
    )

    assert [row for row in found if row[2]] == [
        (0 * SECOND, SECOND, 1, 0.2),
        (SECOND, 10 * SECOND, 1, 0.2),
        (10 * MINUTE, HOUR, 1, 0.2),
        (DAY, 7 * DAY, 1, 0.2),
        (None, None, 1, 0.2),
    ]
    assert [row[:2] for row in found[-3:]] == [(DAY, 7 * DAY), (7 * DAY, None), (None, None)]
    assert len(found) == 10


def test_what_is_answered_after_the_window_has_no_answer() -> None:
    texts = frame_of(came("1", 0), came("2", 5), went("answer", 10))

    found = twilio_nb.summary(
        texts, "response_time", since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=10)
    )

    assert found["texts"].to_list() == [0] * 9 + [1]


def test_what_goes_neither_way_is_in_no_hour_day_or_error() -> None:
    odd = came(direction="sideways", error_code=30003)

    assert summary("day", odd, odd | {"direction": None}) == []
    assert summary("day", odd, came()) == [(date(2026, 11, 5), 1, 0, 1)]
    assert not any(row[1] or row[2] for row in summary("hour", odd))
    assert summary("error", odd) == []


def test_a_text_without_a_time_is_in_no_hour_and_no_window() -> None:
    odd = came(time=None)

    assert summary("day", odd) == []
    assert not any(row[1] for row in summary("hour", odd))
    assert summary("status", odd, since=datetime(1, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize("by", BY)
def test_a_summary_of_nothing_has_the_same_columns_and_types(by: str) -> None:
    some = twilio_nb.summary(frame_of(came(), went(error_code=30003)), by)
    none = twilio_nb.summary(frame_of(), by)

    assert none.dtypes.equals(some.dtypes)
    assert all(isinstance(kind, pd.ArrowDtype) for kind in none.dtypes)
    assert isinstance(some.index, pd.RangeIndex)
    assert "texts" not in none or none["texts"].sum() == 0
