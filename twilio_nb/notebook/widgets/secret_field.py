"""The password field: what is typed there stays in the page until it is saved, and is no state of the widget."""

import threading
from collections.abc import Callable, Sequence

import traitlets

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.widgets.view import View, asked, asked_slowly, source
from twilio_nb.storage.secrets import Secret

_PATIENCE = 3.0  # seconds for pages to hand over a secret; one that was closed says nothing
_OTHERS = 0.3  # seconds for other pages after one whose field was empty


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
    def keep(self, buffers: Sequence[memoryview] = ()) -> None:
        """Keep what was typed, which comes as bytes; another page that shows the field, too, may have it."""
        given = Secret(b"".join(buffers).decode().strip())
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
