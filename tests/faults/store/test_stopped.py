"""mongod stopped and continued: nobody waits for it, and nothing is sent that could not be stored."""

import secrets
import time
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.stage import Stage, stopped

pytestmark = [pytest.mark.server, pytest.mark.alone]

WITHIN = 3.0  # seconds after it continues, in which all is well
TOLD_WITHIN = 5.0  # seconds, in which Twilio, and a person, are told

WAITS = "MongoDB cannot be reached or does not answer"
JOINS = "The embedded mongod runs, but does not answer as it should"


def test_while_mongod_hangs_everybody_is_told_within_five_seconds_and_no_text_leaves(
    stage: Stage, ledger: Any
) -> None:
    sending, reading, looking, joining = (stage.notebook() for _ in range(4))
    joining.run("service.close()")
    stage.answered_by(sending)
    (mongod,) = stage.processes("/mongod")
    texts, phone = stage.texts(), f"+1555{secrets.randbelow(9_000_000) + 1_000_000}"
    texts.begin(3)
    eventually(lambda: texts.states()["answered"] == 3)

    with stopped(mongod):
        began = time.monotonic()
        cells = {
            sending.begin(f"%twilio_send {phone} Hello"): WAITS,
            reading.begin("%twilio_texts"): WAITS,
            looking.begin("service.check()"): WAITS,
            joining.begin("twilio_nb.connect('line')"): JOINS,
        }
        texts.begin(20)
        for cell, says in cells.items():
            cell.wait(TOLD_WITHIN - (time.monotonic() - began))
            assert says in cell.text()
        assert {each.status for each in texts.refused()} == {503}
        assert len(texts.refused()) == 20
        assert stage.twilio.received(phone) == []

    well = seconds(lambda: stage.texts().text().replies)
    assert f"→ {phone}: queued" in sending.run(f"%twilio_send {phone} Hello again").text()
    eventually(lambda: stage.twilio.received(phone) == ["Hello again"])
    for notebook in (reading, looking, joining):
        assert len(notebook.run("twilio_nb.connect('line').texts()").text().splitlines()) > 3
    assert max(each.took for each in texts.refused()) < TOLD_WITHIN
    texts.repeat_refused()
    eventually(lambda: len(texts.replies()) == len(texts.delivering()))
    line = ledger(
        "mongod stopped (SIGSTOP) for five seconds",
        **texts.figures(),
        well=well,
        says=f"under the cell that sends: {WAITS}",
    )
    assert (line.sent, line.acknowledged, line.stored, line.handled, line.answered) == (23, 3, 23, 23, 23)
    assert well < WITHIN
