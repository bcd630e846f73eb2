"""Many texts at once reach the message log, durably and once."""

from collections.abc import Callable, Iterator

import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.errors import StorageError
from twilio_nb.storage import bulk
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog

Text = Callable[..., Document]


def test_more_texts_than_fit_into_one_write_are_stored_each_once(
    database: Database, log: MessageLog, text: Text
) -> None:
    texts = [text() for _ in range(4500)]

    assert bulk.store(log, iter(texts)) == 4500
    assert database.db["messages"].count_documents({}) == 4500
    assert bulk.store(log, [*texts[4000:], text()]) == 1
    assert database.db["messages"].count_documents({}) == 4501


def test_nothing_is_stored_of_nothing(log: MessageLog) -> None:
    assert bulk.store(log, []) == 0


def test_what_is_there_already_is_left_as_it_is(log: MessageLog, text: Text) -> None:
    first = text("first")
    log.insert_many([first])

    bulk.store(log, [first | {"body": "second"}])

    found = log.get(first["_id"])
    assert found is not None
    assert found["body"] == "first"


def test_what_came_before_an_interruption_is_stored(database: Database, log: MessageLog, text: Text) -> None:
    def interrupted() -> Iterator[Document]:
        yield from (text() for _ in range(5000))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bulk.store(log, interrupted())

    assert database.db["messages"].count_documents({}) == 4000


def test_a_refused_text_is_reported_and_does_the_others_no_harm(
    database: Database, log: MessageLog, text: Text
) -> None:
    database.db.command("collMod", "messages", validator={"body": {"$ne": "secret word"}})

    with pytest.raises(StorageError, match="refused") as caught:
        bulk.store(log, [text(), text("secret word"), text()])

    assert "secret" not in str(caught.value)
    assert database.db["messages"].count_documents({}) == 2
