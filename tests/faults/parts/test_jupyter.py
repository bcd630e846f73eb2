"""Jupyter Server shut down from its menu, ended by a signal, killed; each time started anew on the same data."""

import signal
import subprocess
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.notebook import Notebook
from tests.faults.parts.stage import SLOW, Stage
from tests.faults.parts.texts import Texts

pytestmark = [pytest.mark.server, pytest.mark.alone]


def from_its_menu(stage: Stage) -> None:
    stage.playground.request("POST", "api/shutdown")


def by_signal(way: int) -> Callable[[Stage], None]:
    return lambda stage: server(stage).send_signal(way)


def server(stage: Stage) -> "subprocess.Popen[bytes]":
    assert stage.playground.process is not None
    return stage.playground.process


ENDS = {
    "Jupyter Server killed (SIGKILL)": by_signal(signal.SIGKILL),
    "Jupyter Server shut down from its menu": from_its_menu,
    "Jupyter Server restarted (SIGTERM)": by_signal(signal.SIGTERM),
}


def test_after_a_new_start_texts_are_taken_without_a_kernel_and_answered_by_the_next(
    stage: Stage, ledger: Any
) -> None:
    # One after the other in one test: what ran when the server ended shows only when its lease has run out.
    slow = stage.texts("slow")
    for fault, end in ENDS.items():
        notebook = stage.notebook()
        if not slow.runs():
            notebook.run(SLOW.format(webhook="slow", seconds=60))
            slow.begin()
            eventually(slow.runs)
        stage.answered_by(notebook)
        end_and_start_anew(stage, notebook, ledger, fault, end)
    eventually(lambda: slow.states() == {"interrupted": 1}, 45)


def in_hand(texts: Texts) -> int:
    """How many were given to the kernel that ended with the server."""
    states = texts.states()
    return states["running"] + states["interrupted"]


def end_and_start_anew(
    stage: Stage, notebook: Notebook, ledger: Any, fault: str, end: Callable[[Stage], None]
) -> None:
    texts = stage.texts()
    with texts.going_on(30):
        eventually(texts.runs)
        parts = [psutil.Process(notebook.pid), stage.receiver()]
        end(stage)
        server(stage).wait(15)
        assert psutil.wait_procs(parts, 5)[1] == []
    assert texts.text().status == 0, "nobody is there"

    stage.playground.start()
    well = seconds(lambda: texts.text().status == 200, 30)
    texts.begin(3)
    assert len(texts.acknowledged()) > 3
    assert texts.states()["pending"] >= 4
    cell = stage.answered_by(stage.notebook())

    says = "came while nobody answered echo: run now."
    eventually(lambda: says in cell.text())
    # A reply follows the state; what ran when the server ended has none, and is called interrupted by the
    # receiver where that still saw the kernel leave, or once its lease has run out.
    eventually(lambda: len(texts.replies()) >= len(texts.acknowledged()) - in_hand(texts))
    assert in_hand(texts) <= 3
    line = ledger(fault, **texts.figures(), well=well, says=f"under the cell, run again: texts {says}")
    assert line.acknowledged < line.sent
    assert texts.states()["pending"] == 0
