"""``python -m tests.storage.writer DATABASE SEED`` writes texts as several receivers might, until it is killed.

Texts are stamped and committed at times that may lie apart; others' texts are changed and deleted too.
"""

import random
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from twilio_nb.domain.messages import Document, inbound
from twilio_nb.errors import StorageError
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import translated
from twilio_nb.storage.messages import MessageLog


def main(name: str, seed: str) -> None:
    """Write in two threads, so that what is stamped first is not always committed first."""
    with opened(name) as database:
        threads = [threading.Thread(target=write, args=(database, f"{seed}{n}")) for n in range(2)]
        for thread in threads:
            thread.start()
        print("writing", flush=True)  # noqa: T201
        for thread in threads:
            thread.join()


def opened(name: str) -> Database:
    while True:
        try:
            return Database.open(name)
        except StorageError:  # the server is away
            time.sleep(0.05)


def write(database: Database, seed: str) -> None:
    chance = random.Random(seed)
    log = MessageLog(database)
    known: list[str] = []
    while True:
        try:
            with translated():
                step(database, log, chance, known)
        except StorageError:  # the server is away
            time.sleep(0.05)


def step(database: Database, log: MessageLog, chance: random.Random, known: list[str]) -> None:
    what = chance.random()
    others = [one["_id"] for one in database.db["messages"].aggregate([{"$sample": {"size": 1}}])]
    sid = chance.choice(known[-20:] + others) if known or others else None
    if what < 0.6 or sid is None:
        texts = [text(chance) for _ in range(chance.choice((1, 1, 1, 5, 40)))]
        time.sleep(chance.random() * 0.02)
        log.insert_many(texts)
        known.extend(one["_id"] for one in texts)
    elif what < 0.8:
        log.claim(sid, owner="o", request_id=str(what))
        log.settle(sid, owner="o", request_id=str(what), state="answered")
    elif what < 0.9:
        log.update_status(
            sid, "failed", service="s", form=[("MessageStatus", "failed")], time=datetime.now(UTC)
        )
    elif what < 0.93:
        later = datetime.now(UTC) - timedelta(seconds=chance.random() * 100)
        database.db["messages"].update_one({"_id": sid}, {"$set": {"time": later}})
    elif what < 0.96:
        service = chance.choice(("s", "t"))
        database.db["messages"].update_one({"_id": sid}, {"$set": {"service": service}})
    else:
        log.delete(sid)


def text(chance: random.Random) -> Document:
    form = [
        ("MessageSid", f"SM{chance.getrandbits(128):032x}"),
        ("From", "+1"),
        ("To", "+2"),
        ("Body", "Hello"),
    ]
    time = datetime.now(UTC)
    return inbound(form, service="s", webhook="w", source="webhook", time=time, store_only=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
