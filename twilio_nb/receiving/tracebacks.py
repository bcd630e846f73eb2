"""Tracebacks as a person wants them under a cell: their own lines, named as the notebook names them."""

import asyncio
import logging
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException, format_tb
from typing import Any

from twilio_nb.domain.tracebacks import LIBRARIES
from twilio_nb.errors import TwilioNBError
from twilio_nb.receiving.output import shell

logger = logging.getLogger(__name__)

_OURS = str(Path(__file__).parent)
_PACKAGE = str(Path(__file__).parents[1])


def short(error: BaseException) -> str:
    """Write a traceback without the frames of this package and of libraries.

    Parameters
    ----------
    error : BaseException
        What a handler raised.

    Returns
    -------
    str
        The user's frames and the one where it was raised, causes included; of an error of this package the user's
        alone, as it says by itself what is to be done.
    """
    summary = TracebackException.from_exception(error, compact=True)
    _shorten(summary, _PACKAGE if isinstance(error, TwilioNBError) else _OURS)
    return "".join(summary.format())


def frames(error: BaseException) -> str:
    """Write what kind of error was raised where, for a log: its own text may hold a body, a number or a secret.

    Parameters
    ----------
    error : BaseException
        Of our own code.

    Returns
    -------
    str
        Its class and all its frames.
    """
    return f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__))}"


def unretrieved(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what nobody waits for, in place of a loop's own handler, which quotes the error.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Where it failed.
    context : dict
        As asyncio describes it.
    """
    error = context.get("exception")
    logger.error("%s: %s", context["message"], frames(error) if error else "no error is known")


def place(filename: str, lineno: int) -> str:
    """Name a line as the notebook does.

    Parameters
    ----------
    filename : str
        File name of a frame; that of a cell is a made-up one.
    lineno : int
        Line in it, from 1.

    Returns
    -------
    str
        Such as ``line 3 of Cell In[5]``.
    """
    return f"line {lineno} of {_name(filename)}"


def origin(error: BaseException) -> str | None:
    """Return the place of the user's last line in an error's traceback, or None."""
    found, frame = None, error.__traceback__
    while frame is not None:
        filename = frame.tb_frame.f_code.co_filename
        if not filename.startswith((_PACKAGE, *LIBRARIES)):
            found = place(filename, frame.tb_lineno)
        frame = frame.tb_next
    return found


def _shorten(summary: TracebackException, without: str) -> None:
    theirs = [frame for frame in summary.stack if not frame.filename.startswith(without)]
    kept = [frame for frame in theirs if not frame.filename.startswith(LIBRARIES) or frame is theirs[-1]]
    summary.stack = StackSummary.from_list(
        [FrameSummary(_name(frame.filename), frame.lineno, frame.name, line=frame.line) for frame in kept]
    )
    for other in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        if other is not None:
            _shorten(other, without)


def _name(filename: str) -> str:
    friendly = getattr(getattr(shell(), "compile", None), "format_code_name", None)
    named = friendly(filename) if friendly is not None else None
    return " ".join(named) if named else filename
