"""A minute of users who come, store texts, leave and are killed, while mongod and its keeper are killed, too."""

import contextlib
import random
import secrets
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.store.crowd import Crowd
from twilio_nb.storage.database import Database

pytestmark = pytest.mark.alone

MINUTE = 60.0
USERS = 6
VICTIMS = ["user"] * 15 + ["mongod", "keeper.py", "everybody"]
TURN = 0.2  # seconds
EXIT = 0.5  # seconds; one that was killed lets go of its files before the system has done away with it


class Watch:
    """Looks for a second mongod that lives beside the first."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._seen: dict[psutil.Process, float] = {}

    def look(self) -> None:
        now = time.monotonic()
        running = self._crowd.named("mongod")
        self._seen = {process: self._seen.get(process, now) for process in running}
        assert sum(since < now - EXIT for since in self._seen.values()) <= 1, f"two at once: {running}"


def test_users_killed_at_random_for_a_minute_lose_no_text_and_have_one_mongod(
    own_surroundings: Path, ledger: Any
) -> None:
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    data, came, deaths = own_surroundings / "data", 0, 0
    with Crowd(own_surroundings) as crowd:
        watch, until = Watch(crowd), time.monotonic() + MINUTE
        while time.monotonic() < until:
            if len(crowd.users()) < USERS:
                crowd.come(1, data)
                came += 1
            victim = chance.choice(VICTIMS)
            victims = crowd.named(victim)
            if victim in ("user", "everybody"):
                victims = crowd.users()
            if victim == "user":
                victims = chance.sample(victims, min(1, len(victims)))
            for process in victims:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL if chance.random() < 0.6 else signal.SIGTERM)
                    deaths += 1
            watch.look()
            time.sleep(TURN)
        well = crowd.leave(signal.SIGKILL)
        assert crowd.errors() == [], f"seed {seed}: {crowd.errors()}"

    with Database.open() as database:
        stored = {document["_id"] for document in database.db["messages"].find({}, ["_id"])}
    assert not crowd.stored() - stored, f"seed {seed}: acknowledged and lost"
    assert stored <= crowd.attempts()
    assert len(stored) > 500, f"seed {seed}: too few texts in a minute"
    ledger(
        f"{came} users, mongod and keeper killed {deaths} times at random for a minute; until none is left",
        sent=len(crowd.attempts()),
        acknowledged=len(crowd.stored()),
        stored=len(stored),
        well=well,
    )
