"""MongoDB away just when a late reply has to be settled, and when a kernel leaves with one in hand."""

import os
import signal
import time
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.stage import SLOW, Stage, stopped

pytestmark = [pytest.mark.server, pytest.mark.alone]


def test_a_late_reply_that_cannot_be_settled_is_sent_once_when_the_store_is_back(
    stage: Stage, ledger: Any
) -> None:
    late, leaving = stage.notebook(), stage.notebook()
    slow = SLOW.format(webhook="late", seconds=1).replace(
        "--respond-result", "--respond-result --timeout 0.5"
    )
    said = late.run(slow)
    leaving.run(SLOW.format(webhook="leaving", seconds=60))
    (mongod,) = stage.processes("/mongod")
    texts, left = stage.texts("late"), stage.texts("leaving")
    texts.begin(3)
    left.begin(1)
    eventually(lambda: left.runs() and texts.runs())

    with stopped(mongod):
        os.kill(leaving.pid, signal.SIGKILL)
        during = stage.texts("late")
        during.begin(2)
        assert [each.status for each in during.delivered()] == [503, 503]
        time.sleep(1)
        assert texts.stage.twilio.received(texts.phone) == []

    well = seconds(lambda: len(texts.replies()) == 3)
    eventually(lambda: left.states() == {"interrupted": 1})
    eventually(lambda: texts.states() == {"late": 3})
    time.sleep(1)  # for what came twice
    says = "late came too late for Twilio, which got an empty answer after 0.5 s"
    eventually(lambda: says in said.text())
    line = ledger(
        "mongod stopped while late replies wait for it",
        **texts.figures(),
        well=well,
        says=f"under the cell: {says}",
    )
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (3, 3, 3, 3)

    leaving.restarted()
    stage.connect(leaving)
    cell = leaving.run(SLOW.format(webhook="leaving", seconds=0))
    says = "interrupted when a kernel left that ran leaving: `%twilio_replay leaving --failed`"
    eventually(lambda: says in cell.text())  # a second try finds the text of the first one, too
    line = ledger(
        "mongod stopped while a kernel leaves with a text in hand",
        **left.figures(),
        well=well,
        says=f"under the cell, run again: 1 text {says}",
    )
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (1, 1, 1, 0)
