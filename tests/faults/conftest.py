"""Faults go into one table: what was sent, acknowledged, stored, handled, answered, seconds until well.

Each test breaks something on purpose and hands its line to `ledger`, which refuses a loss. ``make faults``
(``pytest tests/faults --figures``) writes the lines into tests/FIGURES.md; every run prints them.
"""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

import pytest

from tests import figures
from tests.faults.parts.stage import Stage

HEAD = ("fault", "sent", "acknowledged", "stored", "handled", "answered", "well after", "what a person reads")


@dataclass(frozen=True)
class Line:
    """What became of the texts of one fault; None where a number has no meaning.

    Attributes
    ----------
    fault : str
        What was done, in a few words.
    sent, acknowledged, stored, handled, answered : int or None
        Webhooks posted; answered with 200; found in the store afterwards; runs of the handler; replies that left.
    well : float or None
        Seconds from the end of the fault until all is well by itself.
    says : str
        The one sentence that a person reads, without its numbers; empty where nobody need be told.
    """

    fault: str
    sent: int | None = None
    acknowledged: int | None = None
    stored: int | None = None
    handled: int | None = None
    answered: int | None = None
    well: float | None = None
    says: str = ""


Ledger = Callable[..., Line]


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Provide a function that enters a line, with the fields of `Line`, and refuses a loss."""

    def enter(fault: str, **fields: Any) -> Line:
        line = Line(fault, **fields)
        assert line.stored is None or line.stored >= (line.acknowledged or 0), f"texts were lost: {line}"
        assert line.handled is None or line.stored is None or line.handled <= line.stored, (
            f"ran twice: {line}"
        )
        request.node.user_properties.append(("fault", list(astuple(line))))
        return line

    return enter


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A stage for each module: its tests break one part after the other, and leave all well."""
    with Stage() as opened:
        yield opened


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figures", action="store_true", help="write the table of faults into tests/FIGURES.md")


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> Iterator[None]:
    yield
    passed = terminalreporter.stats.get("passed", [])
    lines = [value for report in passed for name, value in report.user_properties if name == "fault"]
    if not lines:
        return
    content = figures.table(HEAD, lines)
    terminalreporter.write_sep("-", "faults")
    terminalreporter.write_line(content)
    if config.getoption("--figures"):
        figures.write("faults", content)
