"""Fields of a form: a sentence, a line that is checked as typed, a list to choose from, something to copy."""

from collections.abc import Callable, Sequence

import anywidget
import ipywidgets
import traitlets

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.widgets.view import View, source

LABEL = "var(--tnb-label)"  # config.css makes it narrower where there is little room


class Sentence(anywidget.AnyWidget):  # type: ignore[misc,unused-ignore]
    """A sentence beside a field, which a screen reader reads when it changes.

    Attributes
    ----------
    text : str
        The sentence; empty to show nothing.
    kind : {"hint", "error"}
        Whether something is wrong.
    """

    _esm = source("sentence.js")
    _css = source("config.css")
    text = traitlets.Unicode("").tag(sync=True)
    kind = traitlets.Unicode("hint").tag(sync=True)

    def say(self, text: str, kind: str = "hint") -> None:
        """Show a sentence in place of the one before."""
        with self.hold_sync():
            self.text, self.kind = text, kind


class Field(ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
    """A line of text that is checked as it is typed.

    Parameters
    ----------
    label : str
        Its name.
    check : callable
        Takes what was typed and returns a hint, or an error of this package; raises one as well.
    placeholder : str
        What to show while it is empty.
    """

    def __init__(self, label: str, check: Callable[[str], str], placeholder: str = "") -> None:
        self.entry = ipywidgets.Text(
            description=label,
            placeholder=placeholder,
            style={"description_width": LABEL},
            layout={"width": "auto"},
        )
        self.sentence = Sentence()
        self._check = check
        self.entry.observe(lambda _: self.look(), "value")
        super().__init__([self.entry, self.sentence])
        self.look()

    @property
    def value(self) -> str:
        """What was typed, without blanks around it."""
        return str(self.entry.value).strip()

    def fill(self, value: str | None, *, locked: bool = False) -> None:
        """Put something into it; locked, it can be read and not changed."""
        self.entry.value, self.entry.disabled = value or "", locked
        self.look()

    def look(self) -> str | None:
        """Check it, show the sentence, and return what is wrong; None if nothing is."""
        try:
            self.sentence.say(self._check(self.value))
        except TwilioNBError as error:
            self.sentence.say(str(error), "error")
            return str(error)
        return None


class Choice(ipywidgets.Dropdown):  # type: ignore[misc,unused-ignore]
    """A list to choose from, whose options change with what is chosen, in one step.

    Parameters
    ----------
    label : str
        Its name.
    chosen : callable
        Called after a person has chosen; not after `offer`.
    """

    def __init__(self, label: str, chosen: Callable[[], None]) -> None:
        super().__init__(
            description=label,
            style={"description_width": LABEL},
            layout={"width": "auto"},
        )
        self._chosen = chosen
        self._offering = False
        self.observe(self._heard, "value")

    def offer(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Offer pairs of label and value, one of which is chosen."""
        self._offering = True
        try:
            with self.hold_sync():
                self.options = options  # which chooses the first
                self.value = value
        finally:
            self._offering = False

    def _heard(self, _: object) -> None:
        if not self._offering:
            self._chosen()


class CopyField(View):
    """Something to be copied elsewhere.

    Attributes
    ----------
    label, value : str
        Its name, and what to copy.
    empty : str
        The sentence that stands there while there is nothing.
    """

    _esm = source("clipboard.js", "copy_field.js")
    _css = source("config.css")
    label = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("").tag(sync=True)
