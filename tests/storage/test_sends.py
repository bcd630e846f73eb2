"""Claims: one sender for each key and recipient, whatever happens."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from twilio_nb.storage.database import Database
from twilio_nb.storage.sends import Sends, State

TO = "+15558675309"
ATTEMPT = {"to": TO, "body": "Hello"}


def test_the_first_claim_wins_and_later_ones_learn_of_it(database: Database) -> None:
    sends = Sends(database)

    assert sends.claim("monday", TO, ATTEMPT) is None
    earlier = sends.claim("monday", TO, ATTEMPT)

    assert earlier is not None
    assert (earlier["state"], earlier["sid"], earlier["claimed"].tzinfo is not None) == (
        "claimed",
        None,
        True,
    )


def test_another_key_or_recipient_is_another_claim(database: Database) -> None:
    sends = Sends(database)
    sends.claim("monday", TO, ATTEMPT)

    assert sends.claim("tuesday", TO, ATTEMPT) is None
    assert sends.claim("monday", "+15558675310", ATTEMPT) is None


def test_what_was_sent_is_remembered_with_its_sid(database: Database) -> None:
    sends = Sends(database)
    sends.claim("monday", TO, ATTEMPT)

    sends.finish("monday", TO, state="sent", sid="SM1")

    earlier = Sends(database).claim("monday", TO, ATTEMPT)
    assert earlier is not None
    assert (earlier["state"], earlier["sid"]) == ("sent", "SM1")


@pytest.mark.parametrize(("state", "may_try_again"), [("failed", True), ("sent", False)])
def test_only_what_certainly_failed_may_be_tried_again(
    database: Database, state: State, may_try_again: bool
) -> None:
    sends = Sends(database)
    sends.claim("monday", TO, ATTEMPT)
    sends.finish("monday", TO, state=state)

    assert (sends.claim("monday", TO, ATTEMPT) is None) == may_try_again
    assert sends.claim("monday", TO, ATTEMPT) is not None


@pytest.mark.parametrize("failed_before", [False, True])
def test_of_many_who_claim_at_once_one_wins(database: Database, failed_before: bool) -> None:
    sends = Sends(database)
    if failed_before:
        sends.claim("monday", TO, ATTEMPT)
        sends.finish("monday", TO, state="failed")

    with ThreadPoolExecutor(16) as threads:
        claims = list(threads.map(lambda _: sends.claim("monday", TO, ATTEMPT), range(64)))

    assert claims.count(None) == 1


def test_what_was_left_open_is_remembered_until_its_end_is_known(database: Database) -> None:
    sends = Sends(database)
    sends.claim("monday", TO, ATTEMPT)

    sends.leave_open("monday", TO, ATTEMPT)

    earlier = sends.claim("monday", TO, ATTEMPT)
    assert earlier is not None
    assert (earlier["state"], earlier["attempt"]) == ("unknown", ATTEMPT)
    sends.finish("monday", TO, state="sent", sid="SM1")
    assert "attempt" not in (sends.get("monday", TO) or {"attempt"})


def test_of_many_who_take_an_open_claim_over_one_wins(database: Database) -> None:
    sends = Sends(database)
    sends.leave_open("monday", TO, ATTEMPT)
    earlier = sends.get("monday", TO)
    assert earlier is not None

    with ThreadPoolExecutor(16) as threads:
        taken = list(threads.map(lambda _: sends.retake("monday", TO, earlier, ATTEMPT), range(64)))

    assert taken.count(True) == 1


def test_an_open_claim_is_removed_once(database: Database) -> None:
    sends = Sends(database)
    sends.leave_open({"digest": "d"}, TO, ATTEMPT)
    earlier = sends.get({"digest": "d"}, TO)
    assert earlier is not None

    assert [sends.remove({"digest": "d"}, TO, earlier) for _ in range(2)] == [True, False]
    assert sends.get({"digest": "d"}, TO) is None
