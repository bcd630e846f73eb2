"""The message log stores every text once, whatever is in it."""

from collections.abc import Callable
from typing import Any

import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.errors import StorageError, StoreUnavailable
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.selection import condition

Text = Callable[..., Document]


def test_a_text_is_returned_as_it_was_stored(log: MessageLog, text: Text) -> None:
    document = text()

    assert log.insert_many([document]) == [True]
    assert log.get(document["_id"]) == document


def test_a_text_that_comes_again_is_not_stored_again(log: MessageLog, text: Text) -> None:
    first, second = text("first"), text("second")
    log.insert_many([first])

    assert log.insert_many([second, first | {"body": "again"}, second]) == [True, False, False]
    stored = log.get(first["_id"])
    assert stored is not None
    assert stored["body"] == "first"


def test_no_texts_are_stored_without_asking_mongodb(log: MessageLog) -> None:
    assert log.insert_many([]) == []


def test_an_unknown_text_is_none(log: MessageLog) -> None:
    assert log.get("SM" + "0" * 32) is None


def test_a_deleted_text_is_gone(log: MessageLog, text: Text) -> None:
    document = text()
    log.insert_many([document])

    assert log.delete(document["_id"])
    assert not log.delete(document["_id"])
    assert log.get(document["_id"]) is None


@pytest.mark.parametrize(
    "pairs",
    [
        [("$where", "sleep(1000)"), ("$set", ""), ("_id", "1")],
        [("a.b", "1"), ("a.b", "2"), ("", "")],
        [("Media\0Url", "\0")],
        [("\ud800", "lone \udfff")],
        [("Latitude", "x" * 65_536)],
    ],
)
def test_any_form_is_stored_in_pairs(log: MessageLog, text: Text, pairs: list[tuple[str, str]]) -> None:
    document = text(extra=tuple(pairs))

    assert log.insert_many([document]) == [True]
    stored = log.get(document["_id"])
    assert stored is not None
    clean = [
        [part.encode("utf-8", "replace").decode().replace("?", "\ufffd") for part in pair] for pair in pairs
    ]
    assert stored["payload"][4:] == clean
    assert set(stored) == set(document)


def test_one_text_that_mongodb_refuses_does_the_others_no_harm(
    log: MessageLog, database: Database, text: Text
) -> None:
    database.db.command("collMod", "messages", validator={"body": {"$ne": "secret word"}})
    documents = [text(), text("secret word"), text()]

    outcomes = log.insert_many(documents)

    assert (outcomes[0], outcomes[2]) == (True, True)
    assert isinstance(outcomes[1], StorageError)
    assert not isinstance(outcomes[1], StoreUnavailable)
    assert "121" in str(outcomes[1])
    assert "secret word" not in repr(outcomes[1])


def test_it_is_told_where_messages_stand_as_far_as_they_are_known(log: MessageLog, text: Text) -> None:
    known = text()
    log.insert_many([known])

    assert log.standing([known["_id"], "SM" + "0" * 32]) == {
        known["_id"]: {
            name: known[name] for name in ("_id", "status", "error_code", "error_message") if name in known
        }
    }


def test_a_thousand_texts_at_once_are_one_write(log: MessageLog, database: Database, text: Text) -> None:
    before = commands(database, "insert")

    log.insert_many([text() for _ in range(1000)])

    assert commands(database, "insert") == before + 1


def test_the_queries_of_the_log_use_its_indexes(log: MessageLog, database: Database, text: Text) -> None:
    log.insert_many([text(service=service) for service in ("a", "b") for _ in range(50)])
    messages = database.db["messages"]
    queries: list[Any] = [
        messages.find({"service": "a"}).sort([("time", 1), ("_id", 1)]),
        messages.find({"from": "+15558675309", "to": "+15558675310"}).sort("time", -1),
        messages.find({"handling.state": {"$in": ["pending", "running"]}}).sort("time", 1),
        messages.find({"handling.state": "running", "handling.owner": "o"}),
    ]

    for query in queries:
        plan = str(query.explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan
        assert "'stage': 'SORT'" not in plan


def test_the_texts_of_somebody_are_found_without_reading_those_of_others(
    log: MessageLog, database: Database, text: Text
) -> None:
    log.insert_many([text() for _ in range(500)])
    log.insert_many([text(**{name: "+15550001111"}) for name in ("from", "to")])

    query = database.db["messages"].find(condition("s", with_="+15550001111")).sort([("time", 1), ("_id", 1)])

    assert query.explain()["executionStats"]["totalDocsExamined"] == 2


def commands(database: Database, name: str) -> int:
    """How many such commands the server has run since it started."""
    metrics = database.client.admin.command("serverStatus")["metrics"]["commands"]
    return int(metrics[name]["total"])


def test_details_are_what_frames_have_no_columns_for(log: MessageLog, text: Callable[..., Document]) -> None:
    first, second = text(extra=(("NumMedia", "1"), ("MediaUrl0", "https://api.twilio.com/m"))), text()
    log.insert_many([first, second])
    log.claim(first["_id"], owner="o", request_id="r")
    replies = [{"body": "Hi"}]
    log.settle(first["_id"], owner="o", request_id="r", state="failed", error="no", replies=replies)

    found = log.details([first["_id"], "SM0"])

    assert list(found) == [first["_id"]]
    assert found[first["_id"]]["media"] == [{"url": "https://api.twilio.com/m", "content_type": None}]
    assert found[first["_id"]]["handling"]["error"] == "no"
    assert [reply["body"] for reply in found[first["_id"]]["handling"]["replies"]] == ["Hi"]
    assert "body" not in found[first["_id"]]
