"""The list of findings: looked at in a thread, mended when a person agrees, and looked at again."""

import threading
from collections.abc import Iterator

import pytest

from tests.notebook.widgets.config.conftest import Wait
from tests.notebook.widgets.pages import Page
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.display import Finding, Remedy
from twilio_nb.notebook.widgets.checklist import Checklist


@pytest.fixture
def checklist() -> Iterator[Checklist]:
    made = Checklist(lambda findings: None)
    yield made
    made.close()


def fail() -> None:
    message = "Twilio refused."
    raise ConfigurationError(message)


def test_the_first_page_begins_the_look_and_a_second_only_reads(
    checklist: Checklist, eventually: Wait
) -> None:
    looks: list[int] = []

    def look() -> list[Finding]:
        looks.append(1)
        return [Finding("warning", "Mind the gap.")]

    checklist.turn_to(look)
    page = Page(checklist)

    page.ask("now")
    eventually(lambda: checklist._status.startswith("Checked"))
    second = Page(checklist).ask("now")

    assert looks == [1]
    assert second["status"] == "Checked: 1 thing to do."
    assert second["findings"] == [
        {"state": "warning", "mark": "!", "sentence": "Mind the gap.", "remedy": None}
    ]


def test_a_remedy_is_told_done_and_looked_after(checklist: Checklist, eventually: Wait) -> None:
    mended: list[str] = []
    remedy = Remedy("Mend it", "The gap will be closed.", lambda: mended.append("x"))
    checklist.turn_to(lambda: [Finding("ok", "Closed.") if mended else Finding("problem", "Gap.", remedy)])
    page = Page(checklist)
    page.ask("now")
    told = page.hear(lambda told: told["status"] == "Checked: 1 problem.")
    assert told["findings"][0]["remedy"] == {"label": "Mend it", "change": "The gap will be closed."}

    page.ask("mend", run=told["run"], index=0)

    eventually(lambda: checklist.findings == [Finding("ok", "Closed.")])
    page.hear(lambda told: told["status"] == "All is well.")
    assert mended == ["x"]


@pytest.mark.parametrize("where", ["an old list", "beyond its end", "no remedy"])
def test_what_is_no_remedy_of_this_list_is_refused(
    checklist: Checklist, eventually: Wait, where: str
) -> None:
    done: list[str] = []
    remedy = Remedy("Mend it", "…", lambda: done.append("x"))
    checklist.turn_to(lambda: [Finding("problem", "Gap.", remedy), Finding("ok", "Fine.")])
    page = Page(checklist)
    page.ask("now")
    eventually(lambda: bool(checklist.findings))
    run = checklist._run

    answer = page.ask(
        "mend",
        run=run - 1 if where == "an old list" else run,
        index={"beyond its end": 7, "no remedy": 1}.get(where, 0),
    )

    assert "has changed" in answer["error"]
    assert done == []


def test_a_remedy_that_fails_says_why(checklist: Checklist, eventually: Wait) -> None:
    checklist.turn_to(lambda: [Finding("problem", "Gap.", Remedy("Mend it", "…", fail))])
    page = Page(checklist)
    page.ask("now")
    eventually(lambda: bool(checklist.findings))

    answer = page.ask("mend", run=checklist._run, index=0)

    assert answer["error"] == "Twilio refused."


def test_a_look_that_fails_is_a_finding(checklist: Checklist, eventually: Wait) -> None:
    def broken() -> list[Finding]:
        raise KeyError("a secret perhaps")

    checklist.turn_to(broken)
    checklist.check()

    eventually(lambda: bool(checklist.findings))
    assert "KeyError" in checklist.findings[0].sentence
    assert "secret" not in checklist.findings[0].sentence


def test_what_an_older_look_finds_late_counts_no_more(checklist: Checklist, eventually: Wait) -> None:
    late, seen = threading.Event(), threading.Event()

    def slow() -> list[Finding]:
        late.wait(10)
        seen.set()
        return [Finding("problem", "Old.")]

    checklist.turn_to(slow)
    checklist.check()
    checklist.turn_to(lambda: [Finding("ok", "New.")])
    checklist.check()
    eventually(lambda: bool(checklist.findings))
    late.set()
    seen.wait(10)
    assert checklist._workers is not None
    checklist._workers.shutdown(wait=True)

    assert checklist.findings == [Finding("ok", "New.")]


def test_what_goes_wrong_in_a_thread_of_a_view_is_written_down(
    checklist: Checklist, eventually: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    checklist.work(fail)

    eventually(lambda: "Work of a view failed: " in caplog.text and "in fail" in caplog.text)
    assert "Twilio refused." not in caplog.text
