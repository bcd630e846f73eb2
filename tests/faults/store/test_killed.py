"""mongod killed, and its files taken away from under it, while texts come in."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.notebook import Cell
from tests.faults.parts.stage import Stage

pytestmark = [pytest.mark.server, pytest.mark.alone]

WITHIN = 3.0  # seconds, in which texts are taken again
TOLD_WITHIN = 5.0  # seconds, in which Twilio is told to come again

SENDS = 50
SEND = f"""
for number in range({SENDS}):
    service.send("{{phone}}", f"{{{{number}}}}")
    time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def cell(stage: Stage) -> Cell:
    return stage.answered_by(stage.notebook())


def mongod(stage: Stage) -> psutil.Process:
    (only,) = eventually(lambda: stage.processes("/mongod"), 10)
    assert isinstance(only, psutil.Process)
    return only


def runtime(stage: Stage) -> Path:
    (directory,) = (stage.playground.root / "run" / "twilio_nb").glob("mongod-*")
    return directory


def killed(stage: Stage) -> None:
    mongod(stage).kill()


def without_its_socket(stage: Stage) -> None:
    (runtime(stage) / "mongod.sock").unlink()


def without_socket_and_locks(stage: Stage) -> None:
    """As a cleaner of old files does it."""
    shutil.rmtree(runtime(stage))


def well_after(stage: Stage, break_it: Callable[[Stage], None]) -> float:
    """Break something, and return the seconds from the start of another mongod until a text is taken."""
    before = mongod(stage)
    break_it(stage)
    eventually(lambda: not before.is_running() and stage.processes("/mongod"))
    return seconds(lambda: stage.texts().text().replies)


def test_of_500_texts_around_two_deaths_of_mongod_each_is_stored_and_answered_once(
    stage: Stage, cell: Cell, ledger: Any
) -> None:
    texts, sent = stage.texts(), stage.texts()
    wells = []
    with texts.going_on(500, 0.02):
        sending = cell.notebook.begin(SEND.format(phone=sent.phone))
        for so_far in (100, 300):
            eventually(lambda least=so_far: len(texts.delivering()) >= least)  # type: ignore[misc]
            wells.append(well_after(stage, killed))

    refused = texts.refused()
    assert all(each.status == 503 and each.took < TOLD_WITHIN for each in refused), refused
    texts.repeat_refused()
    eventually(lambda: len(texts.replies()) == len(texts.delivering()))
    line = ledger("mongod killed (SIGKILL) twice in 500 texts", **texts.figures(), well=max(wells))
    assert line.sent == line.stored == line.handled == line.answered == 500
    assert line.acknowledged >= 450
    assert line.well < WITHIN
    # A person who sends meanwhile reads nothing of it.
    assert sending.wait().text() == ""
    assert sorted(map(int, stage.twilio.received(sent.phone))) == [*range(SENDS)]
    assert stage.database.db["messages"].count_documents({"to": sent.phone}) == SENDS


@pytest.mark.parametrize(
    ("fault", "break_it"),
    [
        ("mongod's socket file removed", without_its_socket),
        ("mongod's socket and locks removed", without_socket_and_locks),
    ],
)
def test_a_mongod_that_nobody_can_reach_any_more_is_replaced_and_no_text_is_lost(
    stage: Stage, cell: Cell, ledger: Any, fault: str, break_it: Callable[[Stage], None]
) -> None:
    texts, other = stage.texts(), stage.notebook()
    with texts.going_on(60):
        well = well_after(stage, break_it)
        # Who has no connection yet needs the socket.
        assert "Service 'line'" in other.run("twilio_nb.connect('line')", WITHIN).text()

    assert all(each.status == 503 and each.took < TOLD_WITHIN for each in texts.refused())
    texts.repeat_refused()
    eventually(lambda: len(texts.replies()) == len(texts.delivering()))
    line = ledger(fault, **texts.figures(), well=well)
    assert line.sent == line.stored == line.handled == line.answered
    assert line.well < WITHIN
    assert "Texts are stored in MongoDB" in cell.notebook.run("service.check()").text()
