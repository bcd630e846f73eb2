"""The disk of the data directory full, until mongod ends for want of it, and then with room again."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.notebook import Notebook
from tests.faults.store.small_disk import SmallDiskStage

pytestmark = [pytest.mark.server, pytest.mark.alone]

WITHIN = 3.0  # seconds after there is room, in which all is well
TOLD_WITHIN = 5.0  # seconds, in which Twilio, and a person, are told


@pytest.fixture
def stage() -> Iterator[SmallDiskStage]:
    with SmallDiskStage() as opened:
        yield opened


def ended_for_want_of_room(stage: SmallDiskStage) -> bool:
    stage.fill()  # one that has died and come back has tidied up
    # What it does by itself within a minute, and cannot live without.
    with contextlib.suppress(PyMongoError):
        stage.database.client.admin.command("fsync")
    return not stage.processes("/mongod") and not stage.processes("keeper.py")


def test_a_full_disk_is_named_and_all_is_well_by_itself_when_it_has_room(
    stage: SmallDiskStage, ledger: Any
) -> None:
    notebook, other = stage.first, Notebook(stage.playground.kernel())
    answering = stage.answered_by(notebook)
    before, during = stage.texts(), stage.texts()

    stage.fill()
    # As long as its journal has room mongod goes on, and so do all others.
    before.begin(10)
    eventually(lambda: before.states()["answered"] == 10)
    stage.connect(other)
    other.run("service.close()")
    eventually(lambda: ended_for_want_of_room(stage), 60)
    began = time.monotonic()
    cells = [notebook.begin("%twilio_send +15558675309 Hello"), other.begin(stage.connection())]
    during.begin(10)
    says = f"The disk of {stage.playground.root}/data/mongod is full"
    for cell in cells:
        cell.wait(TOLD_WITHIN - (time.monotonic() - began))
        assert says in cell.text()
    assert all(each.status == 503 and each.took < TOLD_WITHIN for each in during.delivered())
    assert stage.twilio.received("+15558675309") == []

    stage.make_room()
    well = seconds(lambda: stage.texts().text().replies)
    during.repeat_refused()
    stage.connect(other)
    assert "queued" in other.run("%twilio_send +15558675309 Hello again").text()
    assert "Texts are stored in MongoDB" in notebook.run("service.check()").text()
    texts = before + during
    eventually(lambda: len(texts.replies()) == len(texts.delivering()))
    line = ledger(
        "disk full", **texts.figures(), well=well, says="under the cell that sends: The disk of … is full"
    )
    assert (line.sent, line.acknowledged, line.stored, line.handled, line.answered) == (20, 10, 20, 20, 20)
    assert well < WITHIN
    # Once by itself, wherever that is seen, and in the error; not anew with each look.
    assert answering.text().count(says) + cells[0].text().count(says) == 2
