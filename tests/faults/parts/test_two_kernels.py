"""Two kernels with one webhook: the newest answers, both are told, the other resumes when it leaves."""

import os
import signal
from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.stage import Stage

pytestmark = [pytest.mark.server, pytest.mark.alone]


def test_the_newest_kernel_answers_and_the_other_resumes_when_it_is_killed(stage: Stage, ledger: Any) -> None:
    first, second = stage.notebook(), stage.notebook()
    before = stage.answered_by(first)
    texts = stage.texts()
    with texts.going_on(60):
        eventually(lambda: sum(texts.runs().values()) > 5)
        after = stage.answered_by(second)
        so_far = sum(texts.runs().values())
        eventually(lambda: sum(texts.runs().values()) > so_far + 5)
        assert "answered by another notebook" in first.run("service.webhooks()").text()
        os.kill(second.pid, signal.SIGKILL)
        well = seconds(lambda: "This notebook answers line/echo again." in before.text())

    eventually(lambda: not texts.states()["running"] and not texts.states()["pending"])
    assert f"Another notebook (process {second.pid}) now answers line/echo, until it leaves." in before.text()
    assert f"This notebook now answers line/echo; another notebook (process {first.pid}) did before." in (
        after.text()
    )
    line = ledger(
        "two kernels with one webhook, the newest killed",
        **texts.figures(),
        well=well,
        says="under both cells: Another notebook now answers line/echo, until it leaves.",
    )
    assert line.acknowledged == line.sent
    assert line.answered == line.sent - texts.states()["interrupted"]
    # What the killed kernel had been given at that moment, and no other.
    assert texts.states()["interrupted"] <= 3
