"""The embedded mongod from nothing to its first write, beside the same mongod started by hand with its defaults."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

from tests.bench.rows import Row
from tests.bench.surroundings import Program, running, surroundings, wait_until_gone, wait_until_listening
from twilio_nb.playground import free_port
from twilio_nb.storage.binaries import find_mongod

ROUNDS = 5

FIRST_WRITE = """
import time
began = time.perf_counter()
from twilio_nb.storage.database import Database
started = time.perf_counter()
database = Database.open("bench")
database.db["writes"].insert_one({})
ready([time.perf_counter() - started, started - began])
database.close()
"""


def measure() -> Iterator[Row]:
    """Measure all in turns, imports done; ours includes access control, indexes and the keeper's start."""
    names = ("cold", "warm", "joined", "imports", "gone", "by hand")
    times: dict[str, list[float]] = {name: [] for name in names}
    ours, theirs = [], []
    for _ in range(ROUNDS):
        with surroundings() as root:
            with Program(FIRST_WRITE) as cold, Program(FIRST_WRITE) as joined:
                ours.append(memory(running(root)))
            times["gone"].append(wait_until_gone(root))
            with Program(FIRST_WRITE) as warm:
                pass
            for name, program in (("cold", cold), ("joined", joined), ("warm", warm)):
                times[name].append(program.value[0])
                times["imports"].append(program.value[1])
        took, held = by_hand()
        times["by hand"].append(took)
        theirs.append(held)
    medians = {name: statistics.median(values) for name, values in times.items()}
    alternative = "mongod --replSet, with its defaults, and replSetInitiate"
    yield Row(
        "embedded mongod, cold start to first write, s",
        medians["cold"],
        alternative,
        medians["by hand"],
        "0.6",
    )
    yield Row(
        "embedded mongod, memory, MB", statistics.median(ours), alternative, statistics.median(theirs), "150"
    )
    yield Row("on data of an earlier run, s", medians["warm"])
    yield Row("for a second process, s", medians["joined"])
    yield Row("imports before it, s", medians["imports"])
    yield Row("all gone after the last process, s", medians["gone"], aim="3")


def memory(processes: list[psutil.Process]) -> float:
    """Return the megabytes that mongod holds."""
    return sum(process.memory_info().rss for process in processes if "mongod" in process.name()) / 1e6


def by_hand() -> tuple[float, float]:
    """Return the seconds to the first write of a mongod with defaults, and the megabytes it holds."""
    with tempfile.TemporaryDirectory(prefix="tnb-", dir="/tmp") as folder:
        port = free_port()
        options = ["--dbpath", folder, "--replSet", "rs0", "--bind_ip", "127.0.0.1", "--port", str(port)]
        began = time.perf_counter()
        with Path(os.devnull).open("w") as nowhere:
            process = subprocess.Popen([str(find_mongod().path), *options, "--nounixsocket"], stdout=nowhere)
        try:
            wait_until_listening(port)
            address = f"mongodb://127.0.0.1:{port}/?directConnection=true"
            client: MongoClient[dict[str, Any]] = MongoClient(address)
            with client:
                member = {"_id": 0, "host": f"127.0.0.1:{port}"}
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
                while not client.admin.command("hello")["isWritablePrimary"]:
                    time.sleep(0.01)
                client["bench"]["writes"].insert_one({})
                return time.perf_counter() - began, memory([psutil.Process(process.pid)])
        finally:
            process.terminate()
            process.wait(20)
