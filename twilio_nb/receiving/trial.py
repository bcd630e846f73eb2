"""Running a handler by hand, and showing what came of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from twilio_nb.domain.markup import Markup, Shown, aside, bubble, frame, plain
from twilio_nb.domain.twiml import Reply
from twilio_nb.errors import HandlerError
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.runs import Text


@dataclass(frozen=True, repr=False)
class TestResult(Shown):
    """What a handler did with a text that never came.

    Attributes
    ----------
    replies : tuple of Reply
        What would be texted back, each with ``body`` and ``media``.
    status_code : int
        HTTP status of the answer to Twilio.
    warnings : tuple of str
        What was probably meant otherwise.
    error : str or None
        The error, with the words of the text, which the log would leave out; its traceback stands above.
    duration : float
        Seconds it took.
    note : str
        Why there is no reply, or one will be late; else empty.
    """

    __test__ = False  # pytest collects what is called Test…

    replies: tuple[Reply, ...]
    status_code: int
    warnings: tuple[str, ...]
    error: str | None
    duration: float
    note: str = ""

    def _lines(self) -> list[tuple[str, str]]:
        lines = [("reply", " ".join([reply.body, *reply.media])) for reply in self.replies]
        if not lines:
            lines = [("reply", "none")]
        if self.status_code != 200:
            lines.append(("status", str(self.status_code)))
        lines += [("warning", warning) for warning in self.warnings]
        if self.error:
            lines.append(("error", self.error))
        if self.note:
            lines.append(("note", self.note))
        return [*lines, ("took", f"{self.duration * 1000:.0f} ms")]

    def _text(self) -> str:
        return "\n".join(f"{name}: {plain(text)}" for name, text in self._lines())

    def _html(self) -> Markup:
        replies = [bubble(" ".join([reply.body, *reply.media])) for reply in self.replies]
        rest = [aside(f"{name}: {text}") for name, text in self._lines() if name != "reply" or not replies]
        return frame(*replies, *rest)


def trial(
    handler: Handler, fields: Mapping[str, str], cell: Cell | None = None, *, patience: float | None = None
) -> TestResult:
    """Run a handler on a made-up text; blocks until it ends.

    Parameters
    ----------
    handler : Handler
        What to run.
    fields : Mapping
        Fields of the text as Twilio names them.
    cell : Cell, optional
        Where its output appears; by default the cell that is running.
    patience : float, optional
        Seconds after which it is not waited for any longer; by default it is, for ever.

    Returns
    -------
    TestResult
        Shows itself.

    Raises
    ------
    HandlerError
        If it did not end in time.
    """
    running = start(handler, Text(tuple(sample(fields).items()), made_up=True), cell or Cell.current())
    try:
        outcome = running.result(patience)
    except TimeoutError:
        running.cancel()
        message = (
            f"{handler.function_name} has not ended after {patience:g} s; what it runs cannot be stopped."
        )
        raise HandlerError(message) from None
    except KeyboardInterrupt:
        running.cancel()
        raise
    note = ""
    if not handler.respond_result:
        note = (
            "This webhook texts nothing back: it is defined without --respond-result (respond_result=True)."
        )
    elif outcome.duration > handler.timeout:
        note = f"Over its timeout of {handler.timeout:g} s: the reply would follow by REST."
    return TestResult(
        outcome.replies, outcome.status_code, outcome.warnings, outcome.error, outcome.duration, note
    )


def sample(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the form of a text, as Twilio posts it.

    Parameters
    ----------
    fields : Mapping
        What it holds; the rest is made up, from numbers that nobody has.

    Returns
    -------
    dict
        All strings.
    """
    sid = "SM" + secrets.token_hex(16)
    form = {
        "ToCountry": "US",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": "Hello",
        "To": "+15005550006",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": "+15558675309",
        "FromCountry": "US",
        "ApiVersion": "2010-04-01",
    }
    return form | {name: str(value) for name, value in fields.items()}
