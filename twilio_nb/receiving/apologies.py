"""What a person who texts may be told of an error: a sentence, and nothing of the error itself."""

import sys
from typing import Any

from twilio_nb.errors import GatewayError, RuleDenied, StoreUnavailable

_SHORTEST = 8  # characters of an error that can be recognised in a reply
_AWAY = ("AutoReconnect", "NetworkTimeout", "ExecutionTimeout", "ConnectionFailure", "WTimeoutError")
_THERE_ALREADY = "This is here already."
_REFUSED = "That could not be done."
_LATER = "This does not work at the moment. Please try again later."
_UNKNOWN = "Something went wrong here. Please try again later."


def user_message(error: BaseException) -> str:
    """Return a sentence about an error that may be texted to anybody.

    What an error says is for who wrote the handler: MongoDB's quote the number of the person who texts, names of
    fields and patterns. It stays in the log.

    Parameters
    ----------
    error : BaseException
        What a handler caught.

    Returns
    -------
    str
        Short, English, and the same for all errors of a kind.

    Examples
    --------
    >>> try:
    ...     texts.insert_one(payload)
    ... except Exception as error:
    ...     response.set_body(twilio_nb.user_message(error))
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, StoreUnavailable | GatewayError) or (is_mongodbs(error) and names & set(_AWAY)):
        return _LATER
    if is_mongodbs(error):
        return _THERE_ALREADY if "DuplicateKeyError" in names else _REFUSED
    return "This is not allowed." if isinstance(error, RuleDenied) else _UNKNOWN


def quotes_mongodb(body: Any) -> bool:
    """Tell whether a text holds what an error of MongoDB's driver says that is being handled right now.

    Parameters
    ----------
    body : object
        What is to be texted back.
    """
    error = sys.exception()
    if error is None or not isinstance(body, str) or not is_mongodbs(error):
        return False
    said = str(error)
    return len(said) >= _SHORTEST and said in body


def is_mongodbs(error: BaseException) -> bool:
    """Tell whether an error is one of MongoDB's driver."""
    return any(kind.__module__.partition(".")[0] in ("pymongo", "bson") for kind in type(error).__mro__)
