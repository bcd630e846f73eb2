"""New texts into a live frame, beside reading all of them again, for histories of three lengths."""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.rows import Row, turns
from tests.bench.surroundings import surroundings
from twilio_nb.domain.messages import Document, inbound
from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import frame, table
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.messages import MessageLog

SIZES = {"10,000": 10_000, "100,000": 100_000, "a million": 1_000_000}
NEW = 100
COPIED = 10_000  # texts that are made here; MongoDB copies them


def measure(rounds: int = 31) -> Iterator[Row]:
    """Measure each size in turns; all are services of one database, and their indexes grow alike."""
    with surroundings(), Database.open("bench") as database:
        for name, size in SIZES.items():
            fill(database, name, size)
        for name in SIZES:
            with LiveFrame(database, name) as inbox:
                found = turns(rounds, cases(database, inbox, name))
                found |= turns(3, {"all": lambda name=name: timed(lambda: read(database, name))})  # type: ignore[misc]
            aim = "under 5 ms, 1,000 ×" if name == "a million" else ""
            for case, words in (("new", f"{NEW} new texts"), ("status", "a status of long ago")):
                what = f"{words} into a live frame of {name}, ms"
                yield Row(what, found[case], "service.texts() again", found["all"], aim)


def cases(database: Database, inbox: LiveFrame, name: str) -> dict[str, Any]:
    """Return what is measured: each stores something first, and then takes the frame, which has it."""
    log, sids = MessageLog(database), inbox.table["sid"]

    def new() -> float:
        log.insert_many([text(name, datetime.now(UTC)) for _ in range(NEW)])
        before = len(inbox)
        took = taken()
        assert len(inbox) > before
        return took

    def status() -> float:
        sid = sids[secrets.randbelow(len(sids))].as_py()
        log.claim(sid, owner="o", request_id=secrets.token_hex(4))
        return taken()

    def taken() -> float:
        return timed(lambda: inbox.frame)

    return {"new": new, "status": status}


def read(database: Database, name: str) -> Any:
    return frame(table(database, {"service": name}))


def timed(call: Any) -> float:
    """Return the milliseconds that a call takes."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def fill(database: Database, name: str, size: int) -> None:
    """Store so many texts of the last years under a service."""
    messages = database.db["messages"]
    begin = datetime.now(UTC) - timedelta(days=1000)
    count = min(size, COPIED)
    messages.insert_many([text(name, begin + timedelta(seconds=n)) for n in range(count)])
    for n in range(1, size // count):
        copies: list[dict[str, Any]] = [
            {"$match": {"service": name, "time": {"$lt": begin + timedelta(seconds=count)}}},
            {"$set": {"_id": {"$concat": ["SM", secrets.token_hex(4), {"$substrCP": ["$_id", 10, 24]}]}}},
            {"$set": {"time": {"$add": ["$time", n * count * 1000]}}},
            {"$merge": {"into": "messages", "whenMatched": "fail"}},
        ]
        messages.aggregate(copies)


def text(service: str, moment: datetime) -> Document:
    form = [
        ("MessageSid", "SM" + secrets.token_hex(16)),
        ("From", f"+1555867{secrets.randbelow(10_000):04}"),
        ("To", "+15558675310"),
        ("Body", "Hello! How are you doing today? " + secrets.token_hex(secrets.randbelow(30))),
    ]
    return inbound(form, service=service, webhook="inbox", source="webhook", time=moment, store_only=False)
