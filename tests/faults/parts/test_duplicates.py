"""The same text delivered again: while its handler runs, and after it has ended."""

from typing import Any

import pytest

from tests.faults.parts.moments import eventually
from tests.faults.parts.stage import SLOW, Stage

pytestmark = pytest.mark.server


def test_a_text_that_comes_again_runs_once_and_every_delivery_gets_the_same_answer(
    stage: Stage, ledger: Any
) -> None:
    stage.notebook().run(SLOW.format(webhook="slow", seconds=0.3))
    texts = stage.texts("slow")
    texts.begin(8)
    firsts = texts.delivering()
    again = [texts.again(each) for each in firsts for _ in range(2)]
    assert not any(each.done() for each in firsts[4:]), "those were delivered again while they waited or ran"

    answers: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for each in [*(first.result() for first in firsts), *(one.result() for one in again)]:
        answers.setdefault(each.sid, []).append((each.status, each.replies))
    for each in [texts.again(first).result() for first in firsts]:
        answers[each.sid].append((each.status, each.replies))

    line = ledger("each text delivered twice more while it runs, once more after it", **texts.figures())
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (8, 8, 8, 8)
    assert all(len(got) == 4 and len(set(got)) == 1 and got[0][0] == 200 for got in answers.values())
    assert len({replies for got in answers.values() for _, replies in got}) == 8


def test_a_text_that_comes_again_when_it_is_late_is_answered_once_by_rest(stage: Stage, ledger: Any) -> None:
    stage.notebook().run(
        SLOW.format(webhook="slower", seconds=1).replace("--respond-result", "--respond-result --timeout 0.3")
    )
    texts = stage.texts("slower")
    texts.begin(1)
    (first,) = texts.delivering()
    eventually(first.done)
    while_it_runs = texts.again(first).result()
    eventually(texts.replies)
    afterwards = texts.again(first).result()

    line = ledger("a late text delivered again while it runs and after it", **texts.figures())
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (1, 1, 1, 1)
    assert (
        (while_it_runs.status, while_it_runs.replies) == (afterwards.status, afterwards.replies) == (200, ())
    )
