"""Kernels that compute for half a minute: in Python, which gives way, and in C code that does not."""

import time
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.stage import Stage

pytestmark = [pytest.mark.server, pytest.mark.alone]

BUSY = 30.0  # seconds

IN_PYTHON = f"""
until = time.monotonic() + {BUSY}
while time.monotonic() < until:
    sum(range(100))
"""

IN_C = f"""
import ctypes
ctypes.PyDLL(None).usleep({BUSY:.0f}_000_000)  # a PyDLL keeps the GIL while it calls
"""


def test_a_kernel_busy_in_python_answers_and_one_whose_gil_is_held_answers_late_and_once(
    stage: Stage, ledger: Any
) -> None:
    python, c = stage.notebook(), stage.notebook()
    stage.answered_by(python, "python", timeout=2)
    defining = stage.answered_by(c, "c", timeout=2)
    in_python, in_c = stage.texts("python"), stage.texts("c")
    computing = [python.begin(IN_PYTHON), c.begin(IN_C)]
    time.sleep(0.5)
    began = time.monotonic()

    with in_python.going_on(20, BUSY / 22), in_c.going_on(20, BUSY / 22):
        pass
    assert not any(cell.is_done() for cell in computing)
    assert all(cell.wait(10) for cell in computing)
    assert time.monotonic() - began > BUSY - 1

    well = seconds(lambda: stage.texts("c").text().replies)
    python_well = seconds(lambda: stage.texts("python").text().replies)
    eventually(lambda: in_c.states() == {"late": 20} and len(in_c.replies()) == 20)
    time.sleep(1)  # for a reply that came twice
    line = ledger(f"kernel busy for {BUSY:.0f} s in Python", **in_python.figures(), well=python_well)
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (20, 20, 20, 20)
    assert all(each.replies for each in in_python.delivered()), "each in the answer to Twilio"
    says = "c came too late for Twilio, which got an empty answer after 2 s"
    assert defining.text().count(says) == 1
    assert all(each.replies == () for each in in_c.delivered())
    line = ledger(
        f"kernel busy for {BUSY:.0f} s in C code that holds the GIL",
        **in_c.figures(),
        well=well,
        says=f"under the cell: {says}",
    )
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (20, 20, 20, 20)
