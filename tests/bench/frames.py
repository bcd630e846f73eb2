"""Texts into a DataFrame of the default columns: time and memory beside what a user would write."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.history import filled, lasting
from tests.bench.rows import Row

COUNTS = (10_000, 100_000, 1_000_000)

#: pymongoarrow, with the one release of pyarrow that it works with; see the Makefile.
APART = Path(sys.prefix, "pymongoarrow")

READ = r"""
import json, re, sys, time
import pandas as pd, pyarrow as pa, pymongo, bson
from twilio_nb.storage.columns import DEFAULT, projection, schema
from twilio_nb.storage.database import Database
{imports}
database = Database.open(sys.argv[1])
messages = database.collection("messages")
fields = projection(DEFAULT)
messages.find_one({{}}, fields)

def peak():
    # Not getrusage's: that begins with what the parent had.
    return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024

def read():
    {read}

before = peak()
began = time.perf_counter()
found = read()
seconds = time.perf_counter() - began
print(json.dumps([seconds * 1000, peak() - before, len(found) if hasattr(found, "columns") else None]))
database.close()
"""

CASES = {
    "here": (
        "from twilio_nb.storage.frames import frame, table",
        'return frame(table(database, {"service": "s"}))',
    ),
    "naive": (
        "",
        """frame = pd.DataFrame(list(messages.find({"service": "s"}, fields).sort([("time", 1), ("_id", 1)])))
    frame["state"] = frame.pop("handling").map(lambda handling: handling["state"], na_action="ignore")
    frame = frame.rename(columns={"_id": "sid"})[list(DEFAULT)]
    return frame.astype({field.name: pd.ArrowDtype(field.type) for field in schema(DEFAULT)})""",
    ),
    "pymongoarrow": (
        "from pymongoarrow.api import Schema, find_pandas_all",
        """kinds = {name: schema([name]).field(name).type for name in DEFAULT if name not in ("sid", "state")}
    kinds |= {"_id": pa.string(), "handling": {"state": pa.string()}}
    return find_pandas_all(messages, {"service": "s"}, schema=Schema(kinds), projection=fields)""",
    ),
    "floor": ("", 'return [len(batch) for batch in messages.find_raw_batches({"service": "s"}, fields)]'),
}

ALTERNATIVES = {
    "naive": "list(find()) of the same columns, to the same dtypes",
    "pymongoarrow": "pymongoarrow's find_pandas_all with a schema",
    "floor": "raw batches, not decoded",
}
AIMS = {"naive": ("2.5 × less", "4 × less"), "floor": ("at most 1.8 × more", "")}


def measure(rounds: int = 3) -> Iterator[Row]:
    """Measure every case in turns, each time in a fresh process."""
    with lasting():
        for count in COUNTS:
            database = filled(count)
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
            for _ in range(rounds):
                for name in CASES:
                    found[name].append(run(name, database, count))
            time, memory = (
                {name: statistics.median(each[n] for each in runs) for name, runs in found.items()}
                for n in (0, 1)
            )
            for name, alternative in ALTERNATIVES.items():
                aims = AIMS.get(name, ("", "")) if count == COUNTS[-1] else ("", "")
                yield Row(f"{count:,} texts into a frame, ms", time["here"], alternative, time[name], aims[0])
                if name != "floor":
                    yield Row("its peak memory, MB", memory["here"], alternative, memory[name], aims[1])


def run(name: str, database: str, count: int) -> tuple[float, float]:
    """Return milliseconds and megabytes of one case."""
    imports, read = CASES[name]
    paths = {"PYTHONPATH": str(APART)} if name == "pymongoarrow" else {}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ.format(imports=imports, read=read), database],
        env=os.environ | paths,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    milliseconds, megabytes, rows = json.loads(done.stdout)
    if rows not in (None, count):
        message = f"{name} read {rows} of {count} texts"
        raise RuntimeError(message)
    return milliseconds, megabytes
