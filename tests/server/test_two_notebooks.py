"""Two notebooks of one Jupyter Server that answer the same webhook."""

import time
from collections.abc import Callable, Iterator

import pytest

from twilio_nb.headless import Kernel
from twilio_nb.playground import Playground

pytestmark = pytest.mark.server

OPEN = """
%load_ext twilio_nb
import twilio_nb
account = twilio_nb.sandbox("shared")
phone = account.phone()
"""

ANSWER = """
%%twilio_webhook echo --respond-result
def echo(payload, response):
    response.set_status_code(299).set_body("{word}")  # a status that has no name passes as well
"""

REMOVE = """
try:
    account.service.remove_webhook("echo")
except twilio_nb.TwilioNBError as error:
    print(error)
"""


@pytest.fixture
def notebooks() -> Iterator[Callable[[], Kernel]]:
    with Playground(base_url="/user/ann/") as playground:
        yield playground.kernel


def until(kernel: Kernel, cell: str, found: str) -> None:
    deadline = time.monotonic() + 15
    while found not in (shown := kernel.run(cell)):
        assert time.monotonic() < deadline, f"{found!r} is not in {shown!r}"
        time.sleep(0.1)


def test_the_newest_answers_the_other_is_told_and_resumes_when_it_leaves(
    notebooks: Callable[[], Kernel],
) -> None:
    first, second = notebooks(), notebooks()
    first.run(OPEN)
    first.run(ANSWER.format(word="first"))
    second.run(OPEN)
    assert "first" in first.run("print(phone.text('who?').replies)")

    second.run(ANSWER.format(word="second"))

    assert "second" in first.run("print(phone.text('who?').replies)")
    until(first, "print(account.service.webhooks())", "answered by another notebook (process")
    assert "answered elsewhere" in first.run("print(*account.service.check())")

    for one in (first, second):
        assert "Another notebook (process" in one.run(REMOVE)

    second.run("account.close()")

    until(first, "print(phone.text('who?').replies)", "first")
    until(first, "print(account.service.webhooks())", "live")
    assert first.run(REMOVE) == ""
