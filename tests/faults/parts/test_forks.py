"""Processes that a cell or a handler forks: they answer nothing, and keep nothing alive."""

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.faults.parts.moments import seconds
from tests.faults.parts.stage import Stage

pytestmark = pytest.mark.server

CELL = """
import multiprocessing, os, subprocess, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against fork where there are threads
def wait():
    time.sleep(120)
    os._exit(0)
def half(number):
    return number / 2
forked = os.fork() or wait()
pool = multiprocessing.get_context("fork").Pool(2)
assert pool.map(half, [2, 4]) == [1, 2]
started = subprocess.Popen(["sleep", "120"])
children = [forked, started.pid, *(child.pid for child in multiprocessing.active_children())]
print(*children)
"""

HANDLER = """
%%twilio_webhook forking --respond-result --concurrency 5
def forking(payload):
    ran(payload)
    children.append(os.fork() or wait())
    process = multiprocessing.get_context("fork").Process(target=half, args=[2])
    process.start()
    process.join()
    return "Re: " + payload["Body"]
"""


@pytest.fixture
def stage() -> Iterator[Stage]:
    """One for each try, since the test ends its Jupyter Server."""
    with Stage() as opened:
        yield opened


def test_a_forked_process_answers_nothing_and_keeps_nothing_alive(stage: Stage, ledger: Any) -> None:
    notebook = stage.notebook()
    stage.answered_by(notebook)
    notebook.run(CELL)
    notebook.run(HANDLER)
    texts, forking = stage.texts(), stage.texts("forking")
    with texts.going_on(10), forking.going_on(5):
        pass
    both = texts + forking
    line = ledger("kernel process forked", **both.figures())
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (15, 15, 15, 15)
    children = [psutil.Process(int(pid)) for pid in notebook.run("print(*children)").text().split()]
    assert len(children) == 9

    # The kernel leaves, they stay: it is missed at once, and what it shared with them ends with it.
    os.kill(notebook.pid, signal.SIGKILL)
    well = seconds(lambda: stage.texts().text().replies == () and forking.text().replies == ())
    late = stage.texts()
    assert late.text().status == 200
    assert late.states() == {"pending": 1}
    figures = late.figures()
    stage.database.close()
    stage.playground.request("POST", "api/shutdown")
    try:
        well += seconds(lambda: not {*stage.playground.processes()} - {*children}, 15)
        assert any(child.is_running() for child in children), "else it was not tried"
    finally:
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    ledger(
        "kernel killed, and Jupyter Server shut down, with forked processes left",
        **figures,
        well=well,
    )
