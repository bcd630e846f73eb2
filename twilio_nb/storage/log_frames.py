"""Log entries as a DataFrame with declared columns, the same when there is none."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa

from twilio_nb.domain.entries import Entry
from twilio_nb.storage.columns import TIME, fitted
from twilio_nb.storage.frames import frame

#: The columns of the log and their types; ``duration`` is in seconds, ``replies`` and ``reply_length`` count
#: messages and characters.
SCHEMA = pa.schema(
    [
        ("started", TIME),
        ("webhook", pa.string()),
        ("status", pa.string()),
        ("state", pa.string()),
        ("error", pa.string()),
        ("duration", pa.float64()),
        ("from", pa.string()),
        ("to", pa.string()),
        ("request_id", pa.string()),
        ("sid", pa.string()),
        ("source", pa.string()),
        ("error_kind", pa.string()),
        ("error_code", pa.string()),
        ("warnings", pa.string()),
        ("replies", pa.int64()),
        ("reply_length", pa.int64()),
        ("printed", pa.string()),
        ("traceback", pa.string()),
        ("action", pa.string()),
        ("reason", pa.string()),
        ("completed", TIME),
        ("service", pa.string()),
    ]
)


def log_frame(entries: Iterable[Entry]) -> pd.DataFrame:
    """Return log entries as a DataFrame.

    Parameters
    ----------
    entries : iterable of dict
        As `LogBook.find` returns them; what an entry lacks is null.

    Returns
    -------
    pandas.DataFrame
        Arrow-backed, with the columns of `SCHEMA`, in the order of the entries.
    """
    rows = [_row(entry) for entry in entries]
    arrays = [fitted(field.type, (row.get(field.name) for row in rows)) for field in SCHEMA]
    return frame(pa.table(arrays, schema=SCHEMA))


def _row(entry: Entry) -> dict[str, Any]:
    warnings, details = entry.get("warnings"), entry.get("details")
    about = details if isinstance(details, dict) else {}
    return {
        **entry,
        "request_id": entry.get("co_id"),
        "warnings": "\n".join(map(str, warnings)) if isinstance(warnings, list) and warnings else None,
        "action": about.get("action"),
        "reason": about.get("reason"),
    }
