"""Where a handler's output appears: in the cell that defined it, whatever the kernel is doing.

ipykernel marks every piece of output with the request that caused it. It keeps that mark in context
variables, so a thread or task that sets them prints into a cell of its choice and disturbs no other.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from threading import local
from typing import Any

_header: ContextVar[dict[str, Any] | None] = ContextVar("twilio_nb_output_header", default=None)
_hooked = local()


def shell() -> Any:
    """Return the running IPython shell, or None; IPython is never imported for it."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


class Cell:
    """A place for output: the cell of a notebook, or the terminal where there is none.

    Parameters
    ----------
    parent : dict, optional
        The message that asked the kernel to run the cell; None for wherever ``print`` leads.
    """

    def __init__(self, parent: dict[str, Any] | None = None) -> None:
        self._parent = parent if parent and parent.get("header") else None

    @classmethod
    def current(cls) -> "Cell":
        """Return the cell that is running in this thread."""
        get_parent = getattr(shell(), "get_parent", None)  # a terminal's shell has none
        return cls(get_parent() if get_parent is not None else None)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show in this cell what the calling thread or task prints and displays.

        Threads begun with ``asyncio.to_thread`` inherit it.
        """
        with ExitStack() as undo:
            if self._parent is not None:
                for reset in _redirect(shell(), self._parent):
                    undo.callback(reset)
            yield

    def say(self, sentence: str) -> None:
        """Show one line, as an error is shown."""
        with self.shown():
            # Not flushed: ipykernel's flush waits for its own thread, and this may be the transport's.
            sys.stderr.write(sentence.rstrip("\n") + "\n")

    def say_replaced(self, what: str, before: str, cell: "Cell", now: str) -> None:
        """Say that a name went from one function to another; nothing where a cell is only run again.

        Parameters
        ----------
        what : str
            What has the name, such as "The webhook hotline/echo".
        before : str
            Name of the function that had it.
        cell : Cell
            Where that was defined.
        now : str
            Name of the function that this cell defines. The same name means that a function was improved.
        """
        if now != before and not self._runs_again(cell):
            self.say(f"{what} was {before}(), and is {now}() now. If you want both, give one another name.")

    def _runs_again(self, before: "Cell") -> bool:
        """Tell whether this may be a later run of a cell; only JupyterLab and Notebook say which cell runs."""
        if self._parent is None or before._parent is None:
            return False
        if self._parent["header"].get("msg_id") == before._parent["header"].get("msg_id"):
            return False
        cells = [one.get("metadata", {}).get("cellId") for one in (self._parent, before._parent)]
        return None in cells or cells[0] == cells[1]


def _redirect(ipython: Any, parent: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """Set the marks, and yield what resets each of them."""
    if hasattr(ipython, "set_thread_parent"):  # ipykernel 7.4 and later
        tokens = ipython.set_thread_parent(parent)
        yield partial(ipython.reset_thread_parent, tokens)
        return
    header = parent["header"]
    for target in (ipython, ipython.displayhook, ipython.display_pub, sys.stdout, sys.stderr):
        variable = getattr(target, "_parent_header", None)
        if isinstance(variable, ContextVar):
            token = variable.set(parent if target is ipython else header)
            yield partial(variable.reset, token)
    if not isinstance(getattr(ipython.display_pub, "_parent_header", None), ContextVar):
        # ipykernel 6: the publisher's mark is one for all threads, but its hooks are each thread's own.
        mark = _header.set(header)
        yield partial(_header.reset, mark)
        if not getattr(_hooked, "done", False):
            ipython.display_pub.register_hook(_readdress)
            _hooked.done = True


def _readdress(message: dict[str, Any]) -> dict[str, Any]:
    """Give a message on its way out the mark of the running handler."""
    header = _header.get()
    if header is not None:
        message["parent_header"] = header
    return message
