"""Texts become a frame of declared types, whatever a document holds."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from bson import Binary, Decimal128, Int64, ObjectId
from bson.datetime_ms import DatetimeMS
from bson.raw_bson import RawBSONDocument

from twilio_nb.domain.messages import Document, outbound
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.columns import CATEGORICAL, DEFAULT, SCHEMA
from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import frame, table
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.selection import condition

Text = Callable[..., Document]
ODD_VALUES: list[Any] = [
    7,
    2.5,
    True,
    "text",
    {"a": 1},
    [1],
    b"bytes",
    None,
    ObjectId(),
    Decimal128("1.5"),
    Int64(2**62),
    Binary(b"\xff"),
    DatetimeMS(2**60),
    datetime(1, 1, 1, tzinfo=UTC),
    float("nan"),
    float("inf"),
]


def texts(database: Database, *, limit: int | None = None, columns: Any = None, **which: Any) -> pd.DataFrame:
    """The frame that a service shows."""
    return frame(table(database, condition(**which), limit=limit, columns=columns))


def test_a_frame_has_the_published_columns_and_types_also_when_it_is_empty(
    database: Database, log: MessageLog, text: Text
) -> None:
    empty = texts(database)
    log.insert_many([text()])

    assert list(empty.columns) == list(DEFAULT)
    assert empty.dtypes.equals(texts(database).dtypes)
    assert len(empty) == 0
    assert empty.dtypes["time"] == pd.ArrowDtype(SCHEMA.field("time").type)


def test_a_row_says_what_its_document_says(database: Database, log: MessageLog, text: Text) -> None:
    document = text("Grüße 😀\0", extra=(("NumMedia", "2"),))
    log.insert_many([document])

    (row,) = texts(database).to_dict("records")

    assert row == {
        "sid": document["_id"],
        "time": document["time"],
        "direction": "inbound",
        "from": "+15558675309",
        "to": "+15558675310",
        "body": "Grüße 😀\0",
        "status": "received",
        "num_segments": 1,
        "num_media": 2,
        "error_code": None,
        "webhook": "w",
        "state": "pending",
    }


def test_an_outbound_message_has_no_state(database: Database, log: MessageLog, now: datetime) -> None:
    record = {"sid": "SM" + "f" * 32, "date_created": now, "status": "failed", "error_code": 30003}
    log.record_outbound(outbound(record, service="s", source="send"))

    (row,) = texts(database).to_dict("records")

    assert (row["error_code"], row["direction"]) == (30003, "outbound-api")
    assert row["state"] is None


def test_the_oldest_text_comes_first_whatever_the_order_of_arrival(
    database: Database, log: MessageLog, text: Text, now: datetime
) -> None:
    documents = [text() for _ in range(10)]
    same = [text(time=now) for _ in range(3)]
    log.insert_many([*reversed(documents), *reversed(same)])

    expected = sorted([*documents, *same], key=lambda one: (one["time"], one["_id"]))
    assert list(texts(database)["sid"]) == [one["_id"] for one in expected]


def test_texts_are_chosen_by_service_direction_address_and_time(
    database: Database, log: MessageLog, text: Text, now: datetime
) -> None:
    log.insert_many([text() for _ in range(5)])
    log.insert_many(
        [text(service="t"), text(**{"from": "+1"}), text(to="+1"), text(direction="outbound-api")]
    )

    def count(**wanted: Any) -> int:
        return len(texts(database, **wanted))

    assert count() == 9
    assert count(service="t") == 1
    assert count(direction="outbound-api") == 1
    assert count(with_="+1") == 2
    assert count(since=now + timedelta(seconds=3)) == 6
    assert count(until=now + timedelta(seconds=3)) == 3
    assert count(service="s", since=now + timedelta(seconds=1), until=now + timedelta(seconds=3)) == 2


def test_a_limit_keeps_the_newest_in_order(database: Database, log: MessageLog, text: Text) -> None:
    documents = [text() for _ in range(10)]
    log.insert_many(documents)

    assert list(texts(database, limit=3)["sid"]) == [one["_id"] for one in documents[-3:]]
    assert len(texts(database, limit=0)) == 0
    assert len(texts(database, limit=100)) == 10


def test_columns_come_as_asked(database: Database, log: MessageLog, text: Text) -> None:
    log.insert_many([text("b"), text("a")])

    frame = texts(database, columns=["body", "state"])

    assert list(frame.columns) == ["body", "state"]
    assert list(frame["body"]) == ["b", "a"]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"columns": ["boddy"]}, {"columns": ["body", "body"]}),
        *({"limit": -1}, {"limit": "5"}, {"limit": 2.5}),
        *({"since": datetime(2026, 1, 1)}, {"until": "1h"}),  # noqa: DTZ001
        *({"with_": {"$ne": ""}}, {"direction": {"$ne": ""}}, {"webhook": 5}),
        *({"words": 5}, {"words": [{"$ne": ""}]}, {"status": {5}}),
    ],
)
def test_what_cannot_be_asked_is_refused(database: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        texts(database, **wrong)


@pytest.mark.parametrize("name", [*DEFAULT, "handling"])
def test_an_odd_value_changes_its_own_cell_and_no_other(
    database: Database, log: MessageLog, text: Text, name: str
) -> None:
    ordinary = [text(str(n)) for n in range(3)]
    odd = [text("odd") for _ in ODD_VALUES]
    for document, value in zip(odd, ODD_VALUES, strict=True):
        target, key = (document["handling"], "state") if name == "state" else (document, name)
        target["_id" if key == "sid" else key] = value
    log.insert_many(ordinary)
    usual = texts(database)
    database.db["messages"].insert_many([one for one in odd if not isinstance(one["_id"], list)])

    frame = texts(database)

    assert frame.dtypes.equals(usual.dtypes)
    kept = frame[frame["sid"].isin(usual["sid"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, usual)
    others = frame[~frame["sid"].isin(usual["sid"])].drop(columns=[name, "state"], errors="ignore")
    assert set(others.get("body", pd.Series(["odd"]))) <= {"odd"}


@pytest.mark.parametrize(
    ("value", "cell"),
    [(2.0, 2), (2.5, None), ("2", 2), ("two", None), (True, None), (Int64(2**62), 2**62), ({}, None)],
)
def test_a_number_is_taken_whole_or_not_at_all(
    database: Database, log: MessageLog, text: Text, value: Any, cell: int | None
) -> None:
    log.insert_many([text(num_segments=value), text(num_segments=3)])

    assert texts(database)["num_segments"].to_list() == [cell if cell is not None else pd.NA, 3]


def test_bytes_that_are_no_utf8_do_not_end_the_read(database: Database, log: MessageLog, text: Text) -> None:
    import bson

    raw = bson.encode(text("xxxx")).replace(b"xxxx", b"\xff\xfexx")
    database.db["messages"].insert_one(RawBSONDocument(raw))
    log.insert_many([text("good")])

    assert list(texts(database)["body"]) == ["\ufffd\ufffdxx", "good"]


def test_a_document_that_is_almost_empty_is_a_row_of_nulls_before_all_that_have_a_time(
    database: Database, log: MessageLog, text: Text
) -> None:
    log.insert_many([text()])
    database.db["messages"].insert_one({"_id": "mine"})

    frame = texts(database)

    assert list(frame["sid"].isin(["mine"])) == [True, False]
    assert frame.iloc[0].drop("sid").isna().all()


def test_more_texts_than_one_chunk_are_all_there(
    database: Database, log: MessageLog, text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_nb.storage.frames._CHUNK", 7)
    log.insert_many([text(str(n)) for n in range(50)])

    assert list(texts(database)["body"]) == [str(n) for n in range(50)]


def test_a_frame_does_what_frames_do(database: Database, log: MessageLog, text: Text) -> None:
    log.insert_many([text(str(n % 3)) for n in range(30)])
    frame = texts(database)

    frame.info(buf=(shown := io.StringIO()))
    frame.to_parquet(file := io.BytesIO())

    assert "30 entries" in shown.getvalue()
    assert frame.memory_usage(deep=True).sum() > 0
    assert frame.groupby("body").size().to_list() == [10, 10, 10]
    assert frame.groupby(frame["time"].dt.floor("10s"))["num_segments"].sum().to_list() == [10, 10, 10]
    assert frame.sort_values(["body", "time"])["body"].iloc[-1] == "2"
    assert len(frame.merge(frame[["sid"]], on="sid")) == 30
    assert frame["body"].str.len().sum() == 30
    pd.testing.assert_frame_equal(pd.read_parquet(file, dtype_backend="pyarrow"), frame)
    assert str(frame["time"].dt.tz_convert("Europe/Vienna").dtype).endswith("Vienna][pyarrow]")


def test_texts_are_chosen_by_words_webhook_and_status(
    database: Database, log: MessageLog, text: Text
) -> None:
    bodies = [
        "zero \0.",
        "Stop!",
        "please STOP",
        "stopping by",
        "non-stop",
        "Größe: 3 (XL)",
        "thank   you",
        "a.b",
        "axb",
    ]
    log.insert_many([text(body) for body in bodies])
    log.insert_many([text(webhook="other"), text(status="failed", direction="outbound-reply")])

    def found(**wanted: Any) -> list[str]:
        return texts(database, **wanted)["body"].to_list()

    assert found(words="stop") == ["Stop!", "please STOP", "non-stop"]
    assert found(words="stop Please") == ["please STOP"]
    assert found(words="GRÖSSE") == []
    assert found(words="grÖße") == ["Größe: 3 (XL)"]
    assert found(words=["thank you"]) == ["thank   you"]
    assert found(words="a.b") == ["a.b"]
    assert found(words="(XL)") == ["Größe: 3 (XL)"]
    assert found(words="zero \0.") == ["zero \0."]
    assert len(found(words=" ")) == 11
    assert len(found(webhook="other")) == 1
    assert len(found(status="failed")) == 1
    assert len(found(status=["failed", "received"])) == 11
    assert len(found(direction="outbound")) == 1


def test_categories_hold_the_same_values(database: Database, log: MessageLog, text: Text) -> None:
    log.insert_many([text(str(n), **{"from": f"+{n % 3}"}) for n in range(30)])
    read = table(database, {}, columns="all")

    with_categories = frame(read, categories=True)

    plain = frame(read)
    assert {name for name, kind in with_categories.dtypes.items() if kind == "category"} == set(CATEGORICAL)
    assert list(with_categories.columns) == list(plain.columns) == SCHEMA.names
    assert with_categories["from"].astype("string[pyarrow]").to_list() == plain["from"].to_list()
    assert with_categories.groupby("from", observed=True).size().to_list() == [10, 10, 10]
    assert with_categories["service"].memory_usage(index=False) < plain["service"].memory_usage(index=False)
    assert frame(table(database, {"service": "none"}), categories=True)["from"].dtype == "category"


def test_the_full_set_tells_media_prices_and_dates(
    database: Database, log: MessageLog, now: datetime
) -> None:
    record = {"sid": "SM" + "e" * 32, "date_created": now, "date_sent": now, "price": "-0.00750"}
    log.record_outbound(outbound(record, service="s", source="send"))
    media = [
        {"url": "https://example.org/1.png", "content_type": "image/png"},
        {"url": "https://example.org/2"},
    ]
    database.db["messages"].update_one({}, {"$set": {"media": media}})

    (row,) = texts(database, columns="all").to_dict("records")

    assert row["media_urls"] == "https://example.org/1.png https://example.org/2"
    assert row["media_types"] == "image/png ?"
    assert row["price"] == -0.0075
    assert row["date_sent"] == now
    assert (row["service"], row["source"]) == ("s", "send")
