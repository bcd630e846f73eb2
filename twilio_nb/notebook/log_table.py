"""The log as a person reads it: a line for each entry, or one request in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio_nb.domain.entries import SENDS, hidden, in_words
from twilio_nb.domain.markup import plain
from twilio_nb.domain.messages import HandlingState
from twilio_nb.notebook.display import Table

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("time", "webhook", "outcome", "took", "from", "request")

_OUTCOMES = {
    HandlingState.STORED: "stored",
    HandlingState.PENDING: "waits for its handler",
    HandlingState.RUNNING: "running",
    HandlingState.ANSWERED: "answered",
    HandlingState.LATE: "late; the reply goes by REST",
    HandlingState.FAILED: "failed",
    HandlingState.REFUSED: "refused",
    HandlingState.INTERRUPTED: "interrupted",
}
_SOURCES = {"pending": ", after it had waited", "replay": ", run again"}
_FIELDS = {
    "started": "time",
    "service": "service",
    "webhook": "webhook",
    "source": "source",
    "sid": "text",
    "from": "from",
    "to": "to",
    "replies": "replies",
    "reply_length": "characters in them",
    "action": "action",
    "reason": "reason",
    "error_kind": "kind of error",
    "error_code": "its code",
    "warnings": "warnings",
    "printed": "printed",
    "traceback": "traceback",
}
_SHORTEST = 0.001  # seconds


def entries(log: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a log with Python's own values, None where there is none.

    Parameters
    ----------
    log : pandas.DataFrame
        As `Service.logs` returns it.

    Returns
    -------
    list of dict
        In its order.
    """
    import pandas as pd

    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in log.to_dict("records")
    ]


def line(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown of an entry in one line.

    Parameters
    ----------
    entry : dict
        One of `entries`.

    Returns
    -------
    dict
        With the keys `COLUMNS`.
    """
    source = entry["source"]
    done = _OUTCOMES.get(entry["state"], "refused") + _SOURCES.get(source, "")
    outcome = "not sent" if source in SENDS else done
    return {
        "time": entry["started"].to_pydatetime() if entry["started"] is not None else None,
        "webhook": entry["webhook"] or ("" if source in SENDS else "status callback"),
        "outcome": f"{outcome}: {in_words(entry['error'])}" if entry["error"] else outcome,
        "took": _span(entry["duration"]),
        "from": entry["from"] or "",
        "request": entry["request_id"] or "",
    }


def sentence(entry: dict[str, Any]) -> str:
    """Return what an entry says, in one line of text.

    Parameters
    ----------
    entry : dict
        One of `entries`.

    Returns
    -------
    str
        Whose text it was about and what became of it, such as "echo, from …5309: answered".
    """
    shown = line(entry)
    whom = f"to {entry['to']}" if entry["source"] in SENDS else shown["from"] and f"from {shown['from']}"
    about = ", ".join(filter(None, (shown["webhook"], whom)))
    return " ".join(plain(f"{about}: {shown['outcome']}").split())


def table(log: pd.DataFrame) -> Table:
    """Return the log with a line for each entry.

    Parameters
    ----------
    log : pandas.DataFrame
        As `Service.logs` returns it.

    Returns
    -------
    Table
        It shows itself.
    """
    return Table([line(entry) for entry in entries(log)], columns=COLUMNS, empty="The log has no such entry.")


def in_full(log: pd.DataFrame) -> Table:
    """Return all that the log says, a line for each fact.

    Parameters
    ----------
    log : pandas.DataFrame
        As `Service.logs` returns it: the entries of one request.

    Returns
    -------
    Table
        It shows itself, the entry that was made first in front.
    """
    rows = []
    for entry in reversed(entries(log)):
        shown = line(entry)
        facts = {"request": shown["request"], "outcome": shown["outcome"], "took": shown["took"]}
        facts |= {label: entry[name] for name, label in _FIELDS.items()}
        facts["time"] = shown["time"]
        rows += [{"": label, "what": value} for label, value in facts.items() if value not in (None, "")]
    if why := hidden(" ".join(str(row["what"]) for row in rows)):
        rows.append({"": "…", "what": why})
    return Table(
        rows, columns=("", "what"), empty="The log has no such request: perhaps it is too old by now."
    )


def _span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < _SHORTEST:
        return "< 1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
