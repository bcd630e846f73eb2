"""The function behind a webhook, and how it is run."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.placeholders import told_name
from twilio_nb.errors import HandlerError
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.users import RunAs, check_run_as

if TYPE_CHECKING:
    from twilio_nb.receiving.trial import TestResult
    from twilio_nb.storage.database import Database

MOST_PARAMETERS = 3
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Handler:
    """A function that answers the texts of a webhook.

    Parameters
    ----------
    function : callable
        ``def`` or ``async def`` that takes one to three positional arguments, by whatever names: the
        payload, the response, the context. It gets as many as it accepts.
    service, name : str
        The service, and the webhook in it.
    cell : Cell, optional
        Where its output appears; by default the cell that is running.
    run_as : str or callable, optional
        The user of MongoDB that it runs as, or a function of the payload that names one; by default the system.
    **options
        The other fields of :class:`~twilio_nb.domain.definitions.WebhookDefinition`.

    Raises
    ------
    HandlerError
        If the function cannot be called like that.
    ConfigurationError
        If a name or number is out of range, or a part of ``can_evaluate`` is not understood.

    Attributes
    ----------
    definition : WebhookDefinition
        Everything but the function.
    database : Database or None
        Where its service's texts are; known once it is registered.
    overtaken_by : str or None
        Which other notebook answers its texts at present.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        service: str,
        name: str,
        *,
        cell: Cell | None = None,
        run_as: RunAs | None = None,
        **options: Any,
    ) -> None:
        self.function = function
        check_run_as(run_as, self.function_name)
        user = told_name(run_as) if callable(run_as) else run_as
        self.definition = WebhookDefinition(service, name, run_as_user_id=user, **options)
        if self.definition.is_conditional:
            from twilio_nb.receiving.admission import check  # %load_ext passes here, and conditions are heavy

            check(self.definition.can_evaluate)
        self.arity = arity(function)
        self.is_async = is_async(function)
        self.run_as = run_as
        self.cell = cell if cell is not None else Cell.current()
        self.database: Database | None = None
        self.overtaken_by: str | None = None

    @property
    def service(self) -> str:
        """Name of the service."""
        return self.definition.service

    @property
    def name(self) -> str:
        """Name of the webhook."""
        return self.definition.name

    @property
    def respond_result(self) -> bool:
        """Whether its answer is texted back."""
        return self.definition.respond_result

    @property
    def concurrency(self) -> int:
        """How many texts it works on at a time."""
        return self.definition.concurrency

    @property
    def timeout(self) -> float:
        """Seconds after a text's arrival at which Twilio is answered without it."""
        return self.definition.timeout

    @property
    def function_name(self) -> str:
        """Name of the function, for sentences about it."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def test(self, **fields: str) -> "TestResult":
        """Run the function by hand, in the running cell, as if a text had come in.

        Nothing is stored and nothing is sent but by the function itself.

        Parameters
        ----------
        **fields : str
            Fields of the text as Twilio names them, such as ``Body="hi"`` or ``From="+15558675309"``; those
            left out get a sensible value.

        Returns
        -------
        TestResult
            Replies, status, warnings, error, duration; shows itself.
        """
        from twilio_nb.receiving.trial import trial

        return trial(self, fields)

    def __repr__(self) -> str:
        return f"<Handler {self.function_name} of {self.definition.key}>"


def arity(function: object) -> int:
    """Return how many of payload, response and context a function takes.

    Parameters
    ----------
    function : callable
        Any callable.

    Returns
    -------
    int
        1 to 3.

    Raises
    ------
    HandlerError
        If it takes none, needs more, or does not answer at all but yields.
    """
    if not callable(function):
        message = (
            f"An object of type {type(function).__name__} cannot answer texts; give a function of payload, "
            "response, context."
        )
        raise HandlerError(message)
    name = getattr(function, "__name__", type(function).__name__)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"{name} yields, so calling it runs nothing. A handler returns its answer: use return."
        raise HandlerError(message)
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return 1  # some builtins have no signature; their first argument is then the payload
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    required = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and (parameter in positional or parameter.kind is parameter.KEYWORD_ONLY)
    ]
    takes_any = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    accepted = MOST_PARAMETERS if takes_any else min(len(positional), MOST_PARAMETERS)
    if not accepted or len(required) > accepted or any(p.kind is p.KEYWORD_ONLY for p in required):
        message = (
            f"{name}{inspect.signature(function)} cannot be a handler: it is called with one to three "
            f"positional arguments, payload, response, context. Write it as def {name}(payload, response)."
        )
        raise HandlerError(message)
    return accepted


def is_async(function: Callable[..., Any]) -> bool:
    """Tell whether what a function returns is to be awaited."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 -- an object whose __call__ is async def
    )
