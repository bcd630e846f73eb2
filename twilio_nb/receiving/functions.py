"""Functions of the notebook that handlers and conditions call by name."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, overload

from twilio_nb.domain.paths import check_name
from twilio_nb.errors import FunctionNotFound, HandlerError
from twilio_nb.receiving.handlers import is_async
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.scope import Scope, scope
from twilio_nb.receiving.threads import handlers_loop

F = TypeVar("F", bound=Callable[..., Any])

_DEEPEST = 32

_functions: dict[str, Callable[..., Any]] = {}
_cells: dict[str, Cell] = {}
_depth: ContextVar[int] = ContextVar("twilio_nb_function_depth", default=0)
_asked: ContextVar[bool] = ContextVar("twilio_nb_function_of_a_condition", default=False)


@overload
def function(name: F) -> F: ...
@overload
def function(name: str) -> Callable[[F], F]: ...
def function(name: Any) -> Any:
    """Let handlers and conditions call a function by its name, in this kernel.

    A function of the same name is replaced at once, which is said where it is another one of another cell. What
    handlers call as ``context.functions.execute("name", …)`` may be a ``def`` or an ``async def``; what conditions
    call as ``{"%function": {"name": "name", "arguments": […]}}`` must be a ``def``.

    Parameters
    ----------
    name : str or callable
        Its name, if it is another than the function's own: ``@twilio_nb.function("name")``. ASCII letters, digits,
        ``_`` and ``-``, 64 at most; ``/`` between several.

    Returns
    -------
    callable
        The function itself; or what takes it.

    Raises
    ------
    ConfigurationError
        If the name cannot be one.
    HandlerError
        If what it stands above is no function.

    Examples
    --------
    >>> @twilio_nb.function
    ... def is_known(number):
    ...     return number in contacts
    """
    if not isinstance(name, str):
        return _kept(getattr(name, "__name__", ""), name)
    return partial(_kept, name)


def _kept(name: str, given: Any) -> Any:
    if not callable(given):
        message = f"@twilio_nb.function stands above a def, not above a value of type {type(given).__name__}."
        raise HandlerError(message)
    for part in name.split("/"):
        check_name(part, "function")
    cell = Cell.current()
    if (before := _functions.get(name)) is not None:
        cell.say_replaced(f"The function {name!r}", _own_name(before), _cells[name], _own_name(given))
    _functions[name], _cells[name] = given, cell
    return given


def _own_name(called: Callable[..., Any]) -> str:
    return str(getattr(called, "__name__", type(called).__name__))


class Functions:
    """The functions that ``@twilio_nb.function`` made known in this kernel."""

    def execute(self, name: str, *arguments: Any) -> Any:
        """Call a function, in the context of the caller.

        Parameters
        ----------
        name : str
            Its name.
        *arguments : object
            What it is given.

        Returns
        -------
        object
            What it returns. In an ``async def``, and in a cell, the call of a function that is ``async def`` itself is
            awaited; a ``def`` handler waits for it by itself.

        Raises
        ------
        FunctionNotFound
            If there is none of this name.
        HandlerError
            If functions call each other without end.

        Examples
        --------
        >>> context.functions.execute("is_known", payload["From"])
        True
        """
        called = _functions.get(name) if isinstance(name, str) else None
        if called is None:
            given = repr(name[:64]) if isinstance(name, str) else f"of type {type(name).__name__}"
            message = (
                f"There is no function {given} in this kernel; there are: {', '.join(sorted(_functions)) or 'none'}. "
                "Define it in a cell, below @twilio_nb.function."
            )
            raise FunctionNotFound(message)
        depth = _depth.get() + 1
        if depth > _DEEPEST:
            message = f"Functions call each other {_DEEPEST} deep, at last {name!r}; they would never end."
            raise HandlerError(message)
        if not is_async(called):
            with _inside(name, depth, None):
                return called(*arguments)
        running: Any = _awaited(name, depth, called, arguments)
        running.__qualname__ = name  # what is said of it where nobody awaits it
        return running if asyncio._get_running_loop() is not None else _finished(running)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(_functions))

    def __repr__(self) -> str:
        return f"<functions: {', '.join(self) or 'none'}>"


def functions_for_conditions() -> dict[str, Callable[..., Any]]:
    """Return what conditions may call, by name.

    An ``async def`` is among them as it is, so that a condition can say why it does not wait for it.
    """
    return {
        name: called if is_async(called) else partial(_answered, name)
        for name, called in list(_functions.items())
    }


def _answered(name: str, *arguments: Any) -> Any:
    """Call a function for a condition; what it sends itself is not judged by functions again."""
    if _asked.get():
        message = f"A condition asked {name!r} while it was being asked itself."
        raise HandlerError(message)
    token = _asked.set(True)
    try:
        return Functions().execute(name, *arguments)
    finally:
        _asked.reset(token)


async def _awaited(name: str, depth: int, called: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    with _inside(name, depth, asyncio.get_running_loop()):
        return await called(*arguments)


def _finished(running: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, on the loop of all handlers that are ``async def``."""
    result = handlers_loop.thread().submit(running)
    try:
        return result.result()
    except KeyboardInterrupt:
        result.cancel()
        raise


@contextlib.contextmanager
def _inside(name: str, depth: int, loop: asyncio.AbstractEventLoop | None) -> Iterator[None]:
    """Let a function find the caller's context, with the driver that suits itself."""
    current = scope.get(None)
    inner = Scope(None, None, loop, _say, name) if current is None else replace(current, loop=loop)
    outer, shallower = scope.set(inner), _depth.set(depth)
    try:
        yield
    finally:
        with contextlib.suppress(
            ValueError
        ):  # a coroutine that is thrown away is closed wherever that happens
            scope.reset(outer)
            _depth.reset(shallower)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
