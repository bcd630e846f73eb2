"""Handlers that do what they should not, beside one that goes on answering."""

from typing import Any

import pytest

from tests.faults.parts.moments import eventually, seconds
from tests.faults.parts.notebook import Notebook
from tests.faults.parts.stage import Stage

pytestmark = pytest.mark.server

LONGEST = 1600  # characters of one message

HANDLER = """
%%twilio_webhook odd --respond-result --timeout {timeout}
def odd(payload):
    ran(payload)
    body = payload["Body"]
    {does}
"""

HANDLERS = {
    "handler raises": ("raise KeyError(body)", "odd failed; nothing was texted back.", 0),
    "handler returns what cannot be texted": (
        "return object()",
        "odd: The handler answered with an object of type object, which has no form as text.",
        0,
    ),
    "handler prints 10 MB": (
        "for _ in range(10): print('x' * (1 << 20))\n    return body",
        "",
        1,
    ),
    "handler replies 5,000 characters": (
        "return ' '.join(f'{body}-{n}' for n in range(2000))[:5000]",
        "",
        4,
    ),
    "handler replies characters that XML forbids": (
        "return body + '\\x00\\x0b'",
        "odd: 2 characters were left out of the reply: XML forbids them.",
        1,
    ),
}


@pytest.fixture(scope="module")
def notebook(stage: Stage) -> Notebook:
    notebook = stage.notebook()
    stage.answered_by(notebook)
    return notebook


@pytest.mark.parametrize("fault", HANDLERS)
def test_whatever_a_handler_does_its_text_is_kept_and_others_are_answered(
    stage: Stage, notebook: Notebook, ledger: Any, fault: str
) -> None:
    does, says, replies = HANDLERS[fault]
    defining = notebook.run(HANDLER.format(does=does, timeout=10))
    odd, others = stage.texts("odd"), stage.texts()

    with others.going_on(10), odd.going_on(5):
        pass
    well = seconds(lambda: stage.texts().text().replies)

    line = ledger(fault, **odd.figures(), well=well, says=says and f"under the cell: {says}")
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (5, 5, 5, 5 * replies)
    assert odd.states() == {"answered" if replies else "failed": 5}
    assert max(map(len, odd.replies()), default=0) <= LONGEST
    assert len(others.replies()) == 10
    eventually(lambda: not says or defining.text().count(says) == 5)


@pytest.mark.alone
def test_a_handler_that_never_ends_is_abandoned_and_the_next_text_has_its_turn(
    stage: Stage, notebook: Notebook, ledger: Any
) -> None:
    # A minute, as it is otherwise, would be waited for in vain.
    notebook.run("from twilio_nb.receiving import lanes; lanes._PATIENCE = 3.0; never = True")
    does = "while never and body.startswith('0'): time.sleep(0.1)\n    return body"
    defining = notebook.run(HANDLER.format(does=does, timeout=0.5))
    odd, others = stage.texts("odd"), stage.texts()

    with others.going_on(10), odd.going_on(5):
        pass
    well = seconds(lambda: len(odd.replies()) == 4)

    says = "odd has not ended after 3 s and was abandoned, so that the next texts go on"
    eventually(lambda: says in defining.text())
    notebook.run("never = False")
    eventually(lambda: "odd, abandoned before, ended after" in defining.text())
    line = ledger("handler never ends", **odd.figures(), well=well, says=f"under the cell: {says}")
    assert (line.sent, line.acknowledged, line.handled, line.answered) == (5, 5, 5, 4)
    assert odd.states() == {"failed": 1, "late": 4}
    assert len(others.replies()) == 10
