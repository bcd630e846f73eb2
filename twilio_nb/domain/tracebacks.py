"""What a notebook shows of an error of this package: a person's own frames and the message, not the way in between."""

import sysconfig
from traceback import format_exception
from types import TracebackType

_PACKAGE = __name__.partition(".")[0]
LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {"<frozen"}
)
"""How file names of frames of Python itself, and of what was installed, begin."""


def rendered(error: BaseException) -> list[str]:
    """Render an error as IPython does, without frames of this package and of what it called.

    Frames of what called this package stay, and so do those of a person's functions that it called back. The error
    that was the cause is shown if it was raised in such a function. After ``%xmode Verbose`` everything is.

    Parameters
    ----------
    error : BaseException
        One of this package; others show themselves as they are.

    Returns
    -------
    list of str
        For IPython, which asks for it.
    """
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:  # who asks is another
        return format_exception(error)
    shown = shell.InteractiveTB
    if shown.mode == "Verbose":
        return list(shown.structured_traceback(type(error), error, error.__traceback__))
    cause, context, suppressed = error.__cause__, error.__context__, error.__suppress_context__
    try:
        if not _is_a_persons(cause or context):
            error.__cause__ = None  # which IPython would show in full
        return list(shown.structured_traceback(type(error), error, own(error.__traceback__)))
    finally:
        error.__cause__, error.__context__, error.__suppress_context__ = cause, context, suppressed


def own(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without frames of this package and, below the first of them, of libraries.

    Parameters
    ----------
    traceback : traceback or None
        Of an error; it stays what it is.

    Returns
    -------
    traceback or None
        None if nothing is left.
    """
    kept, inside, step = [], False, traceback
    while step is not None:
        ours = _is_ours(step)
        inside = inside or ours
        if not ours and not (inside and _is_a_librarys(step)):
            kept.append(step)
        step = step.tb_next
    found = None
    for step in reversed(kept):
        found = TracebackType(found, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return found


def _is_a_persons(error: BaseException | None) -> bool:
    step = error.__traceback__ if error is not None else None
    while step is not None:
        if not _is_ours(step) and not _is_a_librarys(step):
            return True
        step = step.tb_next
    return False


def _is_ours(step: TracebackType) -> bool:
    return str(step.tb_frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE


def _is_a_librarys(step: TracebackType) -> bool:
    return step.tb_frame.f_code.co_filename.startswith(LIBRARIES)
