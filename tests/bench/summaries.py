"""Summaries counted by MongoDB, beside loading every text and counting with pandas."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd

from tests.bench.history import UNTIL, filled, lasting
from tests.bench.rows import Row, turns
from twilio_nb import summary
from twilio_nb.analysis.conversations import conversations
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

BY = ("hour", "weekday_hour", "day", "sender", "status", "keyword", "error", "response_time", "segments")
TEXTS = 1_000_000
END = datetime.fromtimestamp(UNTIL / 1000, UTC)
WEEK = {"since": END - timedelta(days=7)}
ZONE = "America/New_York"


def measure(count: int = TEXTS, rounds: int = 3) -> Iterator[Row]:
    """Measure all in turns, on one mongod with a year of texts."""
    with lasting(), Database.open(filled(count)) as database:
        service = Service(ServiceDefinition("s", "AC" + "0" * 32, sandbox=True), database)
        frame = service.texts()
        loaded = turns(rounds, {"": partial(milliseconds, service.texts)})[""]
        for by in BY:
            yield from by_both(service, frame, loaded, by, rounds)
        yield from by_conversation(service, frame, rounds)


def by_both(service: Service, frame: pd.DataFrame, loaded: float, by: str, rounds: int) -> Iterator[Row]:
    """Measure one summary, of a week and of everything."""
    cases: dict[str, tuple[Any, dict[str, Any]]] = {
        "week": (service, WEEK),
        "week in a frame": (frame, WEEK),
        "all": (service, {}),
        "all in a frame": (frame, {}),
    }
    took = turns(
        rounds,
        {
            name: partial(milliseconds, partial(summary, texts, by, tz=ZONE, **window))
            for name, (texts, window) in cases.items()
        },
    )
    yield Row(
        f"summary by {by} of the last week of {len(frame):,} texts, ms",
        took["week"],
        "all texts into a frame, then pandas",
        loaded + took["week in a frame"],
    )
    yield Row(
        f"summary by {by} of all of them, ms",
        took["all"],
        "pandas, on a frame that is there",
        took["all in a frame"],
    )


def by_conversation(service: Service, frame: pd.DataFrame, rounds: int) -> Iterator[Row]:
    """Measure conversations and a thread."""
    number = frame["from"].iloc[-1]
    took = turns(
        rounds,
        {
            "conversations": partial(milliseconds, partial(conversations, frame)),
            "last texts": partial(milliseconds, partial(last_texts, frame)),
            "thread": partial(milliseconds, partial(service.thread, number)),
            "filter": partial(
                milliseconds, lambda: frame[(frame["from"] == number) | (frame["to"] == number)]
            ),
        },
    )
    yield Row(
        f"conversations of a frame of {len(frame):,} texts, ms",
        took["conversations"],
        "pandas' drop_duplicates, for the last text of each and nothing else",
        took["last texts"],
        "1,000",
    )
    yield Row(
        "the thread of one number among them, ms",
        took["thread"],
        "a filter on a frame that is there",
        took["filter"],
    )


def last_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """What pandas offers for conversations."""
    came = frame["direction"] == "inbound"
    pairs = {"ours": frame["to"].where(came, frame["from"]), "theirs": frame["from"].where(came, frame["to"])}
    return frame.assign(**pairs).drop_duplicates(["ours", "theirs"], keep="last")


def milliseconds(task: Callable[[], Any]) -> float:
    began = time.perf_counter()
    task()
    return 1000 * (time.perf_counter() - began)
