"""The demo: every part real, the conversation printed, and nothing left of it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psutil
import pymongo
import pytest

from twilio_nb.storage.mongod import Mongod

MARK = "PYTHONPATH"  # one of the few that mongod and the sandbox inherit too
PARTS = (
    "mongod",
    "storage/keeper.py",
    "twilio_nb.sandbox",
    "twilio_nb.receiving.receiver",
    "ipykernel",
)


@pytest.fixture
def marked(tmp_path: Path) -> dict[str, str]:
    """An environment that all processes of one demo inherit, and are known by."""
    return {**os.environ, MARK: os.pathsep.join(filter(None, [str(tmp_path), os.environ.get(MARK)]))}


def processes(environment: dict[str, str]) -> list[str]:
    """What still runs of a demo."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == environment[MARK]:
                found.append(" ".join(process.cmdline()))
    return found


def parts(environment: dict[str, str]) -> set[str]:
    """Which of its parts run at this moment."""
    lines = processes(environment)
    return {part for part in PARTS if any(part in line for line in lines)}


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "twilio_nb.cli", "demo", *options]


def contents(client: "pymongo.MongoClient[Any]") -> dict[str, list[str]]:
    """The databases, and the collections in each; but for our own, which any receiver opens."""
    names = set(client.list_database_names()) - {"twilio_nb"}
    return {name: sorted(client[name].list_collection_names()) for name in names}


def lines_until(stream: IO[str], start: str) -> Iterator[str]:
    for line in stream:
        yield line
        if line.startswith(start):
            return


def test_the_demo_as_data_holds_the_conversation_and_the_frame(marked: dict[str, str]) -> None:
    done = subprocess.run(command("--json"), env=marked, capture_output=True, text=True, timeout=100)

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    bodies = [message["body"] for message in result["messages"]]
    assert bodies[:2] == ["Hello from the notebook", "Hello from my phone"]
    assert bodies[2].startswith("Saved your text message with _id: ")
    assert bodies[-1] == "tea has 2 of 3"
    assert sorted(row["sid"] for row in result["frame"]) == sorted(row["sid"] for row in result["messages"])
    inbound = [row for row in result["frame"] if row["direction"] == "inbound"]
    assert [row["body"] for row in inbound] == ["Hello from my phone", "Tea", "coffee", "tea"]
    assert {row["state"] for row in inbound} == {"answered"}
    assert processes(marked) == []


def test_the_demo_prints_the_conversation_and_the_frame(marked: dict[str, str]) -> None:
    done = subprocess.run(command(), env=marked, capture_output=True, text=True, timeout=100)

    assert done.returncode == 0, done.stderr
    assert "phone ──▶ notebook   Hello from my phone" in done.stdout
    assert "outbound-reply" in done.stdout
    assert re.search(r"went to http://127.0.0.1:\d+/demo/twilio/service/", done.stdout), "through Jupyter"


def test_every_part_of_the_demo_is_found_while_it_runs_and_none_afterwards(marked: dict[str, str]) -> None:
    seen: set[str] = set()
    with subprocess.Popen(
        command(), env=marked, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as demo:
        while demo.poll() is None:
            seen |= parts(marked)
            time.sleep(0.05)

    assert demo.returncode == 0
    assert seen == set(PARTS)
    assert processes(marked) == []


@pytest.fixture
def used_mongodb() -> Iterator[str]:
    """The address of a MongoDB that runs already."""
    mongod = Mongod()
    yield mongod.acquire().reveal()
    mongod.release()


@pytest.mark.parametrize("exists", [True, False])
def test_the_demo_leaves_a_mongodb_that_people_use_as_it_was(
    exists: bool, used_mongodb: str, marked: dict[str, str]
) -> None:
    client: pymongo.MongoClient[Any] = pymongo.MongoClient(used_mongodb)
    client.drop_database("demo")  # of other tests, whose handlers store there as the demo's does
    if exists:
        client["demo"].create_collection("texts")
    before = contents(client)

    environment = {**marked, "TWILIO_NB_MONGODB_URI": used_mongodb}
    done = subprocess.run(command(), env=environment, capture_output=True, text=True)

    after = contents(client)
    client.drop_database("demo")
    client.close()
    assert done.returncode == 0, done.stderr
    assert after == before


@pytest.mark.parametrize("stage", ["Starting Jupyter", "Starting a kernel", "Texting"])
def test_ctrl_c_leaves_nothing_of_the_demo(stage: str, marked: dict[str, str]) -> None:
    demo = subprocess.Popen(
        command(), env=marked, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert demo.stderr is not None
    list(lines_until(demo.stderr, stage))
    time.sleep(0.5)  # in the middle of it
    running = processes(marked)

    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)

    assert len(running) > 1, "the demo, and what it started"
    assert demo.returncode == 130
    assert processes(marked) == []
