"""Four processes write at once and are killed, and so is the server: in the end the live frame is what is stored."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from tests.storage.servers import Server
from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import table
from twilio_nb.storage.live import LiveFrame

Rows = dict[str, dict[str, object]]


class Reader(threading.Thread):
    """Goes by the batches alone."""

    def __init__(self, live: LiveFrame, every: float) -> None:
        super().__init__()
        self.live, self.every = live, every
        self.number, self.shown = live.number, rows(live)
        self.start()

    def run(self) -> None:
        for batch in self.live.changes(since=self.number):
            if batch.reloaded:
                self.shown.clear()
            assert batch.reloaded or batch.number == self.number + 1
            for sid in batch.deleted:
                self.shown.pop(sid, None)  # what came between the number and the rows comes again
            self.shown |= {str(row["sid"]): row for row in batch.table.to_pylist()}
            self.number = batch.number
            time.sleep(self.every)


def rows(live: LiveFrame) -> Rows:
    return {str(row["sid"]): row for row in live.table.to_pylist()}


def start(seed: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.storage.writer", "t", str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


@pytest.mark.timeout(180)
def test_four_writers_that_are_killed_and_started_again_and_a_server_that_is_leave_it_right(
    replica_set: Server, eventually: Callable[..., None]
) -> None:
    chance = random.Random(7)
    with Database.open("t") as database:
        writers = [start(seed) for seed in range(4)]
        try:
            for writer in writers:
                assert writer.stdout is not None
                assert writer.stdout.readline() == "writing\n"
            with LiveFrame(database, "s") as inbox:
                readers = [Reader(inbox, every) for every in (0.0, 0.05)]
                for turn in range(10):
                    deadline = time.monotonic() + 0.5
                    while time.monotonic() < deadline:
                        frame = inbox.frame
                        assert frame["sid"].is_unique
                        assert frame["time"].is_monotonic_increasing
                    if turn % 3 == 2:
                        n = chance.randrange(4)
                        kill(writers[n])
                        writers[n] = start(100 + turn)
                    if turn == 4:
                        replica_set.kill()
                        replica_set.start()
                        replica_set.wait_for_primary()
                for writer in writers:
                    kill(writer)
                for reader in readers:
                    reader.every = 0.0  # how far behind a slow one is depends on how quick the machine is
                eventually(lambda: inbox.following)

                stored = table(database, {"service": "s"})
                assert inbox.table.equals(stored)
                assert len(stored) > 100
                eventually(lambda: all(reader.number == inbox.number for reader in readers))
                assert all(reader.shown == rows(inbox) for reader in readers)
        finally:
            for writer in writers:
                kill(writer)
        for reader in readers:
            reader.join(10)
            assert not reader.is_alive()
