"""What a person has typed into the form that sends: whom it reaches, what it costs, how it will look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twilio_nb.domain.markup import plain
from twilio_nb.domain.recipients import Recipients, listed
from twilio_nb.domain.segments import plainer, segments
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.display import Preview

_FAULTS = 5  # that are shown one by one


@dataclass(frozen=True)
class Draft:
    """A text that is not sent yet.

    Attributes
    ----------
    people : Recipients
        Who is texted.
    sender, body : str
        From whom, and what.
    media : tuple of str
        Addresses of pictures.
    is_column : bool
        Whether the recipients are a column, which cannot be corrected in the form.
    """

    people: Recipients
    sender: str
    body: str
    media: tuple[str, ...]
    is_column: bool

    def told(self) -> dict[str, Any]:
        """Return what the page says of it: recipients, size, a cheaper spelling, a preview."""
        faults, cheaper = self.people.faults, plainer(self.body)
        return {
            "people": len(self.people.addresses),
            "isColumn": self.is_column,
            "repeated": self.people.repeated,
            "faults": [
                {"place": plain(fault.place), "sentence": plain(fault.sentence)} for fault in faults[:_FAULTS]
            ],
            "moreFaults": max(0, len(faults) - _FAULTS),
            "size": self._size(),
            "cheaper": cheaper and f"Use plain signs: {_counted(segments(cheaper).count, 'segment')}",
            "preview": self._preview(),
        }

    def question(self) -> str | None:
        """Return what a person is to agree to before it goes out; None for one text to one."""
        count, wrong = len(self.people.addresses), len(self.people.faults)
        if count == 1 and not wrong:
            return None
        them = "1 person" if count == 1 else f"{count:,} people"
        gets = "gets" if wrong == 1 else "get"
        left_out = f" {_counted(wrong, 'row')} cannot be texted, and {gets} nothing." if wrong else ""
        if self.media:
            return f"This sends {_counted(count, 'picture message')} to {them}.{left_out}"
        # What goes over another channel has no segments.
        billed = sum(":" not in address for address in self.people.addresses) * segments(self.body).count
        size = f", {_counted(billed, 'segment')}," if billed else ""
        return f"This sends {_counted(count, 'text')}{size} to {them}.{left_out}"

    def check(self) -> None:
        """Refuse what cannot be sent, and can be corrected in the form.

        Raises
        ------
        ConfigurationError
            If nobody is named, or somebody wrongly.
        """
        if self.people.faults and not self.is_column:
            count = _counted(len(self.people.faults), "recipient")
            message = f"{count} cannot be texted; correct or remove them first."
            raise ConfigurationError(message)
        if not self.people.addresses:
            message = "Nobody is named who can be texted; write a number into 'To'."
            raise ConfigurationError(message)

    def _size(self) -> str:
        counted = segments(self.body)
        if not self.body:
            return ""
        size = (
            f"{_counted(counted.count, 'segment')}, {_counted(counted.units, 'unit')} of {counted.encoding}"
        )
        if counted.forced_by is None:
            return size
        return f"{size} because of {plain(counted.forced_by)} (U+{ord(counted.forced_by):04X})"

    def _preview(self) -> dict[str, Any] | None:
        if not self.people.addresses or not (self.body or self.media):
            return None
        arguments = {"from": self.sender, "body": self.body, "mediaUrl": self.media}
        preview = Preview.of({"to": self.people.addresses[0], **arguments})
        return {
            "facts": {name: plain(value) for name, value in preview.facts.items()},
            "body": plain(preview.body),
            "warnings": [plain(warning) for warning in preview.warnings],
        }


def column(to: Any) -> Recipients:
    """Return the recipients of a column.

    Parameters
    ----------
    to : sequence or pandas.Series
        Its rows are named by their places from 1, those of a Series also as its index names them.

    Raises
    ------
    ConfigurationError
        If it is a table.
    """
    if getattr(to, "ndim", 1) != 1:
        message = "A table was given for the recipients; give one of its columns, such as to=df['phone']."
        raise ConfigurationError(message)
    if hasattr(to, "items") and hasattr(to, "index") and not callable(to.index):
        return listed((f"{n} (index {name})", value) for n, (name, value) in enumerate(to.items(), 1))
    return listed(enumerate(to, 1))


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}"
