"""A summary takes the frames that people have: filtered, from files, with categories; and says what it cannot take."""

import io
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import twilio_nb
from tests.analysis.history import BERT, NOON, came, frame_of, rows, went
from tests.analysis.test_summaries import BY
from twilio_nb.errors import ConfigurationError

TEXTS = frame_of(
    came("yes", 0, num_segments=2),
    went("ok", 1, error_code=30003),
    came("no", 2, sender=BERT),
    came("?", 9, time=None, num_segments=None),
)
ADDRESSES = {"from": str, "to": str}


def parquet(texts: pd.DataFrame, **options: Any) -> pd.DataFrame:
    texts.to_parquet(file := io.BytesIO())
    return pd.read_parquet(file, **options)


def csv(texts: pd.DataFrame, **options: Any) -> pd.DataFrame:
    texts.to_csv(file := io.StringIO(), index=False)
    file.seek(0)
    read: pd.DataFrame = pd.read_csv(file, **options)
    return read


def in_categories(texts: pd.DataFrame) -> pd.DataFrame:
    few = ["direction", "from", "to", "status"]
    return texts.assign(**{name: texts[name].astype("category") for name in few})


WAYS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "categories": in_categories,
    "categories of plain strings": lambda texts: parquet(in_categories(texts)),
    "parquet": parquet,
    "parquet with Arrow's types": lambda texts: parquet(texts, dtype_backend="pyarrow"),
    "csv": lambda texts: csv(texts, dtype=ADDRESSES),
    "csv with times": lambda texts: csv(texts, dtype=ADDRESSES, parse_dates=["time"]),
    "csv with nullable types": lambda texts: csv(texts, dtype=ADDRESSES, dtype_backend="numpy_nullable"),
    "another zone": lambda texts: texts.assign(time=texts["time"].dt.tz_convert("Asia/Tokyo")),
    "csv of another zone": lambda texts: csv(
        texts.assign(time=texts["time"].dt.tz_convert("Asia/Tokyo")), dtype=ADDRESSES
    ),
    "nanoseconds": lambda texts: texts.assign(time=texts["time"].astype("datetime64[ns, UTC]")),
    "objects": lambda texts: texts.astype(object),
}


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("way", WAYS)
def test_a_frame_that_went_through_a_file_has_the_same_summaries(way: str, by: str) -> None:
    again = WAYS[way](TEXTS)

    pd.testing.assert_frame_equal(twilio_nb.summary(again, by), twilio_nb.summary(TEXTS, by))


def test_a_window_applies_to_a_frame_with_any_index() -> None:
    shuffled = TEXTS.sample(frac=1, random_state=1).set_index("sid")

    found = twilio_nb.summary(
        shuffled, "sender", since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=3)
    )

    assert rows(found, "from", "texts") == [(BERT, 1)]


def test_a_filtered_frame_is_counted_as_it_is() -> None:
    found = twilio_nb.summary(TEXTS[TEXTS["body"] == "no"], "response_time")

    assert found["texts"].sum() == 1


def test_frames_put_together_are_counted_together() -> None:
    found = twilio_nb.summary(pd.concat([TEXTS, TEXTS]), "day", since=NOON)

    assert rows(found, "received", "sent", "segments") == [(4, 2, 8)]


def test_a_summary_leaves_its_frame_alone() -> None:
    before = TEXTS.copy(deep=True)

    for by in BY:
        twilio_nb.summary(TEXTS, by)

    pd.testing.assert_frame_equal(TEXTS, before)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TEXTS.drop(columns="time"), "no time"),
        (TEXTS.drop(columns=["time", "direction"]), "no direction, no time"),
        (pd.DataFrame({"a": [1]}), "no direction"),
        (TEXTS.assign(time=TEXTS["time"].dt.tz_localize(None)), "no time zone"),
        (csv(TEXTS.assign(time=TEXTS["time"].dt.tz_localize(None)), dtype=ADDRESSES), "aware times"),
        (TEXTS.assign(time=1.5), "aware times"),
        (TEXTS.assign(direction=7), "read_csv"),
        (TEXTS.assign(direction=pd.Categorical([7] * len(TEXTS))), "read_csv"),
        (TEXTS.assign(num_segments="many"), "whole numbers"),
        (TEXTS.assign(num_segments=1.5), "whole numbers"),
        (TEXTS.assign(direction=pd.Series([["inbound"], 2.5, {}, b"x"], dtype=object)), "than text"),
    ],
)
def test_a_frame_that_is_none_of_texts_is_refused_with_what_it_lacks(wrong: pd.DataFrame, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        twilio_nb.summary(wrong, "day")


def test_a_refusal_quotes_no_body() -> None:
    wrong = TEXTS.assign(body=pd.Series([5, "my secret", "a", "b"], dtype=object))

    with pytest.raises(ConfigurationError) as refused:
        twilio_nb.summary(wrong, "keyword")

    assert "secret" not in "".join(traceback.format_exception(refused.value))


def test_addresses_that_lost_their_plus_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"read_csv\(…, dtype=\{'from': str\}\)"):
        twilio_nb.summary(csv(TEXTS), "sender")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "dya"}, "choose hour, .*response_time"),
        ({"by": ["day"]}, "There is no summary"),
        ({"by": "day", "tz": "Vienna"}, "no time zone 'Vienna'"),
        ({"by": "day", "tz": ""}, "no time zone"),
        ({"by": "day", "tz": "../etc"}, "no time zone"),
        ({"by": "day", "tz": "America"}, "no time zone"),
        ({"by": "day", "tz": None}, "no time zone"),
        ({"by": "day", "since": datetime(2026, 1, 1)}, "no time zone"),  # noqa: DTZ001
        ({"by": "day", "until": "1h"}, "is no time"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        twilio_nb.summary(TEXTS, **options)


@pytest.mark.parametrize("wrong", [None, [came()], "texts.parquet", Path("texts.parquet")])
def test_only_frames_and_services_are_counted(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="a frame of texts or a service"):
        twilio_nb.summary(wrong, "day")
