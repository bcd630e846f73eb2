"""The log is read by what is asked for, as a DataFrame of declared columns, and kept for the days that are set."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from twilio_nb.domain.entries import entry as made
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.database import Database
from twilio_nb.storage.indexes import LOG_DAYS_VARIABLE
from twilio_nb.storage.log_frames import SCHEMA, log_frame
from twilio_nb.storage.logs import LogBook

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = 24 * 3600


def entry(n: int, number: str = "+15558675309", **more: Any) -> dict[str, Any]:
    time = NOW + timedelta(seconds=n)
    message = {"_id": f"SM{n:032x}", "from": number, "to": "+15558675310"}
    given: dict[str, Any] = {
        "service": "s",
        "webhook": "w",
        "started": time,
        "completed": time,
        "source": "webhook",
    }
    return made(f"{n:024x}", message=message, **(given | more))


@pytest.fixture
def book(database: Database) -> LogBook:
    written = LogBook(database)
    written.add(
        [
            entry(1),
            entry(2, error="ValueError: no", webhook="other"),
            entry(3, "+15550001111"),
            entry(4, service="t"),
        ]
    )
    return written


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [3, 2, 1]),
        ({"status": "Error"}, [2]),  # LOG-05: three states, none of which hides anything
        ({"status": "OK"}, [3, 1]),
        ({"since": NOW + timedelta(seconds=2)}, [3, 2]),
        ({"until": NOW + timedelta(seconds=2)}, [1]),
        ({"webhook": "other"}, [2]),
        ({"from_": "+15550001111"}, [3]),
        ({"request_id": f"{1:024x}"}, [1]),
        ({"limit": 2}, [3, 2]),
        ({"limit": 0}, []),
        ({"limit": None}, [3, 2, 1]),
    ],
)
def test_what_is_asked_for_is_found_newest_first(  # LOG-03
    book: LogBook, asked: dict[str, Any], found: list[int]
) -> None:  # C12
    assert [int(one["_id"], 16) for one in book.find("s", **asked)] == found


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"status": "error"}, "'error'"),
        ({"since": datetime(2026, 1, 1)}, "no time zone"),  # noqa: DTZ001 - which is the mistake
        ({"webhook": {"$ne": ""}}, "webhook takes a string"),
        ({"request_id": {"$ne": ""}}, "request_id takes a string"),
        ({"limit": -1}, "-1"),
    ],
)
def test_what_cannot_be_meant_is_refused(book: LogBook, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        book.find("s", **asked)


def test_an_entry_holds_no_number_and_no_text(book: LogBook) -> None:  # LOG-01, LOG-10
    shown = str(book.find("s", status="Error"))

    assert "…5309" in shown
    assert "8675309" not in shown


def test_frames_have_the_same_columns_with_and_without_entries(book: LogBook) -> None:  # LOG-02
    log, empty = log_frame(book.find("s")), log_frame([])

    assert list(log.columns) == SCHEMA.names
    assert log.dtypes.equals(empty.dtypes)
    assert log["error_kind"].tolist()[1] == "ValueError"
    assert pd.Timestamp(log["started"].iloc[0]).tzinfo is not None


def test_entries_of_other_releases_become_rows_as_far_as_they_go() -> None:
    log = log_frame([{"_id": "x", "started": NOW, "warnings": "none", "duration": "long", "details": 3}])

    assert log["warnings"].isna().all()
    assert log["duration"].isna().all()
    assert log["request_id"].isna().all()


def kept(database: Database) -> int:
    return int(database.db["logs"].index_information()["started_1"]["expireAfterSeconds"])


def opened_anew(database: Database) -> int:
    """Seconds for which entries are kept once somebody has opened the database with the environment of now."""
    database._opened().prepared.discard(database.name)
    with Database.open(database.name) as again:
        return kept(again)


def test_the_days_that_are_set_hold_until_others_are_set(  # LOG-06
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(database) == 10 * DAY

    monkeypatch.setenv(LOG_DAYS_VARIABLE, "3")
    assert opened_anew(database) == 3 * DAY
    monkeypatch.delenv(LOG_DAYS_VARIABLE)  # as in a process that has nothing to say about it
    assert opened_anew(database) == 3 * DAY
    monkeypatch.setenv(LOG_DAYS_VARIABLE, "10")
    assert opened_anew(database) == 10 * DAY


@pytest.mark.parametrize("days", ["0", "-1", "ten", "1.5", "99999"])
def test_days_that_mean_nothing_are_refused(days: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOG_DAYS_VARIABLE, days)

    with pytest.raises(ConfigurationError, match=f"{LOG_DAYS_VARIABLE}='{days}'"):
        Database.open("never_opened")
