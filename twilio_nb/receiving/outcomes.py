"""From what a handler left behind to what is texted: the whole matrix of response and return value."""

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId, json_util

from twilio_nb.domain.twiml import Reply, clean, parse, split
from twilio_nb.errors import HandlerError
from twilio_nb.receiving.answers import ANSWER_LIMIT
from twilio_nb.receiving.protocol import WireOutcome
from twilio_nb.receiving.response import Response

MOST_MESSAGES = 10
"""Messages that one answer may become; what is beyond is left out."""

_TWIML = re.compile(r"\s*(<\?xml|<Response[\s/>])")
_HARMLESS = {"Response", "Message", "Body", "Media"}


@dataclass(frozen=True)
class Outcome:
    """How one run of a handler ended.

    Attributes
    ----------
    ok : bool
        Whether it ended without an error. False and no `error` either: it was not run, see `NOT_RUN`.
    refused : bool
        Whether it was not run because the webhook's condition does not hold; `error` says why.
    status_code : int
        HTTP status of the answer to Twilio.
    replies : tuple of Reply
        What is texted back.
    twiml : str or None
        The handler's own TwiML, to be answered as it is; `replies` then says what it sends.
    error : str or None
        Class and short text of the error for the log; never texted.
    warnings : tuple of str
        Sentences on what was probably meant otherwise.
    duration : float
        Seconds it took.
    printed : str
        What it printed, cut, and without words and numbers of the texter.
    traceback : str or None
        Likewise, of the error; without the values of variables.
    """

    ok: bool
    refused: bool = False
    status_code: int = 200
    replies: tuple[Reply, ...] = ()
    twiml: str | None = None
    error: str | None = None
    warnings: tuple[str, ...] = ()
    duration: float = 0.0
    printed: str = ""
    traceback: str | None = None

    def to_wire(self) -> WireOutcome:
        """Return it as the receiver gets it."""
        return {
            "ok": self.ok,
            "refused": self.refused,
            "status_code": self.status_code,
            "replies": [{"body": reply.body, "media": list(reply.media)} for reply in self.replies],
            "twiml": self.twiml,
            "error": self.error,
            "warnings": list(self.warnings),
            "duration": self.duration,
            "printed": self.printed,
            "traceback": self.traceback,
        }


NOT_RUN = Outcome(ok=False)
"""The text reached a kernel that no longer handles it; it is pending again."""


@dataclass(frozen=True)
class Answer:
    """What a handler's response and return value come to, by themselves."""

    status_code: int = 200
    replies: tuple[Reply, ...] = ()
    twiml: str | None = None
    warnings: tuple[str, ...] = ()


def answer(response: Response, returned: Any, *, respond_result: bool, asynchronous: bool = False) -> Answer:
    """Work out what is texted back.

    Parameters
    ----------
    response : Response
        The object that the handler was given.
    returned : object
        What it returned.
    respond_result : bool
        Whether the webhook texts back at all.
    asynchronous : bool
        Whether the handler is an ``async def``.

    Returns
    -------
    Answer
        Replies, and warnings on what was probably meant otherwise.

    Raises
    ------
    HandlerError
        If what it answered cannot be texted.
    """
    warnings = [*response.warnings]
    if inspect.isawaitable(returned):
        warnings.append(_not_awaited(returned, asynchronous=asynchronous))
        returned = None
    if isinstance(returned, Response):
        response = returned
    if not respond_result:
        if response.body is not None:
            warnings.append(
                "The handler set a body, and its webhook texts nothing back: define it with --respond-result "
                "(respond_result=True) if it shall."
            )
        return Answer(warnings=tuple(warnings))
    if response.touched:
        value, status_code = response.body, response.status_code
    else:
        value, status_code = (None if isinstance(returned, Response) else returned), 200
    text = as_text(value)
    if status_code > 299:
        if text.strip():
            warnings.append(
                f"The body was not texted: Twilio obeys no answer with the status {status_code}. "
                "Leave the status at 200 to send it."
            )
        return Answer(status_code, warnings=tuple(warnings))
    kind = _content_type(response.headers)
    if "xml" in kind or hasattr(value, "to_xml"):
        return Answer(status_code, _messages(text), text, tuple(warnings))
    if kind != "text/plain" and _TWIML.match(text):
        return Answer(status_code, _undeclared(text), text, tuple(warnings))
    return Answer(status_code, _replies(text, warnings), None, tuple(warnings))


def as_text(value: Any) -> str:
    """Return the text that a value is sent as.

    Parameters
    ----------
    value : object
        What a handler returned or set.

    Returns
    -------
    str
        Empty for nothing: None, or the receipt of a message that was sent.

    Raises
    ------
    HandlerError
        If it has no text form.
    """
    if value is None or _is_receipt(value):
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, bool | int | float):
        # To a person 42 is 42; the service's Extended JSON, {"$numberInt": "42"}, is for documents.
        return json.dumps(value)
    if hasattr(value, "to_xml"):  # the TwiML objects of Twilio's library
        return str(value.to_xml())
    name = type(value).__name__
    if hasattr(value, "__next__") or hasattr(value, "__anext__"):
        message = (
            f"The handler answered with an object of type {name}, a promise of values. Read it first: "
            "list(…), or await ….to_list() for an asynchronous cursor."
        )
        raise HandlerError(message)
    try:
        options = json_util.CANONICAL_JSON_OPTIONS
        return json_util.dumps(value, json_options=options, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        message = (
            f"The handler answered with an object of type {name}, which has no form as text. "
            "Answer with a str, dict or list."
        )
        raise HandlerError(message) from None


def _is_receipt(value: Any) -> bool:
    """Tell what `send()` returned from what is meant to be texted."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return bool(value) and all(map(_is_receipt, value))
    return getattr(value, "__twilio_nb_receipt__", False) is True


def _not_awaited(awaitable: Any, *, asynchronous: bool) -> str:
    if inspect.iscoroutine(awaitable):
        awaitable.close()  # else Python would complain a second time
    name = f"{getattr(awaitable, '__qualname__', type(awaitable).__name__).rpartition('<locals>.')[2]}(…)"
    remedy = f"write `return await {name}`"
    if not asynchronous:
        remedy = f"define the handler with `async def` and {remedy}"
    return f"The handler returned {name} without awaiting it, so nothing was texted: {remedy}."


def _content_type(headers: Sequence[tuple[str, str]]) -> str:
    values: Mapping[str, str] = {name.lower(): value for name, value in headers}
    return values.get("content-type", "").partition(";")[0].strip().lower()


def _messages(twiml: str) -> tuple[Reply, ...]:
    if len(twiml.encode("utf-8", "replace")) > ANSWER_LIMIT:
        size = f"The answer's TwiML has {len(twiml)} characters; Twilio takes {ANSWER_LIMIT} bytes (11750)."
        raise HandlerError(size)
    try:
        return tuple(Reply(message.body, message.media) for message in parse(twiml))
    except ValueError as error:
        raise HandlerError(str(error)) from None


def _undeclared(twiml: str) -> tuple[Reply, ...]:
    """Read TwiML that nobody said is TwiML.

    It may be a stranger's text that a handler echoes, so it may do no more than a plain body could:
    text back. https://www.twilio.com/docs/messaging/twiml lists what else there is.
    """
    replies = _messages(twiml)
    elements = set(re.findall(r"<\s*([^\s/>!?]+)", twiml))
    if elements <= _HARMLESS and not re.search(r"<\s*(Response|Message|Body|Media)\s+[^\s/>]", twiml):
        return replies
    message = (
        "The answer is TwiML that does more than text back (an attribute, or an element besides Message, "
        "Body and Media). If it is yours and no texter's, say so: "
        "response.set_header('Content-Type', 'text/xml')."
    )
    raise HandlerError(message)


def _replies(text: str, warnings: list[str]) -> tuple[Reply, ...]:
    cleaned = clean(text)
    if cleaned != text:
        count = len(text) - len(cleaned)
        what, pronoun = ("1 character was", "it") if count == 1 else (f"{count} characters were", "them")
        warnings.append(f"{what} left out of the reply: XML forbids {pronoun}.")
    if not cleaned.strip():
        return ()  # an empty message is refused by Twilio (error 14103)
    parts = [part for part in split(cleaned) if part.strip()]
    if len(parts) > MOST_MESSAGES:
        warnings.append(
            f"The reply has {len(cleaned)} characters; the first {MOST_MESSAGES} messages of it were sent."
        )
    return tuple(Reply(part) for part in parts[:MOST_MESSAGES])
