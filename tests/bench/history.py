"""A history of a million texts, made and stored, beside the same texts stored one by one.

Other benchmarks take their texts from here: ``with lasting(), Database.open(filled(1_000_000)) as database``.
"""

import atexit
import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from tests.bench.rows import Row
from tests.bench.surroundings import surroundings, temporary
from twilio_nb.domain.messages import Document
from twilio_nb.storage import bulk
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog
from twilio_nb.synthetic.documents import documents
from twilio_nb.synthetic.history import draw

UNTIL = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
ONE_BY_ONE = 5_000


def measure() -> Iterator[Row]:
    """Measure each once: a million texts are an average already."""
    with surroundings():
        small = seconds(10_000)
        large = seconds(1_000_000)
        single = rate_one_by_one()
    yield Row("a history of 10,000 texts, made and stored, s", small)
    yield Row("a history of 1,000,000 texts, made and stored, s", large, aim="120")
    rate = 1_000_000 / large
    yield Row("its texts a second", rate, "the same texts by pymongo's insert_one", single)


def lasting() -> contextlib.AbstractContextManager[Path]:
    """Return the surroundings that last as long as this run, with what `filled` made in them."""
    return surroundings(_root())


def filled(count: int) -> str:
    """Return a database of the embedded mongod in which the service "s" has so many texts.

    Parameters
    ----------
    count : int
        How many. They span a year and come from a person for every fifty, 200 at least.

    Returns
    -------
    str
        Its name. It is made if the present surroundings do not have it.
    """
    name = f"history_{count}"
    with Database.open(name) as database:
        if database.db["messages"].estimated_document_count() < count:
            bulk.store(MessageLog(database), texts(count))
    return name


def texts(count: int) -> Iterator[Document]:
    """Make so many texts."""
    past = draw(seed=1, days=365, people=max(200, count // 50), count=count, until=UNTIL)
    return documents(past, service="s", account_sid="AC" + "0" * 32, numbers=("+15550100001", "+15550100002"))


def seconds(count: int) -> float:
    """Return the seconds that a history takes, with mongod running already."""
    with Database.open("warm"):
        began = time.perf_counter()
        filled(count)
        return time.perf_counter() - began


def rate_one_by_one() -> float:
    """Return how many texts a second are stored one by one, each durably, in a collection without indexes."""
    with Database.open("warm") as database:
        client: MongoClient[dict[str, Any]] = MongoClient(database.uri.reveal(), w="majority")
        with client:
            collection = client["rival"]["texts"]
            began = time.perf_counter()
            for text in texts(ONE_BY_ONE):
                collection.insert_one(text)
            return ONE_BY_ONE / (time.perf_counter() - began)


@cache
def _root() -> Path:
    """Make a directory that is removed when this process ends."""
    kept = contextlib.ExitStack()
    root = kept.enter_context(temporary())
    atexit.register(kept.close)
    return root
