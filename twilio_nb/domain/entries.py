"""What an entry of the log of a service holds: no texts, and of a number the last four digits.

Names are those of the retired service's log where it had one: ``co_id`` is the id of the request, which every
error about it names, ``error_code`` is its name for an error; several entries may share a request, as when a text
was late and a handler failed after all.
"""

import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twilio_nb.errors import TwilioNBError, code_of, is_own

Entry = dict[str, Any]

HIDDEN = (
    "“…” stands for words of the text, which no log keeps. To see them, try the handler by hand: "
    "“Try it with a text” in %twilio_webhooks, or its test(Body='…')."
)
"""What is said beside errors and output of a handler in which words were left out."""

# Before a digit it stands for the beginning of a number, and in a line of its own for what was too long.
_WORDS = re.compile(r"^(?!… \d+ characters …$).*…(?!\d)", re.MULTILINE)
_KIND = re.compile(r"([A-Za-z_]\w*)(?:: | \(|, |$)")
_NAMED = re.compile(r"([A-Za-z_]\w*)(?: \(code \d+\))?: ")


@dataclass(frozen=True)
class Current:
    """The request that a handler is answering: its id, and the name of the webhook.

    ``source`` is that of entries about what is sent meanwhile.
    """

    request_id: str
    webhook: str | None
    source: str = "send"


current: ContextVar[Current | None] = ContextVar("twilio_nb_request", default=None)
"""Set while a handler runs, or an entry is forwarded; tasks and ``asyncio.to_thread`` inherit it."""

FORWARDING = "forward"
"""Source of entries about what was sent while an entry was forwarded. They are not, or it would never end."""

SENDS = ("send", FORWARDING)
"""Sources of entries about texts that did not go out."""


def entry(
    request_id: str,
    *,
    service: str,
    webhook: str | None,
    started: datetime,
    completed: datetime,
    source: str,
    own_id: str | None = None,
    message: Mapping[str, Any] | None = None,
    state: str | None = None,
    error: str | None = None,
    kind: str | None = None,
    warnings: Sequence[str] = (),
    duration: float | None = None,
    replies: Sequence[Any] = (),
    printed: str = "",
    traceback: str | None = None,
    details: Mapping[str, str] | None = None,
    arguments_logged: bool = False,
) -> Entry:
    """Return an entry.

    Parameters
    ----------
    request_id : str
        Id of the request, or of the run.
    service, webhook : str
        What it is about; None for a status callback, and for a send outside of any handler.
    started, completed : datetime
        Both aware.
    source : str
        "webhook", "pending", "replay", "send" or `FORWARDING`.
    own_id : str, optional
        The entry's own id, where the request has an entry already.
    message : Mapping, optional
        The text: ``_id``, ``from``, ``to``.
    state : str, optional
        What became of it.
    error : str, optional
        Class and message; without it the entry is "OK".
    kind : str, optional
        Class of the error, where the message does not begin with it.
    warnings : sequence of str, optional
        Sentences.
    duration : float, optional
        Seconds that a handler ran.
    replies : sequence of object, optional
        What was texted back, each with a ``body``; they are counted only.
    printed, traceback : str, optional
        Of the handler, cut and masked.
    details : Mapping, optional
        ``action``, ``reason``, ``service name`` and ``service type`` of what was refused or failed.
    arguments_logged : bool, optional
        Whether numbers are kept whole.

    Returns
    -------
    dict
        For `LogBook.add`.

    Examples
    --------
    >>> entry("65…", service="s", webhook="w", started=now, completed=now, source="webhook")["status"]
    'OK'
    """
    from twilio_nb.domain.addresses import masked, masked_in  # its metadata of numbers takes a while to load

    about = message or {}
    number, sentence = (str, str) if arguments_logged else (masked, masked_in)
    found = _KIND.match(error or "")
    kind = kind or (found[1] if found else None)
    return {
        "_id": own_id or request_id,
        "co_id": request_id,
        "service": service,
        "webhook": webhook,
        "sid": about.get("_id"),
        **{side: None if about.get(side) is None else number(about[side]) for side in ("from", "to")},
        "started": started,
        "completed": completed,
        "status": "Error" if error else "OK",
        "state": None if state is None else str(state),
        "error": error and sentence(error),
        "error_kind": kind,
        "error_code": code_of(kind) if kind else TwilioNBError.error_code if error else None,
        "warnings": [sentence(warning) for warning in warnings],
        "source": source,
        "duration": duration,
        "replies": len(replies),
        "reply_length": sum(len(_body(reply)) for reply in replies),
        "printed": printed,
        "traceback": traceback,
        "details": details and dict(details),
    }


def in_words(error: str) -> str:
    """Return an error as a sentence tells it: without the class, where that is one of this package.

    Parameters
    ----------
    error : str
        As an entry has it: class and message.

    Returns
    -------
    str
        What a handler raised by itself keeps its class, without which ``KeyError: 'x'`` says nothing.

    Examples
    --------
    >>> in_words("SignatureError: The request is not signed."), in_words("KeyError: 'x'")
    ('The request is not signed.', "KeyError: 'x'")
    """
    found = _NAMED.match(error)
    return error[found.end() :] if found and is_own(found[1]) else error


def lead(request_id: str) -> str:
    """Return the sentence that leads from an error to its entry.

    Parameters
    ----------
    request_id : str
        Of the entry.

    Returns
    -------
    str
        To stand behind the error.

    Examples
    --------
    >>> lead("6565f0c2a1b2c3d4e5f60718")
    'In the log: %twilio_logs --request 6565f0c2a1b2c3d4e5f60718'
    """
    return f"In the log: %twilio_logs --request {request_id}"


def leading(sentence: str, request_id: str) -> str:
    """Return an error with its `lead` behind it.

    Parameters
    ----------
    sentence : str
        The error.
    request_id : str
        Of its entry.

    Returns
    -------
    str
        In one line.

    Examples
    --------
    >>> leading("KeyError: 'x'", "65…")
    "KeyError: 'x'. In the log: %twilio_logs --request 65…"
    """
    end = "" if sentence.endswith((".", "!", "?", "…")) else "."
    return f"{sentence}{end} {lead(request_id)}"


def hidden(written: str | None) -> str:
    """Return `HIDDEN` if words were left out of what a handler printed or raised, else an empty string.

    Parameters
    ----------
    written : str or None
        As an entry has it.

    Returns
    -------
    str
        A sentence to show once.

    Examples
    --------
    >>> hidden("ValueError: from …5309")
    ''
    """
    return HIDDEN if _WORDS.search(written or "") else ""


def _body(reply: Any) -> str:
    body = reply.get("body") if isinstance(reply, Mapping) else getattr(reply, "body", "")
    return str(body or "")
