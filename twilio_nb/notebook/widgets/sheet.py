"""What stands below the fields of the form that sends: what they come to, the buttons, what became of each text."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from twilio_nb.domain.markup import plain
from twilio_nb.domain.segments import EXPLAINED
from twilio_nb.notebook.dispatch import ARRIVED, FAILED, FINAL, Dispatch, Sending
from twilio_nb.notebook.widgets.view import Answer, View, asked, asked_slowly, source

if TYPE_CHECKING:
    from twilio_nb.notebook.widgets.compose import Compose

MOST = 200
"""Rows of a report; of more recipients those come first who have not got it."""
_PAUSE = 0.2  # seconds between two reports to a page, at least


class Sheet(View):
    """The lower part of the form; it holds nothing, and asks the form.

    Parameters
    ----------
    form : Compose
        The form.
    fields : dict of str to Widget
        Its fields: the page looks into them before it sends, since a kernel hears of a typed letter later.
    """

    _esm = source("explanation.js", "sheet.js")
    _css = source("bubbles.css", "sheet.css")
    fields = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, form: Compose, fields: dict[str, Any]) -> None:
        super().__init__(fields=fields)
        self._form = form
        self._due = threading.Lock()

    @asked
    def hello(self) -> Answer:
        """Return all there is to show."""
        return {**self._draft(), "report": self._report(), "explained": EXPLAINED}

    @asked_slowly
    def senders(self) -> Answer:
        """Have the list of senders fetched, which appears in its field."""
        self._form.list_senders()
        return None

    @asked
    def plainer(self) -> Answer:
        """Spell the text with the signs of GSM-7."""
        self._form.spell_plainly()
        return None

    @asked_slowly
    def dispatch(self, fields: dict[str, str], round: str, confirmed: bool = False) -> Answer:
        """Begin to send, or return a question."""
        question = self._form.send(fields, round=round, confirmed=confirmed)
        return {"confirm": question, "report": self._report()}

    @asked
    def stop(self) -> Answer:
        """Send no more."""
        self._form.stop()
        return None

    def show(self) -> None:
        """Tell pages what the fields come to."""
        self.tell("draft", **self._draft())

    def report(self) -> None:
        """Tell pages how the texts fare; often called, seldom done, and the last time always."""
        dispatch = self._form.dispatch
        if dispatch is None:
            return
        if dispatch.is_over or not dispatch.is_sending:
            self.tell("report", report=self._report())
        elif self._due.acquire(blocking=False):
            timer = threading.Timer(_PAUSE, self._report_now)
            timer.daemon = True
            timer.start()

    def _draft(self) -> dict[str, Any]:
        return {"draft": self._form.draft.told(), "round": self._form.round}

    def _report_now(self) -> None:
        self._due.release()
        self.tell("report", report=self._report())

    def _report(self) -> dict[str, Any] | None:
        dispatch = self._form.dispatch
        return None if dispatch is None else _told(dispatch)


def _told(dispatch: Dispatch) -> dict[str, Any]:
    sendings = list(enumerate(dispatch.sendings))
    if len(sendings) > MOST:
        sendings.sort(key=lambda one: _urgency(one[1]))
    rows = [_row(number, sending) for number, sending in sendings[:MOST]]
    handed = sum(one.message is not None for one in dispatch.sendings)
    return {
        "rows": rows,
        "total": len(sendings),
        "done": sum(one.status not in ("waiting", "sending") for one in dispatch.sendings),
        "isSending": dispatch.is_sending,
        "isOver": dispatch.is_over,
        "summary": _summary(dispatch, handed),
        "trouble": plain(dispatch.trouble),
    }


def _summary(dispatch: Dispatch, handed: int) -> str:
    counts, total = dispatch.counts, len(dispatch.sendings)
    if dispatch.is_sending:
        return f"Sending: {handed:,} of {total:,} handed to Twilio."
    arrived = sum(counts[status] for status in ARRIVED)
    failed = sum(counts[status] for status in FAILED)
    on_the_way = handed - sum(one.message is not None and one.status in FINAL for one in dispatch.sendings)
    parts = [
        f"{arrived:,} delivered" if arrived else "",
        f"{on_the_way:,} on the way" if on_the_way else "",
        f"{failed:,} failed" if failed else "",
        f"{counts['unknown']:,} unclear" if counts["unknown"] else "",
        f"{counts['not sent']:,} not sent" if counts["not sent"] else "",
    ]
    said = ", ".join(filter(None, parts))
    end = (
        " What carriers did not confirm within five minutes is no longer followed."
        if dispatch.is_over and on_the_way
        else ""
    )
    left = " Who did not get it is still in the form, with the text." if dispatch.left else ""
    return f"{handed:,} of {total:,} sent: {said}.{left}{end}"


def _row(number: int, sending: Sending) -> dict[str, Any]:
    kind = (
        "ok" if sending.status in ARRIVED else "error" if sending.status in FAILED | {"unknown"} else "open"
    )
    return {
        "number": number,
        "to": plain(sending.to),
        "status": plain(sending.status),
        "kind": kind,
        "sentence": plain(sending.sentence),
    }


def _urgency(sending: Sending) -> int:
    if sending.status in FAILED or sending.status == "unknown":
        return 0
    return 2 if sending.status in ARRIVED else 1
