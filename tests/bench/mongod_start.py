"""How long the embedded mongod takes to its first write: on no data, on old data, already running."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROUNDS = 5

FIRST_WRITE = """
import time
started = time.perf_counter()
from twilio_nb.storage.database import Database
database = Database.open("bench")
database.db["writes"].insert_one({})
print(time.perf_counter() - started, flush=True)
input()
database.close()
"""


class User:
    """A process that has written its first document and holds the server until it is left."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FIRST_WRITE],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.seconds = float(self._process.stdout.readline())

    def leave(self) -> None:
        """End the process."""
        self._process.communicate("\n", timeout=30)


def servers(folder: str) -> list[psutil.Process]:
    """Return the processes that run in this folder, as their environment says."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TWILIO_NB_DATA") == folder and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue
    return found


def memory(folder: str) -> float:
    """Return the megabytes that mongod holds."""
    return sum(process.memory_info().rss for process in servers(folder) if "mongod" in process.name()) / 1e6


def wait_until_gone(folder: str) -> float:
    """Return the seconds until nothing runs in the folder any more."""
    started = time.perf_counter()
    while servers(folder):
        time.sleep(0.05)
    return time.perf_counter() - started


def main() -> None:
    """Print a table."""
    times: dict[str, list[float]] = {"cold": [], "warm": [], "joined": [], "gone after the last": []}
    sizes = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="tnb-", dir="/tmp") as root:  # sockets need short paths
            environment = {**os.environ, "TWILIO_NB_DATA": f"{root}/data", "XDG_RUNTIME_DIR": f"{root}/run"}
            environment.pop("TWILIO_NB_MONGODB_URI", None)
            Path(root, "run").mkdir(mode=0o700)
            cold = User(environment)
            joined = User(environment)
            sizes.append(memory(f"{root}/data"))
            joined.leave()
            cold.leave()
            times["gone after the last"].append(wait_until_gone(f"{root}/data"))
            warm = User(environment)
            warm.leave()
            wait_until_gone(f"{root}/data")
            for name, user in (("cold", cold), ("joined", joined), ("warm", warm)):
                times[name].append(user.seconds)
    print(f"{'embedded mongod, seconds':<28}{'median':>10}{'min':>8}{'max':>8}")
    for name, values in times.items():
        print(f"{name:<28}{statistics.median(values):>10.2f}{min(values):>8.2f}{max(values):>8.2f}")
    print(f"{'mongod holds, MB':<28}{statistics.median(sizes):>10.0f}{min(sizes):>8.0f}{max(sizes):>8.0f}\n")


if __name__ == "__main__":
    main()
