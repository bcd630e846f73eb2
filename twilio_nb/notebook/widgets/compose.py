"""``service.compose()``: a form that sends a text to one or many, and shows how it fares with each."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from twilio_nb.domain.markup import plain
from twilio_nb.domain.recipients import Recipients, listed, typed
from twilio_nb.domain.segments import plainer, segments
from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.notebook.dispatch import Dispatch
from twilio_nb.notebook.display import Preview
from twilio_nb.notebook.widgets.sheet import Sheet

if TYPE_CHECKING:
    from twilio_nb.service import Service

_LABEL = "6em"
_FAULTS = 5  # of recipients, that are shown one by one


class Compose(ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
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
        self._round = uuid.uuid4().hex
        self._asked = False
        self._column = None if isinstance(to, str) else to
        self.to = _area("To", "+1 555 867 5309, one or several: a line or a comma for each", rows=3)
        self.to.value = to if isinstance(to, str) else ""
        if self._column is not None:
            self.to.layout.display = "none"
        sender = service.definition.sender
        self.sender = ipywidgets.Dropdown(
            description="From",
            options=[(sender or "The account's only number", "")],
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

    @property
    def recipients(self) -> Recipients:
        """Who is texted, and what of it cannot be."""
        return self._column or typed(self.to.value)

    def close(self) -> None:
        """Take the form off the page: nothing more is sent, and nothing more is followed."""
        with self._lock:
            dispatch, self._dispatch = self._dispatch, None
        if dispatch is not None:
            dispatch.close()
        self.sheet.close()
        for field in (self.to, self.sender, self.body, self.media):
            field.layout.close()
            field.style.close()
            field.close()
        self.layout.close()
        super().close()

    def __repr__(self) -> str:
        return f"A form to send texts from {self._service.name!r}; it shows in a notebook."

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {**(super()._repr_mimebundle_(**options) or {}), "text/plain": repr(self)}

    def draft(self) -> dict[str, Any]:
        """Return what the page says of what is typed: recipients, size, a cheaper spelling, the preview."""
        people, body = self.recipients, str(self.body.value)
        counted = segments(body)
        cheaper = plainer(body)
        size = ""
        if body:
            size = f"{_counted(counted.count, 'segment')}, {_counted(counted.units, 'unit')} of {counted.encoding}"
        if counted.forced_by:
            size += f" because of {plain(counted.forced_by)} (U+{ord(counted.forced_by):04X})"
        return {
            "people": len(people.addresses),
            "isColumn": self._column is not None,
            "repeated": people.repeated,
            "faults": [
                {"place": plain(fault.place), "sentence": plain(fault.sentence)}
                for fault in people.faults[:_FAULTS]
            ],
            "moreFaults": max(0, len(people.faults) - _FAULTS),
            "size": size,
            "cheaper": cheaper and f"Use plain signs: {_counted(segments(cheaper).count, 'segment')}",
            "preview": self._preview(people),
        }

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
                for label, value in _senders(self._service)
                if value != self._service.definition.sender
            ]
        except TwilioNBError:
            self._asked = False  # sending says what is wrong, better than a list could
            return
        chosen = self.sender.value
        with self.sender.hold_sync():
            self.sender.options = [*self.sender.options[:1], *found]
            self.sender.value = chosen

    def send(self, given: dict[str, str], *, confirmed: bool) -> str | None:
        """Send what the page shows; return the question to be confirmed first, if it is for several.

        Parameters
        ----------
        given : dict
            What the fields show on the page, which may be ahead of ours; of the list its label.
        confirmed : bool
            Whether a person agreed.

        Raises
        ------
        ConfigurationError, InvalidAddress, RuleDenied
            If it cannot be sent like this.
        """
        for name, field in self._typed.items():
            field.value = given[name]
        self.sender.label = given["sender"]
        people, media = self.recipients, _lines(given["media"])
        if people.faults and self._column is None:
            message = (
                f"{_counted(len(people.faults), 'recipient')} cannot be texted; correct or remove them first."
            )
            raise ConfigurationError(message)
        if not people.addresses:
            message = "Nobody is named; write a number into 'To'."
            raise ConfigurationError(message)
        sender, body = self.sender.value or None, given["body"]
        self._service.checked(people.addresses[0], body, sender, media)
        if (len(people.addresses) > 1 or people.faults) and not confirmed:
            return _question(people, body, media)
        with self._lock:
            if self._dispatch is not None and self._dispatch.is_sending:
                return None  # the button was pressed twice
            if self._dispatch is not None:
                self._dispatch.close()
            # Within one round nobody gets the same text twice, however often the button is pressed.
            digest = hashlib.sha256(json.dumps([sender, body, media]).encode()).hexdigest()
            once = f"compose-{self._round}-{digest}"
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
        self.sheet.report()

    def _settle(self, dispatch: Dispatch) -> None:
        """Blank what was sent, and leave what was not; what was typed meanwhile stays."""
        self._settled = dispatch
        left = dispatch.left
        if left:
            if self._column is None:
                self.to.value = "\n".join(left)
            return
        self._round = uuid.uuid4().hex
        for name, field in self._typed.items():
            if field.value == self._given[name]:
                field.value = ""

    def _preview(self, people: Recipients) -> dict[str, Any] | None:
        body, media = str(self.body.value), _lines(str(self.media.value))
        if not people.addresses or not (body or media):
            return None
        sender = self.sender.value or self._service.definition.sender or "The account's only number"
        preview = Preview.of({"to": people.addresses[0], "from": sender, "body": body, "mediaUrl": media})
        return {
            "facts": {name: plain(value) for name, value in preview.facts.items()},
            "body": plain(preview.body),
            "warnings": [plain(warning) for warning in preview.warnings],
        }


def _question(people: Recipients, body: str, media: Sequence[str]) -> str:
    count = len(people.addresses)
    them = "1 person" if count == 1 else f"{count:,} people"
    wrong = len(people.faults)
    gets = "gets" if wrong == 1 else "get"
    left_out = f" {_counted(wrong, 'row')} cannot be texted, and {gets} nothing." if wrong else ""
    if media:
        return f"This sends {_counted(count, 'picture message')} to {them}.{left_out}"
    # What goes over another channel has no segments.
    total = sum(":" not in address for address in people.addresses) * segments(body).count
    billed = f", {_counted(total, 'segment')}," if total else ""
    return f"This sends {_counted(count, 'text')}{billed} to {them}.{left_out}"


def _senders(service: Service) -> list[tuple[str, str]]:
    gateway = service.gateway
    numbers = [(str(one["phone_number"]), str(one["phone_number"])) for one in gateway.numbers()]
    services = [
        (f"{plain(one['friendly_name'])} (Messaging Service …{one['sid'][-4:]})", str(one["sid"]))
        for one in gateway.messaging_services()
    ]
    return [*numbers, *services]


def column(to: Any) -> Recipients:
    """Return the recipients of a column.

    Parameters
    ----------
    to : sequence or pandas.Series
        Its rows are named as in its index, those of any other sequence by their places from 1.

    Raises
    ------
    ConfigurationError
        If it is a table.
    """
    if getattr(to, "ndim", 1) != 1:
        message = "A table was given for the recipients; give one of its columns, such as to=df['phone']."
        raise ConfigurationError(message)
    if hasattr(to, "items") and hasattr(to, "index") and not callable(to.index):
        return listed(to.items())
    return listed(enumerate(to, 1))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _area(label: str, placeholder: str, *, rows: int) -> Any:
    return ipywidgets.Textarea(
        description=label,
        placeholder=placeholder,
        rows=rows,
        style={"description_width": _LABEL},
        layout={"width": "auto"},
    )


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}"
