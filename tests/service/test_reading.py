"""Texts of a service as a frame, and as a table that other libraries take as it is."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from twilio_nb.domain.messages import inbound
from twilio_nb.errors import ConfigurationError, InvalidAddress, WebhookNotFound
from twilio_nb.service import Service
from twilio_nb.storage.columns import SCHEMA
from twilio_nb.storage.messages import MessageLog

BEGAN = datetime(2026, 11, 26, 8, tzinfo=UTC)
FRIEND = "+15558675309"


@pytest.fixture
def texts(service: Service) -> list[dict[str, Any]]:
    """Twelve texts of two people, the last four with a picture."""
    documents = []
    for n in range(12):
        form = [("MessageSid", f"SM{n:032x}"), ("From", FRIEND if n % 3 else "+15558675300")]
        form += [("To", "+15558675310"), ("Body", f"{n}: $5 Größe"), ("NumMedia", str(int(n >= 8)))]
        form += [("MediaUrl0", f"https://example.org/{n}.png"), ("MediaContentType0", "image/png")]
        time = BEGAN + timedelta(hours=n)
        documents.append(
            inbound(form, service=service.name, webhook="w", source="webhook", time=time, store_only=True)
        )
    MessageLog(service.database).insert_many(documents)
    return documents


def test_polars_and_duckdb_take_the_table_as_it_is(service: Service, texts: list[dict[str, Any]]) -> None:
    table = service.table(columns="all")

    in_polars = pl.from_arrow(table)
    connection = duckdb.connect()
    connection.register("texts", table)
    counted = connection.sql('select "from", count(*) from texts group by 1 order by 2')

    assert isinstance(in_polars, pl.DataFrame)
    assert in_polars.columns == SCHEMA.names
    assert in_polars["body"].to_list() == [one["body"] for one in texts]
    assert in_polars["time"].dt.hour().to_list() == list(range(8, 20))
    assert counted.fetchall() == [("+15558675300", 4), (FRIEND, 8)]


def test_the_table_holds_what_the_frame_holds(service: Service, texts: list[dict[str, Any]]) -> None:
    which: dict[str, Any] = {"since": BEGAN + timedelta(hours=2), "with_": FRIEND, "limit": 5}

    frame = service.texts(**which)

    pd.testing.assert_frame_equal(service.table(**which).to_pandas(types_mapper=pd.ArrowDtype), frame)
    assert len(frame) == 5


def test_texts_with_somebody_are_found_however_the_number_is_written(
    service: Service, texts: list[dict[str, Any]]
) -> None:
    assert len(service.texts(with_="+1 (555) 867-5309")) == 8
    with pytest.raises(InvalidAddress):
        service.texts(with_="555 867 5309")


@pytest.mark.parametrize("categories", [False, True])
def test_a_full_frame_does_what_frames_do(
    service: Service, texts: list[dict[str, Any]], categories: bool
) -> None:
    frame = service.texts(columns="all", categories=categories)

    frame.info(memory_usage="deep", buf=(shown := io.StringIO()))
    frame.to_parquet(file := io.BytesIO())

    assert "12 entries" in shown.getvalue()
    assert frame.memory_usage(deep=True).min() > 0
    assert len(pd.read_parquet(file)) == 12
    assert frame.groupby("from", observed=True)["num_media"].sum().to_dict() == {FRIEND: 3, "+15558675300": 1}
    assert frame.sort_values(["from", "time"], ascending=False)["time"].iloc[0] == BEGAN + timedelta(hours=11)
    people = pd.DataFrame({"phone": [FRIEND], "name": ["Jenny"]})
    assert frame.merge(people, left_on="from", right_on="phone")["name"].tolist() == ["Jenny"] * 8
    assert frame["media_urls"].iloc[-1] == "https://example.org/11.png"
    assert frame.describe(include="all").loc["count", "sid"] == 12
    assert frame.set_index("time").resample("6h")["sid"].count().sum() == 12
    assert "Größe" in frame.to_csv()


@pytest.mark.parametrize(
    ("which", "says"),
    [
        ({"direction": "in"}, "choose inbound, outbound"),
        ({"words": 5}, "words takes a string or several"),
        ({"limit": "3"}, "use a whole number"),
        ({"since": pd.Timestamp("2026-11-26")}, r"\.replace\(tzinfo=UTC\) gives it one"),
        ({"since": pd.NaT}, "NaT is no time"),
    ],
)
def test_what_would_choose_nothing_is_refused(service: Service, which: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        service.texts(**which)


def test_a_thread_with_an_object_is_refused_and_shows_nothing_of_it(service: Service) -> None:
    with pytest.raises(InvalidAddress, match=r"^A list is no sender"):
        service.thread(["+15558675309"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("which", "kind", "says"),
    [
        (
            {"webhook": "inbocks"},
            WebhookNotFound,
            "no webhook 'inbocks'; it has: inbox. Did you mean 'inbox'",
        ),
        ({"status": "deliverd"}, ConfigurationError, "the status 'deliverd'.* Did you mean 'delivered'"),
        ({"status": ["received", "READ"]}, ConfigurationError, "Did you mean 'read'"),
    ],
)
def test_a_name_that_finds_nothing_because_it_is_misspelt_is_told(
    service: Service, texts: list[dict[str, Any]], which: dict[str, Any], kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        service.texts(**which)


def test_a_name_that_texts_have_is_known_though_nobody_defined_it(
    service: Service, texts: list[dict[str, Any]]
) -> None:
    late: dict[str, Any] = {"since": datetime.now(UTC) + timedelta(days=1)}
    service.database.collection("messages").update_one(
        {"_id": texts[0]["_id"]}, {"$set": {"status": "newest"}}
    )

    assert len(service.texts(webhook="w", **late)) == 0
    assert len(service.texts(status="newest")) == 1
