"""The kernel restarted, killed and interrupted, while texts come in and one is being handled."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.notebook import Notebook
from tests.faults.parts.stage import SLOW, Stage

pytestmark = [pytest.mark.server, pytest.mark.alone]


@pytest.fixture(scope="module")
def notebook(stage: Stage) -> Notebook:
    return stage.notebook()


def restarted(stage: Stage, notebook: Notebook) -> None:
    stage.playground.request("POST", f"api/kernels/{notebook.kernel.id}/restart")


def killed(stage: Stage, notebook: Notebook) -> None:
    os.kill(notebook.pid, signal.SIGKILL)  # upon which Jupyter starts it again


@pytest.mark.parametrize(
    ("fault", "break_it"), [("kernel restarted", restarted), ("kernel killed (SIGKILL)", killed)]
)
def test_texts_wait_for_a_kernel_that_comes_back_and_the_one_it_ran_is_named(
    stage: Stage, notebook: Notebook, ledger: Any, fault: str, break_it: Callable[[Stage, Notebook], None]
) -> None:
    notebook.run(SLOW.format(webhook="slow", seconds=60))
    stage.answered_by(notebook)
    slow, texts = stage.texts("slow"), stage.texts()
    slow.begin()
    eventually(slow.runs)

    with texts.going_on(40):
        eventually(texts.runs)
        break_it(stage, notebook)
        well = seconds(lambda: stage.texts("inbox").text().status == 200)
    notebook.restarted()
    assert texts.states()["pending"] > 0
    stage.connect(notebook)
    assert "echo" in notebook.run("service.webhooks()").text()
    cells = [notebook.run(SLOW.format(webhook="slow", seconds=0)), stage.answered_by(notebook)]

    eventually(lambda: not texts.states()["running"] and not texts.states()["pending"])
    eventually(lambda: "came while nobody answered echo: run now." in cells[1].text())
    says = "1 text interrupted when a kernel left that ran slow: `%twilio_replay slow --failed`"
    eventually(lambda: says in cells[0].text())
    line = ledger(fault, **(slow + texts).figures(), well=well, says=f"under the cell, run again: {says}")
    assert line.acknowledged == line.sent
    assert slow.states() == {"interrupted": 1}
    assert set(texts.states()) <= {"answered", "interrupted"}
    # Only what was running at that moment has no reply.
    assert line.answered >= line.sent - 2
    assert "answered" in notebook.run("%twilio_replay slow --failed").text()
    assert eventually(lambda: stage.twilio.received(slow.phone)) == [f"Re: 0 from {slow.phone[-6:]}"]


def by_request(stage: Stage, notebook: Notebook) -> None:
    stage.playground.request("POST", f"api/kernels/{notebook.kernel.id}/interrupt")


def by_signal(stage: Stage, notebook: Notebook) -> None:
    os.kill(notebook.pid, signal.SIGINT)


@pytest.mark.parametrize(
    ("fault", "interrupt"),
    [("kernel interrupted from the menu", by_request), ("kernel interrupted by SIGINT", by_signal)],
)
@pytest.mark.parametrize("busy", [True, False], ids=["while a cell runs", "while none runs"])
def test_an_interrupt_ends_the_cell_and_no_handler(
    stage: Stage,
    notebook: Notebook,
    ledger: Any,
    fault: str,
    interrupt: Callable[[Stage, Notebook], None],
    busy: bool,
) -> None:
    stage.connect(notebook)
    defining = notebook.run(SLOW.format(webhook="steady", seconds=0.2))
    texts = stage.texts("steady")
    texts.begin(5)
    eventually(texts.runs)
    cell = notebook.begin("while True: time.sleep(0.01)" if busy else "'idle'")
    time.sleep(0.2)

    interrupt(stage, notebook)
    well = seconds(cell.is_done)

    says = "KeyboardInterrupt" if busy else ""
    assert says in cell.text()
    eventually(lambda: texts.states() == {"answered": 5})
    line = ledger(
        f"{fault}, {'a cell' if busy else 'only a handler'} running",
        **texts.figures(),
        well=well,
        says=says and f"under the cell: {says}",
    )
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (5, 5, 5, 5)
    assert "KeyboardInterrupt" not in defining.text()
    assert notebook.run("print('here')").text() == "here\n"


def test_an_interrupted_replay_begins_no_other_text(stage: Stage, notebook: Notebook, ledger: Any) -> None:
    stage.connect(notebook)
    notebook.run(SLOW.format(webhook="again", seconds=0).replace("return", "raise ValueError #"))
    texts = stage.texts("again")
    texts.begin(4)
    eventually(lambda: texts.states() == {"failed": 4})
    notebook.run(SLOW.format(webhook="again", seconds=1.5))
    replaying = notebook.begin("%twilio_replay again --failed")
    eventually(lambda: texts.states()["running"])

    by_signal(stage, notebook)
    well = seconds(replaying.is_done)

    assert "KeyboardInterrupt" in replaying.text()
    eventually(lambda: texts.states() == {"failed": 3, "answered": 1})
    time.sleep(2)
    assert texts.states() == {"failed": 3, "answered": 1}
    replies = texts.replies()
    assert len(replies) == 1
    runs = sum(texts.runs().values()) - 4  # the first four, by themselves, failed
    ledger(
        "%twilio_replay interrupted",
        sent=len(texts.delivered()),
        acknowledged=len(texts.acknowledged()),
        stored=len(texts.stored()),
        handled=runs,
        answered=len(replies),
        well=well,
        says="under the cell: KeyboardInterrupt; %twilio_webhooks counts 3 as failed",
    )
    assert runs == 1
    row = next(line for line in notebook.run("%twilio_webhooks").text().splitlines() if "again" in line)
    assert " 3 " in row
