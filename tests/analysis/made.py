"""Frames of texts as `Service.texts` returns them, made of documents without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from twilio_nb.storage.columns import DEFAULT, record_batch
from twilio_nb.storage.frames import frame

OURS, ANN, BOB = "+15558675310", "+15558675309", "+15550001111"
START = datetime(2024, 1, 1, 12, tzinfo=UTC)


def texts(*documents: dict[str, Any]) -> pd.DataFrame:
    """Return texts, a minute apart, each inbound from Ann unless it says something else."""
    made = []
    for n, document in enumerate(documents):
        outbound = document.get("direction", "inbound") != "inbound"
        ends = {"from": OURS, "to": ANN} if outbound else {"from": ANN, "to": OURS}
        made.append(
            {
                "_id": f"SM{n:032x}",
                "time": START + timedelta(minutes=n),
                "direction": "inbound",
                "num_segments": 1,
            }
            | {"status": "delivered" if outbound else "received"}
            | ends
            | document
        )
    return frame(pa.Table.from_batches([record_batch(made, DEFAULT)]))


def said(*bodies: str | None) -> pd.DataFrame:
    """Return inbound texts with these bodies."""
    return texts(*({"body": body} for body in bodies))
