"""Running a handler once: its arguments, its output, its errors, and the outcome."""

import asyncio
import re
import sys
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from twilio_nb.domain.addresses import masked
from twilio_nb.domain.entries import Current, current, lead
from twilio_nb.domain.markup import plain
from twilio_nb.errors import HandlerError, RuleDenied, TwilioNBError
from twilio_nb.receiving import unawaited
from twilio_nb.receiving.admission import NotAdmitted, admit
from twilio_nb.receiving.context import context
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.outcomes import Answer, Outcome, answer
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.printed import excerpt, kept
from twilio_nb.receiving.protocol import RequestFacts
from twilio_nb.receiving.request import Request
from twilio_nb.receiving.response import Response
from twilio_nb.receiving.scope import Scope, scope
from twilio_nb.receiving.tracebacks import origin, short
from twilio_nb.receiving.users import login_for

if TYPE_CHECKING:
    from twilio_nb.storage.clients import Login

_LONGEST_ERROR = 200
_ID = 24  # characters
_MOST_WARNINGS = 10
_QUOTED = re.compile(r",? full error|:?\s*\{")
_NUMBER = re.compile(r"(?<!\w)[0-9a-f]{24}(?!\w)|\+?\d{7,15}")  # an id of ours is none


@dataclass(frozen=True)
class Text:
    """What a handler is run on.

    Attributes
    ----------
    payload : tuple of (str, str)
        The form as received.
    request : RequestFacts or None
        The request that brought it; None when it comes from the store.
    request_id : str
        The id that its log entry has; empty for a text that nobody sent, which has none.
    made_up : bool
        Whether who sees the outcome has typed the text: then nothing of it is left out, and nothing is logged.
    """

    payload: tuple[tuple[str, str], ...]
    request: RequestFacts | None = None
    request_id: str = ""
    made_up: bool = False

    def fields(self) -> dict[str, str]:
        """Return a fresh dict of the form; of a name that comes twice the first counts, as in the log."""
        fields: dict[str, str] = {}
        for name, value in self.payload:
            fields.setdefault(name, value)
        return fields


def run(handler: Handler, text: Text, cell: Cell | None = None) -> Outcome:
    """Run a ``def`` handler in the calling thread.

    Parameters
    ----------
    handler : Handler
        What to run.
    text : Text
        What to run it on.
    cell : Cell, optional
        Where its output appears; by default the cell that defined it.

    Returns
    -------
    Outcome
        Whatever happens: errors of the handler are in it.
    """
    sys.set_coroutine_origin_tracking_depth(1)
    with _Run(handler, text, cell) as this:
        if handler.definition.is_conditional:
            admit(handler, text.fields())
        this.become(this.login())
        this.returned = handler.function(*this.arguments)
    return this.outcome


async def run_async(handler: Handler, text: Text, cell: Cell | None = None) -> Outcome:
    """Run an ``async def`` handler on the running loop; see `run`."""
    with _Run(handler, text, cell, asyncio.get_running_loop()) as this:
        # A condition, and who it runs as, may ask MongoDB, which must not hold up the loop.
        if handler.definition.is_conditional:
            await asyncio.to_thread(admit, handler, text.fields())
        if handler.run_as is not None:
            this.become(await asyncio.to_thread(this.login))
        this.returned = await handler.function(*this.arguments)
    return this.outcome


class _Run:
    """The surroundings of one run; a context manager that lets no error of the handler through."""

    def __init__(
        self,
        handler: Handler,
        text: Text,
        cell: Cell | None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.returned: Any = None
        self.outcome: Outcome
        self._handler = handler
        self._text = text
        self._cell = cell or handler.cell
        self._response = Response()
        self._warnings: list[str] = []
        facts = text.request or _no_request(handler)
        self._scope = Scope(
            Request.from_facts(facts), handler.database, loop, self._warn, handler.function_name
        )

    @property
    def arguments(self) -> list[Any]:
        """As many of payload, response and context as the function takes."""
        return [self._text.fields(), self._response, context][: self._handler.arity]

    def login(self) -> "Login | None":
        """Find out as whom it runs; until then it is the system."""
        handler = self._handler
        return login_for(handler.run_as, self._text.fields(), handler.database, handler.function_name)

    def become(self, login: "Login | None") -> None:
        """Run as somebody from now on."""
        self._scope.login = login

    def __enter__(self) -> Self:
        unawaited.watch()
        self._surroundings = ExitStack()
        self._surroundings.enter_context(self._cell.shown())
        token = scope.set(self._scope)
        self._surroundings.callback(scope.reset, token)
        if request_id := self._text.request_id:
            request = current.set(Current(request_id, self._handler.name))
            self._surroundings.callback(current.reset, request)
        self._printed = self._surroundings.enter_context(kept())
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        with self._surroundings:
            answered = Answer()
            # Before what is shown about the run itself, which the entry holds elsewhere.
            printed, trace_text = str(self._printed), None
            admitted = not isinstance(error, NotAdmitted)
            try:
                if error is None:
                    answered = answer(
                        self._response,
                        self.returned,
                        respond_result=self._handler.respond_result,
                        asynchronous=self._scope.loop is not None,
                    )
            except HandlerError as refused:
                error = refused
                sys.stderr.write(f"{self._handler.function_name}: {refused}{self._lead()}\n")
            except Exception as broken:  # the answer's own code, such as its to_xml()
                error = broken
                trace_text = self._show(error)
            else:
                if error is not None and admitted:
                    trace_text = self._show(error)
            self._warnings.extend(answered.warnings)
            for warning in self._warnings:
                sys.stderr.write(f"{self._handler.function_name}: {warning}\n")
            self.outcome = Outcome(
                ok=error is None,
                refused=not admitted,
                status_code=answered.status_code,
                replies=answered.replies,
                twiml=answered.twiml,
                error=None if error is None else self._for_the_log(error),
                warnings=tuple(self._warnings),
                duration=time.monotonic() - self._began,
                printed=self._told(self._scope.veiled(printed)),
                traceback=trace_text and excerpt(self._told(trace_text)),
            )
        return not self._is_abandoned()

    def _warn(self, sentence: str) -> None:
        if sentence not in self._warnings and len(self._warnings) < _MOST_WARNINGS:
            self._warnings.append(sentence)

    def _is_abandoned(self) -> bool:
        """Tell whether this task was cancelled from outside, which must take its course."""
        task = asyncio.current_task() if self._scope.loop is not None else None
        return task is not None and task.cancelling() > 0

    def _lead(self) -> str:
        return f" {lead(self._text.request_id)}" if self._text.request_id else ""

    def _show(self, error: BaseException) -> str | None:
        if self._is_abandoned():
            return None
        shown = plain(self._scope.veiled(short(error)))  # it may quote the text, and a terminal obeys
        name = self._handler.function_name
        sys.stderr.write(f"{name} failed; nothing was texted back.{self._lead()}\n{shown}")
        # The frames hold the handler's variables: a coroutine among them must go while we listen for it.
        traceback.clear_frames(error.__traceback__)
        return shown

    def _told(self, written: str) -> str:
        """Return what may stand in the log."""
        in_full = self._text.made_up or not self._handler.definition.disable_arg_logs
        return written if in_full else _veiled(written, self._text)

    def _for_the_log(self, error: BaseException) -> str:
        """Return class and short text of an error, without secrets."""
        if isinstance(error, NotAdmitted):
            return f"{RuleDenied.__name__}: {error}"
        said = next(iter(self._scope.veiled(str(error)).splitlines()), "")
        if (
            getattr(error, "details", None) is not None
        ):  # of MongoDB's errors, which quote commands and documents
            said = _QUOTED.split(said)[0]
        if isinstance(error, TwilioNBError):  # they are short, and nothing in them is a text
            if error.request_id == self._text.request_id:  # to which whoever shows the entry leads
                said = said.removesuffix(self._lead()).rstrip(".")
        else:
            said = said[:_LONGEST_ERROR]
        short_text = self._told(said)
        where = origin(error)
        name, code = type(error).__name__, getattr(error, "code", None)
        if isinstance(code, int):  # MongoDB's, or Twilio's
            name = f"{name} (code {code})"
        described = f"{name}: {short_text}" if short_text else name
        return f"{described} ({where})" if where else described


def _veiled(written: str, text: Text) -> str:
    """Return what was written without words and numbers of the texter."""
    words = set(re.findall(r"\w+", text.fields().get("Body", "")))
    telling = {word for word in words if len(word) > 2 or any(letter.isdigit() for letter in word)}
    written = re.sub(r"\w+", lambda word: "…" if word[0] in telling else word[0], written)
    return _NUMBER.sub(lambda found: found[0] if len(found[0]) == _ID else masked(found[0]), written)


def _no_request(handler: Handler) -> RequestFacts:
    return {
        "remote_ip_address": "",
        "request_headers": {},
        "webhook_url": "",
        "http_method": "",
        "raw_query_string": "",
        "http_referrer": None,
        "http_user_agent": None,
        "service": handler.service,
        "action": handler.name,
    }
