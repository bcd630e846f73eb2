"""The clock set by an hour, forwards and backwards, in the kernel and in the receiver, while texts come in.

No machine is set: a `sitecustomize` in front of each process's path gives its Python a wall clock that
follows a file. C code and MongoDB keep the true time, so kernel, receiver and store disagree, which is worse.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.stage import SLOW, Stage
from twilio_nb.storage.directories import private_directory

pytestmark = [pytest.mark.server, pytest.mark.alone]

HOUR = 3600
RENEWAL = 11  # seconds, in which the receiver looks at the leases once

SITECUSTOMIZE = """
import datetime, os, pathlib, sys, time

role = "receiver" if "twilio_nb.receiving.receiver" in sys.orig_argv else "kernel"
file = pathlib.Path(__file__).with_name(role)
true_time, true_datetime = time.time, datetime.datetime

def shift():
    return float(file.read_text())

class Kind(type):
    def __instancecheck__(self, instance):
        return isinstance(instance, true_datetime)

class Shifted(true_datetime, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return true_datetime.now(tz) + datetime.timedelta(seconds=shift())

if "ipykernel_launcher" in sys.orig_argv or role == "receiver":
    time.time = lambda: true_time() + shift()
    datetime.datetime = Shifted
"""


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a file for each clock."""
    folder = tmp_path_factory.mktemp("clocks")
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
    for role in ("kernel", "receiver"):
        (folder / role).write_text("0")
    return folder


@pytest.fixture(scope="module")
def stage(clocks: Path) -> Iterator[Stage]:
    path = os.pathsep.join(filter(None, [str(clocks), os.environ.get("PYTHONPATH")]))
    with Stage(PYTHONPATH=path) as opened:
        yield opened


def second_receiver(stage: Stage) -> "subprocess.Popen[bytes]":
    """Another receiver on the same database, such as that of a second Jupyter Server."""
    environment = stage.receiver().environ()
    directory = private_directory(stage.playground.root / "run" / "second")
    command = [sys.executable, "-m", "twilio_nb.receiving.receiver", "--runtime", str(directory)]
    return subprocess.Popen(command, env=environment)


@pytest.mark.parametrize(
    ("kernel", "receiver"), [(HOUR, -HOUR), (-HOUR, HOUR)], ids=["kernel forwards", "kernel backwards"]
)
def test_whatever_the_clocks_say_each_text_runs_once_and_what_waits_is_run(
    stage: Stage, clocks: Path, ledger: Any, kernel: int, receiver: int
) -> None:
    notebook = stage.notebook()
    assert abs(float(notebook.run("import datetime; print(time.time())").text()) - time.time()) < 60
    long = SLOW.format(webhook="long", seconds=RENEWAL + 2)
    notebook.run(long.replace("--respond-result", "--respond-result --timeout 2"))
    stage.answered_by(notebook)
    stage.answered_by(notebook, "later")
    notebook.run("twilio_nb.receiving.host.Host.start().unregister('line', 'later')")
    running, texts, pending = stage.texts("long"), stage.texts(), stage.texts("later")
    running.begin(1)
    pending.begin(2)
    eventually(lambda: running.runs() and pending.states() == {"pending": 2})
    other = second_receiver(stage)
    try:
        with texts.going_on(20):
            time.sleep(0.3)
            (clocks / "kernel").write_text(str(kernel))
            (clocks / "receiver").write_text(str(receiver))
        told = notebook.run("print(datetime.datetime.now(datetime.UTC).timestamp())").text()
        assert abs(float(told) - time.time() - kernel) < 60
        pending.begin(2)
        eventually(lambda: len(pending.acknowledged()) == 4)
        assert pending.states() == {"pending": 4}
        cell = stage.answered_by(notebook, "later")
        # What seems too old to be run by itself waits for a person, who is told.
        says = "texts came while nobody answered later: run now."
        if kernel > receiver:
            says = "texts waited for later for more than ten minutes: `%twilio_replay later` runs what waits."
        eventually(lambda: f"4 {says}" in cell.text())
        if kernel > receiver:
            notebook.run("%twilio_replay later")
        eventually(lambda: running.replies(), RENEWAL + 20)
        well = seconds(lambda: stage.texts().text().replies)
    finally:
        notebook.close()
        (clocks / "kernel").write_text("0")
        (clocks / "receiver").write_text("0")
        other.terminate()
        other.wait(10)

    states = {running: {"late": 1}, texts: {"answered": 20}}
    assert {one: one.states() for one in states} == states
    line = ledger(
        f"clock of the kernel set by {kernel // HOUR:+d} h, of the receiver by {receiver // HOUR:+d} h",
        **(running + texts + pending).figures(),
        well=well,
        says=f"under the cell, run again: {says}",
    )
    assert (line.sent, line.acknowledged, line.handled) == (25, 25, 25)
