"""Notice a coroutine that a handler forgot to await: it never ran, and Python says so only in passing."""

import re
import warnings
from pathlib import Path
from typing import Any, TextIO

from twilio_nb.receiving.scope import scope
from twilio_nb.receiving.tracebacks import place

_PATTERN = r"coroutine '.*' was never awaited"
_OURS = str(Path(__file__).parent)
_ORIGIN = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


def watch() -> None:
    """Make Python's warning of an un-awaited coroutine reach the handler that caused it.

    Asked anew before each call, because cells often silence all warnings.
    """
    newest = warnings.filters[0] if warnings.filters else None
    if newest is None or getattr(newest[1], "pattern", None) != _PATTERN or newest[0] != "always":
        # Python shows a warning once for each line; here every call that loses a coroutine must say so.
        warnings.filterwarnings("always", message=_PATTERN, category=RuntimeWarning)
    if not getattr(warnings.showwarning, "is_twilio_nb", False):
        warnings.showwarning = _teller(warnings.showwarning)


def _teller(previous: Any) -> Any:
    def showwarning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        current = scope.get(None)
        if current is not None and category is RuntimeWarning and (lost := re.match(_PATTERN, str(message))):
            name = lost[0].split("'")[1]
            origin = _ORIGIN.search(str(message))
            if origin and not origin["file"].startswith(_OURS):
                filename, lineno = origin["file"], int(origin["line"])
            where = place(filename, lineno)
            current.warn(sentence(name, where, asynchronous=current.loop is not None))
        else:
            previous(message, category, filename, lineno, file, line)

    showwarning.is_twilio_nb = True  # type: ignore[attr-defined]
    return showwarning


def sentence(name: str, where: str, *, asynchronous: bool) -> str:
    """Say that a coroutine never ran, and what to write instead.

    Parameters
    ----------
    name : str
        The coroutine's qualified name.
    where : str
        Where it was made.
    asynchronous : bool
        Whether the handler is an ``async def``.

    Returns
    -------
    str
        One sentence.
    """
    call = f"{name.rpartition('<locals>.')[2]}(…)"
    remedy = "write `await` before it"
    if not asynchronous:
        remedy = f"define the handler with `async def` and {remedy}"
    return f"{call} in {where} was not awaited, so it never ran: {remedy}."
