"""The function behind a webhook, and the response object it may fill in."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.errors import HandlerError
from twilio_nb.receiving.output import Cell
from twilio_nb.receiving.users import RunAs, check_run_as

if TYPE_CHECKING:
    from twilio_nb.receiving.trial import TestResult
    from twilio_nb.storage.database import Database

MOST_PARAMETERS = 3
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Response:
    """What a handler wants answered, as an alternative to returning it.

    Once any of its methods was called, the handler's return value is ignored. The methods can be chained,
    and the response itself may be returned.

    Attributes
    ----------
    touched : bool
        Whether any method was called.
    status_code : int
        HTTP status of the answer.
    body : object
        What was set, in any of the forms that a handler may return; None for nothing.
    headers : list of (str, str)
        In the order they were set.

    Examples
    --------
    >>> response.set_status_code(201).set_body("Saved")
    """

    def __init__(self) -> None:
        self.touched = False
        self.status_code = 200
        self.body: Any = None
        self.headers: list[tuple[str, str]] = []

    def set_status_code(self, code: int) -> Self:
        """Set the HTTP status; Twilio sends nothing for one outside 200 to 299.

        Parameters
        ----------
        code : int
            200 to 599.

        Returns
        -------
        Response
            This one.

        Raises
        ------
        HandlerError
            If it is no such number.
        """
        self.touched = True
        if not isinstance(code, int) or not 200 <= code <= 599:
            message = f"set_status_code() was given {code!r}; an HTTP status is a number from 200 to 599."
            raise HandlerError(message)
        self.status_code = int(code)
        return self

    def set_body(self, body: Any) -> Self:
        """Set what is texted back.

        Parameters
        ----------
        body : object
            Text; an ObjectId becomes its 24 digits, None nothing, other values Extended JSON. A text
            that is TwiML (``<Response>…``) is obeyed.

        Returns
        -------
        Response
            This one.
        """
        self.touched = True
        self.body = body
        return self

    def set_header(self, name: str, value: str) -> Self:
        """Set a header in place of all earlier ones of its name.

        Only ``Content-Type`` has a meaning: ``text/plain`` texts the body as it is, even if it looks like
        TwiML; ``text/xml`` says that it is TwiML. The answer itself is always ``text/xml``.

        Returns
        -------
        Response
            This one.
        """
        self.headers = [header for header in self.headers if header[0].lower() != str(name).lower()]
        return self.add_header(name, value)

    def add_header(self, name: str, value: str) -> Self:
        """Add a header beside earlier ones of its name.

        Returns
        -------
        Response
            This one.
        """
        self.touched = True
        self.headers.append((str(name), str(value)))
        return self


class Handler:
    """A function that answers the texts of a webhook.

    Parameters
    ----------
    function : callable
        ``def`` or ``async def`` that takes one to three positional arguments, by whatever names: the
        payload, the response, the context. It gets as many as it accepts.
    service, name : str
        The service, and the webhook in it.
    respond_result : bool
        Whether its answer is texted back.
    concurrency : int
        How many texts it works on at a time.
    timeout : float
        Seconds after a text's arrival at which Twilio is answered without it; its answer is then sent by
        REST.
    cell : Cell, optional
        Where its output appears; by default the cell that is running.
    run_as : str or callable, optional
        The user of MongoDB that it runs as, or a function of the payload that names one; by default the system.

    Raises
    ------
    HandlerError
        If the function cannot be called like that.
    ConfigurationError
        If a name or number is out of range.

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
        respond_result: bool = False,
        concurrency: int = 1,
        timeout: float = 10.0,
        cell: Cell | None = None,
        run_as: RunAs | None = None,
    ) -> None:
        self.definition = WebhookDefinition(
            service,
            name,
            respond_result=respond_result,
            concurrency=concurrency,
            timeout=timeout,
            run_as_user_id=run_as if isinstance(run_as, str) else None,
        )
        self.function = function
        self.arity = arity(function)
        self.is_async = is_async(function)
        check_run_as(run_as, self.function_name)
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
