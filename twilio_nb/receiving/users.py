"""As whom a handler runs: the system, or a user of MongoDB that may do little.

MongoDB holds the user to what it may. That limits what a handler does through
``context.services.get("mongodb-atlas")``, and through functions it executes by their names. It limits nothing
else: a handler is Python in the notebook's own process, under the author's account, so it can import this
package, read the notebook's variables and files, and connect as the author does; so can a thread that it starts
with ``threading``, which knows nothing of the call it came from. Values, texts that are sent, and what is kept of
the text itself are the system's; service rules judge what is sent.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twilio_nb.errors import HandlerError, TwilioNBError
from twilio_nb.receiving.request import User

if TYPE_CHECKING:
    from twilio_nb.storage.clients import Login
    from twilio_nb.storage.database import Database

RunAs = str | Callable[[dict[str, str]], Any]
"""Name of a user, or a function of the payload that returns one, or ``{"runAsSystem": True}``."""


def check_run_as(run_as: RunAs | None, handler: str) -> None:
    """Refuse what can name no user.

    Parameters
    ----------
    run_as : str or callable or None
        As whom a handler is to run.
    handler : str
        Its function's name.

    Raises
    ------
    HandlerError
        If it is neither.
    """
    if run_as is None or (isinstance(run_as, str) and run_as.strip()):
        return
    if callable(run_as) and not inspect.iscoroutinefunction(run_as):
        return
    found = "an async def" if callable(run_as) else repr(run_as) if run_as == "" else type(run_as).__name__
    message = (
        f"run_as of {handler} takes the name of a user, or a def that gets the payload and returns one, not {found}. "
        "Leave it out to run as the system."
    )
    raise HandlerError(message)


def login_for(
    run_as: RunAs | None, payload: dict[str, str], database: "Database | None", handler: str
) -> "Login | None":
    """Find out as whom a handler runs, before it does. Whatever goes wrong is an error: it fails closed.

    Parameters
    ----------
    run_as : str or callable or None
        What the webhook says.
    payload : dict
        The form, for the function that chooses.
    database : Database or None
        Where the service's texts are, and its users.
    handler : str
        Name of the handler's function.

    Returns
    -------
    Login or None
        The user; None for the system.

    Raises
    ------
    HandlerError
        If no user is named, or there is none of that name.
    """
    if run_as is None:
        return None
    named = run_as if isinstance(run_as, str) else _chosen(run_as, payload, handler)
    if isinstance(named, Mapping) and dict(named) == {"runAsSystem": True}:
        return None
    if not isinstance(named, str) or not named.strip():
        if inspect.iscoroutine(named):
            named.close()
        message = (
            f"run_as named no user (it returned a value of type {type(named).__name__}), so {handler} did not run. "
            "Return the name of a user, or {'runAsSystem': True}."
        )
        raise HandlerError(message)
    if database is None:
        message = (
            f"{handler} runs as {named!r}, and its service is not being received yet, so it did not run."
        )
        raise HandlerError(message)
    from twilio_nb.storage.logins import find_login  # %load_ext passes here, and the driver is heavy

    try:
        return find_login(database, named)
    except TwilioNBError as error:
        message = f"{handler} did not run, as it has no user to run as. {error}"
        raise HandlerError(message) from None


def user_of(login: "Login | None") -> User:
    """Return what ``context.user`` is.

    Parameters
    ----------
    login : Login or None
        As whom the handler runs.

    Returns
    -------
    User
    """
    return User() if login is None else User(id=login.user, type="normal")


def _chosen(run_as: Callable[[dict[str, str]], Any], payload: dict[str, str], handler: str) -> Any:
    try:
        return run_as(payload)
    except Exception as error:
        message = f"run_as raised {type(error).__name__}, so {handler} did not run."
        raise HandlerError(message) from error
