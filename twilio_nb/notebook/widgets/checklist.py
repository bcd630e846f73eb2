"""The list of what was looked at, with a button beside what can be mended."""

import logging
from collections.abc import Callable
from typing import Any

from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.notebook.display import MARKS, Finding
from twilio_nb.notebook.widgets.view import View, asked, asked_slowly, source
from twilio_nb.receiving.tracebacks import frames

logger = logging.getLogger(__name__)


class Checklist(View):
    """Findings, each a mark and a sentence; some with a remedy, which says what it changes and asks.

    Parameters
    ----------
    looked : callable
        Called after each look with the findings, in the thread of `turn_to`'s function.
    """

    _esm = source("question.js", "checklist.js")
    _css = source("config.css")

    def __init__(self, looked: Callable[[list[Finding]], None]) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self._look: Callable[[], list[Finding]] | None = None
        self._looked = looked
        self._run = self._begun = 0
        self._busy = False
        self._status = ""

    def say(self, status: str, *, busy: bool = False) -> None:
        """Show a sentence above the list.

        Parameters
        ----------
        status : str
            Such as what is wrong with a field.
        busy : bool
            Whether the list is about to change.
        """
        self._status, self._busy = status, busy
        self.tell("findings", **self._shown())

    def turn_to(self, look: Callable[[], list[Finding]] | None) -> None:
        """Have something else to look at, and an empty list until `check`, or a page, begins it.

        Parameters
        ----------
        look : callable or None
            Returns the findings; runs in a thread. None for nothing to look at.
        """
        self._look, self.findings = look, []
        self._run += 1
        self.say("")

    def check(self) -> None:
        """Look at everything again, in a thread; what an earlier look finds meanwhile counts no more."""
        if self._look is None:
            return
        self._run += 1
        self._begun = self._run
        self.say("Checking …", busy=True)
        self.work(self._check, self._run, self._look)

    @asked
    def now(self) -> dict[str, Any]:
        """Return what is known; the first page begins the first look."""
        if self._begun != self._run:
            self.check()
        return self._shown()

    @asked_slowly
    def mend(self, run: int, index: int) -> None:
        """Do what a finding's remedy says, and look again."""
        remedy = self.findings[index].remedy if run == self._run and index < len(self.findings) else None
        if remedy is None:
            message = "The list has changed meanwhile; look at it again."
            raise ConfigurationError(message)
        remedy.mend()
        self.check()

    def _check(self, run: int, look: Callable[[], list[Finding]]) -> None:
        try:
            findings = look()
        except TwilioNBError as error:
            findings = [Finding("problem", str(error))]
        except Exception as error:
            # Behind a page nobody sees a traceback.
            logger.error("Checking failed: %s", frames(error))
            sentence = f"Checking failed ({type(error).__name__}); the log of the kernel says how."
            findings = [Finding("problem", sentence)]
        if run == self._run:
            self.findings = findings
            self.say(_summary(findings))
            self._looked(findings)

    def _shown(self) -> dict[str, Any]:
        rows = [
            {
                "state": one.state,
                "mark": MARKS[one.state],
                "sentence": one.sentence,
                "remedy": {"label": one.remedy.label, "change": one.remedy.change} if one.remedy else None,
            }
            for one in self.findings
        ]
        return {"run": self._run, "busy": self._busy, "status": self._status, "findings": rows}


def _summary(findings: list[Finding]) -> str:
    counts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for state, word in (("problem", "problem"), ("warning", "thing to do"))
        if (count := sum(one.state == state for one in findings))
    ]
    return (
        f"Checked: {' and '.join(counts)}.".replace("thing to dos", "things to do")
        if counts
        else "All is well."
    )
