"""The conditions in files: ``when`` of a rule, ``can_evaluate`` of a webhook."""

from collections.abc import Mapping
from typing import Any

from twilio_nb.domain.extended import plain
from twilio_nb.domain.placeholders import function_in_place
from twilio_nb.errors import ConfigurationError


def read(document: Mapping[str, Any], key: str, whose: str) -> Any:
    """Return a condition.

    Parameters
    ----------
    document : mapping
        The file's content.
    key : str
        Where in it the condition is.
    whose : str
        Such as ``"the rule 'staff'"``, for the message.

    Returns
    -------
    bool, mapping or None
        In the expression language, operators as they are spelled; None where there is none.

    Raises
    ------
    ConfigurationError
        If it is anything else, so that nobody knows what it allows.

    Examples
    --------
    >>> read({"when": {"to": {"%exists": {"$numberInt": "1"}}}}, "when", "the rule 'any'")
    {'to': {'%exists': 1}}
    """
    condition = plain(document.get(key), f"The condition of {whose}")
    if isinstance(condition, bool | Mapping | None):
        return condition
    message = (
        f"The condition of {whose}, {key!r}, is of type {type(condition).__name__}; expected true, or an object "
        'such as {"%%args.to": "+15558675309"}.'
    )
    raise ConfigurationError(message)


def written(condition: Any, whose: str) -> Any:
    """Return a condition that a file has a place for.

    Parameters
    ----------
    condition : object
        As a definition has it.
    whose : str
        Such as ``"the rule 'staff'"``, for the message.

    Returns
    -------
    object
        The same.

    Raises
    ------
    ConfigurationError
        If it is, or holds, a Python function, without which it would allow more.

    Examples
    --------
    >>> written({"to": "+15558675309"}, "the rule 'staff'")
    {'to': '+15558675309'}
    """
    if _holds_function(condition):
        message = (
            f"The condition of {whose} is a Python function, for which a file has no place; write it in the expression "
            "language."
        )
        raise ConfigurationError(message)
    return condition


def _holds_function(condition: Any) -> bool:
    if function_in_place(condition):  # as a webhook is stored
        return True
    if isinstance(condition, Mapping):
        return any(map(_holds_function, condition.values()))
    if isinstance(condition, list | tuple):
        return any(map(_holds_function, condition))
    return callable(condition)
