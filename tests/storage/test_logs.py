"""The log of webhooks keeps entries for ten days and returns the newest first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from twilio_nb.errors import StorageError
from twilio_nb.storage.database import Database
from twilio_nb.storage.logs import Figures, LogBook

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


def entry(n: int, **more: Any) -> dict[str, Any]:
    started = NOW + timedelta(seconds=n)
    return {"_id": f"{n:032x}", "service": "s", "webhook": "w", "started": started, "status": "OK", **more}


@pytest.fixture
def book(database: Database) -> LogBook:
    return LogBook(database)


def test_the_newest_entries_come_first(book: LogBook) -> None:
    book.add([entry(n) for n in range(5)])
    book.add([entry(9, webhook="other"), entry(10, service="other")])

    assert [found["_id"][-1] for found in book.find("s", limit=3)] == ["9", "4", "3"]
    assert [found["_id"][-1] for found in book.find("s", webhook="w")] == ["4", "3", "2", "1", "0"]
    assert book.find("s", webhook="w")[0] == entry(4)


def test_an_entry_that_comes_again_stays_as_it_is(book: LogBook) -> None:
    book.add([entry(1)])
    book.add([entry(1, status="Error"), entry(2), entry(1)])

    assert [found["status"] for found in book.find("s")] == ["OK", "OK"]


def test_no_entries_are_nothing_to_do(book: LogBook) -> None:
    book.add([])


def test_an_entry_that_mongodb_refuses_is_an_error(book: LogBook, database: Database) -> None:
    database.db.command("collMod", "logs", validator={"error": {"$exists": False}})

    with pytest.raises(StorageError, match="121"):
        book.add([entry(1), entry(2, error="ValueError")])


def test_an_error_that_no_bson_could_hold_is_kept_as_far_as_it_can_be(book: LogBook) -> None:
    book.add([entry(1, error="E: \ud800", warnings=["\udfff"])])

    assert book.find("s")[0]["error"] == "E: \ufffd"


def test_mongodb_forgets_entries_after_ten_days(database: Database) -> None:
    indexes = database.db["logs"].index_information()

    assert indexes["started_1"]["expireAfterSeconds"] == 10 * 24 * 3600


def called(n: int, seconds: float | None, **more: Any) -> dict[str, Any]:
    times = {"completed": NOW + timedelta(seconds=n + 1), "duration": seconds, "state": "answered"}
    return entry(n, **(times | more))


def test_the_calls_of_all_webhooks_are_counted_at_once(book: LogBook) -> None:
    book.add([called(n, seconds) for n, seconds in enumerate([0.004, 0.1, 0.0301, 0.0299, 3])])
    book.add([called(10, 0.5, webhook="other"), called(11, 0.5, service="other")])

    figures = book.figures(["s"])

    assert set(figures) == {("s", "w"), ("s", "other")}
    assert figures["s", "w"] == Figures(calls=5, failures=0, median=0.030)
    assert book.figures(["s", "other"])["other", "w"].calls == 1
    assert book.figures([]) == {}


def test_the_last_error_is_the_one_that_ended_last(book: LogBook) -> None:
    wrong = {"status": "Error", "state": "failed"}
    book.add(
        [
            called(1, 0.1, error="Z: first", **wrong),
            called(3, 0.1),
            called(2, 0.1, error="A: second", **wrong),
        ]
    )

    figures = book.figures(["s"])["s", "w"]

    assert (figures.calls, figures.failures) == (3, 2)
    assert (figures.error, figures.error_time) == ("A: second", NOW + timedelta(seconds=3))


def test_what_reached_no_handler_is_no_call_and_what_was_interrupted_has_no_time(book: LogBook) -> None:
    refused = called(1, None, status="Error", state=None, error="SignatureError: no", sid=None)
    interrupted = called(2, None, status="Error", state="interrupted", error="The kernel left.")
    late = called(3, None, state="late")
    book.add([refused, late, called(4, None, state="pending")])
    assert book.figures(["s"]) == {}

    book.add([interrupted])

    assert book.figures(["s"])["s", "w"] == Figures(
        1, 1, None, "The kernel left.", NOW + timedelta(seconds=3)
    )


def test_entries_of_other_releases_do_not_spoil_the_figures(book: LogBook) -> None:
    book.add([entry(1), called(2, 0.1), called(3, 0.1, status="Error", error=None)])

    assert book.figures(["s"])["s", "w"].calls == 2
