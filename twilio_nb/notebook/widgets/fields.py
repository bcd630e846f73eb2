"""Fields that ipywidgets lacks: one that is checked as typed, a secret's, one to copy from, the page's own address."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

import anywidget
import ipywidgets
import traitlets

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.widgets.view import View, asked, asked_slowly, source
from twilio_nb.receiving.address import base_address
from twilio_nb.storage.secrets import Secret

LABEL = "var(--tnb-label)"  # config.css makes it narrower where there is little room
_PATIENCE = 3.0  # seconds for pages to hand over a secret; one that was closed says nothing
_OTHERS = 0.3  # seconds for other pages after one whose field was empty

Said = tuple[Literal["hint", "error"], str]


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


class SecretField(View):
    """A password field. Its value is no state: it comes once, in a message, and the field is blanked.

    Parameters
    ----------
    keep : callable
        Keeps a secret and says where.
    enter : callable
        Called when Enter is pressed in it.
    """

    _esm = source("secret_field.js")
    _css = source("config.css")
    label = traitlets.Unicode("Auth token").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    kind = traitlets.Unicode("hint").tag(sync=True)

    def __init__(self, keep: Callable[[Secret], str], enter: Callable[[], None]) -> None:
        super().__init__()
        self._keep, self._enter = keep, enter
        self._lock, self._keeping = threading.Lock(), threading.Lock()
        self._then: Callable[[], None] | None = None
        self._timer: threading.Timer | None = None

    def collect(self, then: Callable[[], None]) -> None:
        """Have the pages hand over what was typed and blank the field; keep it, and then go on.

        Parameters
        ----------
        then : callable
            What comes next, whether anything was typed or not.
        """
        self._then = then
        self.tell("hand over")
        self._go_on_after(_PATIENCE if self._pages else 0)

    def close(self) -> None:
        """Take it off the page; what waits for it does not come any more."""
        self._then = None
        self._go_on_after(0)
        super().close()

    @asked
    def hello(self) -> None:
        """Say that a page shows it."""

    @asked
    def enter(self) -> None:
        """Save, as the button does."""
        self._enter()

    @asked_slowly
    def keep(self, value: str) -> None:
        """Keep what was typed; another page that shows the field, too, may have it."""
        given = Secret(str(value).strip())
        value = ""  # a traceback that shows variables would show it
        with self._keeping:
            if given == Secret(""):
                self._go_on_after(_OTHERS if len(self._pages) > 1 else 0)
                return
            self._go_on_after(None)
            try:
                self.say(self._keep(given))
            except TwilioNBError as error:
                self.say(f"{error} It was not kept; enter it again.", "error")
            self._go_on_after(0)

    def say(self, note: str, kind: str = "hint") -> None:
        """Show a sentence below it."""
        with self.hold_sync():
            self.note, self.kind = note, kind

    def _go_on_after(self, seconds: float | None) -> None:
        """Go on with what comes next after a while, now, or not before it is said again."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if seconds:
                self._timer = threading.Timer(seconds, self._go_on_after, [0])
                self._timer.daemon = True
                self._timer.start()
            then = None
            if seconds == 0:
                then, self._then = self._then, None
        if then is not None:
            self.work(then)


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


class PageAddress(View):
    """The address at which a person reaches this Jupyter Server; the page tells it, and it is offered.

    Parameters
    ----------
    weigh : callable
        Takes the address; returns a sentence about it, empty to show nothing, and whether to offer it.
    use : callable
        Takes the address once a person agreed.

    Attributes
    ----------
    url : str or None
        The address told last, in the form that Twilio signs; None before any page did.
    """

    _esm = source("page_address.js")
    _css = source("config.css")

    def __init__(self, weigh: Callable[[str], tuple[str, bool]], use: Callable[[str], None]) -> None:
        super().__init__()
        self.url: str | None = None
        self._weigh, self._use = weigh, use

    def refresh(self) -> None:
        """Weigh the address again, after the service changed."""
        self.tell("weigh")

    @asked
    def reached(self, url: str | None) -> dict[str, Any]:
        """Take the address from a page; a person who is logged in reached it there."""
        return self._weighed(url)

    @asked_slowly
    def use(self, url: str | None) -> dict[str, Any]:
        """Take it as the service's public address."""
        if self._weighed(url)["offer"] and self.url is not None:
            self._use(self.url)
        return self._weighed(url)

    def _weighed(self, url: str | None) -> dict[str, Any]:
        try:
            self.url = base_address(url or "")
        except ValueError:
            return {"sentence": "", "offer": False}
        sentence, offer = self._weigh(self.url)
        return {"sentence": sentence, "offer": offer}
