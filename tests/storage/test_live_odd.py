"""What nobody should have stored stands in a live frame where a fresh read would put it."""

from collections.abc import Callable
from typing import Any

import bson
import pytest
from bson import Binary, Int64, ObjectId
from bson.datetime_ms import DatetimeMS
from bson.raw_bson import RawBSONDocument

from tests.storage.fresh import is_fresh
from twilio_nb.domain.messages import Document
from twilio_nb.storage.database import Database
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.messages import MessageLog

Live = Callable[..., LiveFrame]
Text = Callable[..., Document]


ODD: list[dict[str, Any]] = [
    {"time": None},
    {"time": "tomorrow"},
    {"time": DatetimeMS(2**60)},
    {"time": Int64(7), "body": 7},
    {"body": None, "num_segments": 2.5, "handling": "none"},
    {"num_segments": "2", "error_code": 30003.0, "status": ["sent"], "handling": {"state": 1}},
    {"service": ["s", "t"]},
    {"unknown": {"a": 1}},
    {"media": [{"url": "https://example.org/1", "content_type": "image/png"}, {"url": 2}, "none"]},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_document_stands_where_a_read_puts_it(
    live: Live, database: Database, log: MessageLog, text: Text, odd: dict[str, Any]
) -> None:
    log.insert_many([text(), text(**odd)])
    inbox = live(columns="all")

    database.db["messages"].insert_many([text() | odd, {"_id": f"mine {odd}", "service": "s"}, text() | odd])
    assert is_fresh(inbox, database)
    database.db["messages"].update_many({}, {"$set": {"body": "changed"}})

    assert len(inbox) == 5
    assert is_fresh(inbox, database)


def test_bytes_that_are_no_utf8_and_ids_that_are_no_sids_are_followed(
    live: Live, database: Database, log: MessageLog, text: Text, eventually: Callable[..., None]
) -> None:
    inbox = live()
    raw = bson.encode(text("xxxx")).replace(b"xxxx", b"\xff\xfexx")
    database.db["messages"].insert_one(RawBSONDocument(raw))
    database.db["messages"].insert_one(text() | {"_id": ObjectId()})
    assert inbox.frame["body"].to_list() == ["\ufffd\ufffdxx", "Hello"]
    assert is_fresh(inbox, database)

    database.db["messages"].insert_one(text() | {"_id": {"no": "SID"}})
    log.insert_many([text()])

    eventually(lambda: is_fresh(inbox, database))
    assert len(inbox) == 4


def test_a_document_that_bson_refuses_is_read_and_followed_by_others(
    live: Live, database: Database, log: MessageLog, text: Text, eventually: Callable[..., None]
) -> None:
    inbox = live()
    false_length = bson.encode(text() | {"body": Binary(b"abcd", 2)}).replace(
        b"\x04\0\0\0abcd", b"\x63\0\0\0abcd"
    )
    database.db["messages"].insert_one(RawBSONDocument(false_length))
    log.insert_many([document := text()])

    eventually(lambda: is_fresh(inbox, database) and inbox.following)
    assert inbox.table["sid"].to_pylist() == [None, document["_id"]]
    log.insert_many([later := text()])
    assert inbox.frame["sid"].iloc[-1] == later["_id"]
