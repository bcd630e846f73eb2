"""The demo: every part real, the conversation printed, and nothing left of it."""

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO

import psutil
import pytest

MARK = "DEMO_UNDER_TEST"


@pytest.fixture
def marked() -> dict[str, str]:
    """An environment that all processes of one demo inherit, and are known by."""
    return {**os.environ, MARK: secrets.token_hex(8)}


def processes(environment: dict[str, str]) -> list[str]:
    """What still runs of a demo."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == environment[MARK]:
                found.append(" ".join(process.cmdline()))
    return found


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "twilio_nb.cli", "demo", *options]


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


@pytest.mark.parametrize("stage", ["Starting Jupyter", "Starting a kernel", "Texting"])
def test_ctrl_c_leaves_nothing_of_the_demo(stage: str, marked: dict[str, str]) -> None:
    demo = subprocess.Popen(
        command(), env=marked, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert demo.stderr is not None
    list(lines_until(demo.stderr, stage))
    time.sleep(0.5)  # in the middle of it

    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)

    assert demo.returncode == 130
    assert processes(marked) == []
