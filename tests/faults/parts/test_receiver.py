"""The receiver killed, ending by itself, hanging, and without its sockets, while texts come in."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.notebook import Cell
from tests.faults.parts.stage import Stage

pytestmark = [pytest.mark.server, pytest.mark.alone]

STARTED_ANEW = "twilio_nb: the receiver ended and was started anew."


@pytest.fixture(scope="module")
def cell(stage: Stage) -> Cell:
    return stage.answered_by(stage.notebook())


def killed(stage: Stage) -> None:
    stage.receiver().kill()


def exiting(stage: Stage) -> None:
    stage.receiver().terminate()  # upon which it answers what it has stored, and exits with 0


def hung(stage: Stage) -> None:
    stage.receiver().suspend()


def without_sockets(stage: Stage) -> None:
    """Take away the sockets of the running receiver, as a cleaner of old files does."""
    (directory,) = (stage.playground.root / "run" / "twilio_nb").glob("jupyter-*")
    for name in ("pages.sock", "webhooks.sock", "kernels.sock"):
        (directory / name).unlink()


@pytest.mark.parametrize(
    ("fault", "break_it", "says"),
    [
        ("receiver killed (SIGKILL)", killed, STARTED_ANEW),
        ("receiver exits with 0", exiting, STARTED_ANEW),
        ("receiver's socket files removed", without_sockets, STARTED_ANEW),
        (
            "receiver hung (SIGSTOP)",
            hung,
            "twilio_nb: the receiver does not answer; it is ended and started anew.",
        ),
    ],
)
def test_a_receiver_that_breaks_is_back_by_itself_and_no_text_is_lost(
    stage: Stage, cell: Cell, ledger: Any, fault: str, break_it: Callable[[Stage], None], says: str
) -> None:
    texts = stage.texts()
    assert stage.texts().text().replies
    before = stage.receiver().pid
    said = stage.playground.log(1000).count(says)
    texts.begin(10)

    break_it(stage)
    with texts.going_on(20):
        well = seconds(lambda: stage.receiver().pid != before and stage.texts().text().replies, 30)

    eventually(lambda: not texts.states()["running"] and not texts.states()["pending"])
    eventually(lambda: texts.figures()["answered"] == texts.figures()["handled"])  # by REST, if it came late
    line = ledger(fault, **texts.figures(), well=well, says=f"in Jupyter's log: {says}")
    assert line.acknowledged == line.sent
    assert line.handled == line.stored == line.answered
    eventually(lambda: stage.playground.log(1000).count(says) > said)
    assert "The receiver runs and this kernel is connected" in cell.notebook.run("service.check()").text()
