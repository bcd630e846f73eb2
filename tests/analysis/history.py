"""Short histories of texts, written down as a person would, and the frames of them."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from twilio_nb.domain.messages import Document
from twilio_nb.storage.columns import DEFAULT, record_batch
from twilio_nb.storage.frames import frame

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)
OURS, ANNA, BERT = "+15558675310", "+15558670001", "+15558670002"

_numbers = itertools.count(1)


def came(body: str = "Hello", minutes: float = 0, sender: str = ANNA, **changes: Any) -> Document:
    """A text that somebody wrote us, so many minutes after noon."""
    return _text(body, minutes, "inbound", sender, OURS, "received") | changes


def went(body: str = "Hello", minutes: float = 0, to: str = ANNA, **changes: Any) -> Document:
    """A text that we wrote somebody."""
    return _text(body, minutes, "outbound-api", OURS, to, "delivered") | changes


def frame_of(*documents: Document) -> pd.DataFrame:
    """The frame that a service shows of these, in the order given."""
    return frame(pa.Table.from_batches([record_batch(documents, DEFAULT)]))


def rows(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table as tuples, None for null."""
    chosen = table[list(columns)] if columns else table
    return [
        tuple(None if value is pd.NA or value is pd.NaT else value for value in row)
        for row in chosen.itertuples(index=False, name=None)
    ]


def _text(body: str, minutes: float, direction: str, sender: str, to: str, status: str) -> Document:
    return {
        "_id": f"SM{next(_numbers):032x}",
        "service": "s",
        "time": NOON + timedelta(minutes=minutes),
        "direction": direction,
        "from": sender,
        "to": to,
        "body": body,
        "status": status,
        "num_segments": 1,
        "num_media": 0,
        "error_code": None,
    }
