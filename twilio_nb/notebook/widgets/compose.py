"""``service.compose()``: a form that sends a text to one or many, and shows how it fares with each."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

import ipywidgets

from twilio_nb.domain.recipients import Recipients, typed
from twilio_nb.domain.segments import plainer
from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.dispatch import Dispatch
from twilio_nb.notebook.widgets.draft import Draft
from twilio_nb.notebook.widgets.form import Form
from twilio_nb.notebook.widgets.sender_fields import senders
from twilio_nb.notebook.widgets.sheet import Sheet

if TYPE_CHECKING:
    from twilio_nb.service import Service

_LABEL = "6em"
_ONLY = "The account's only number"


class Compose(Form):
    """A form to send a text from; made by `Service.compose`.

    What a person types into it is kept by the kernel, and may be saved in the notebook with the state of its widgets:
    recipients and text are blanked once they were sent. What became of each text is never part of that state.

    Parameters
    ----------
    service : Service
        Who sends.
    to : str or Recipients
        What stands in the field, or a column, which has no field and stays in the kernel.
    body : str
        The text to begin with.
    """

    def __init__(self, service: Service, to: str | Recipients, body: str) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._dispatch: Dispatch | None = None
        self._settled: Dispatch | None = None
        self._given: dict[str, str] = {}
        self.round = uuid.uuid4().hex
        self._asked = False
        self._column = None if isinstance(to, str) else to
        self.to = _area("To", "+1 555 867 5309, one or several: a line or a comma for each", rows=3)
        self.to.value = to if isinstance(to, str) else ""
        if self._column is not None:
            self.to.layout.display = "none"
        sender = service.definition.sender
        self.sender = ipywidgets.Dropdown(
            description="From",
            options=[(sender or _ONLY, "")],
            style={"description_width": _LABEL},
            layout={"width": "auto"},
        )
        self.body = _area("Text", "What to say", rows=4)
        self.body.value = body
        self.media = _area("Pictures", "https://… , one a line", rows=1)
        self._typed = {"to": self.to, "body": self.body, "media": self.media}
        fields = {"to": self.to, "sender": self.sender, "body": self.body, "media": self.media}
        self.sheet = Sheet(self, fields)
        super().__init__([*fields.values(), self.sheet], layout={"max_width": "46rem"})
        for field in fields.values():
            field.observe(lambda _: self.sheet.show(), "value")
        self.add_class("twilio-nb-compose")

    def close(self) -> None:
        """Take the form off the page: nothing more is sent, and nothing more is followed."""
        with self._lock:
            dispatch, self._dispatch = self._dispatch, None
        if dispatch is not None:
            dispatch.close()
        super().close()

    def __repr__(self) -> str:
        return f"A form to send texts from {self._service.name!r}; it shows in a notebook."

    @property
    def draft(self) -> Draft:
        """What is typed now."""
        sender = self.sender.value or self._service.definition.sender or _ONLY
        people = self._column or typed(self.to.value)
        return Draft(people, sender, self.body.value, _lines(self.media.value), self._column is not None)

    def spell_plainly(self) -> None:
        """Put the signs of GSM-7 in the place of those that make the text expensive."""
        self.body.value = plainer(str(self.body.value)) or self.body.value

    def list_senders(self) -> None:
        """Ask Twilio, once, from which numbers and services texts can be sent."""
        with self._lock:
            asked, self._asked = self._asked, True
        if asked:
            return
        try:
            found = [
                (label, value)
                for label, value in senders(self._service.gateway)
                if value != self._service.definition.sender
            ]
        except TwilioNBError:
            self._asked = False  # sending says what is wrong, better than a list could
            return
        chosen = self.sender.value
        with self.sender.hold_sync():
            self.sender.options = [*self.sender.options[:1], *found]
            self.sender.value = chosen

    def send(self, given: dict[str, str], *, round: str, confirmed: bool) -> str | None:
        """Send what the page shows; return the question to be confirmed first, if it is for several.

        Parameters
        ----------
        given : dict
            What the fields show on the page, which may be ahead of ours; of the list its label.
        round : str
            Which round the page was in; what belongs to one that is over has been sent.
        confirmed : bool
            Whether a person agreed.

        Raises
        ------
        ConfigurationError, InvalidAddress, RuleDenied
            If it cannot be sent like this.
        """
        if round != self.round:
            return None
        for name, field in self._typed.items():
            field.value = given[name]
        self.sender.label = given["sender"]
        draft, sender = self.draft, self.sender.value or None
        draft.check()
        people, body, media = draft.people, draft.body, draft.media
        self._service.checked(people.addresses[0], body, sender, media)
        if not confirmed and (question := draft.question()):
            return question
        with self._lock:
            if round != self.round or (self._dispatch is not None and self._dispatch.is_sending):
                return None  # the button was pressed twice
            if self._dispatch is not None:
                self._dispatch.close()
            # Within one round nobody gets the same text twice, however often the button is pressed.
            digest = hashlib.sha256(json.dumps([sender, body, media]).encode()).hexdigest()
            once = f"compose-{self.round}-{digest}"
            self._given = given
            self._dispatch = Dispatch(
                self._service, people.addresses, body, sender, media, once=once, changed=self._changed
            )
        self._dispatch.start()
        return None

    def stop(self) -> None:
        """Send no more."""
        if self._dispatch is not None:
            self._dispatch.stop()

    @property
    def dispatch(self) -> Dispatch | None:
        """What was sent last, and how it fares; None before anything was."""
        return self._dispatch

    def _changed(self) -> None:
        dispatch = self._dispatch
        if dispatch is None or not self.sheet.is_open:
            return
        if not dispatch.is_sending and self._settled is not dispatch:
            self._settle(dispatch)
            self.sheet.show()
        self.sheet.report()

    def _settle(self, dispatch: Dispatch) -> None:
        """Blank what was sent, and leave what was not; what was typed meanwhile stays."""
        self._settled = dispatch
        left = dispatch.left
        if left:
            if self._column is None:
                self.to.value = "\n".join(left)
            return
        self.round = uuid.uuid4().hex
        for name, field in self._typed.items():
            if field.value == self._given[name]:
                field.value = ""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _area(label: str, placeholder: str, *, rows: int) -> Any:
    return ipywidgets.Textarea(
        description=label,
        placeholder=placeholder,
        rows=rows,
        style={"description_width": _LABEL},
        layout={"width": "auto"},
    )
