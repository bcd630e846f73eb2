"""MongoDB's errors as ours.

pymongo's own messages can hold what must not be shown: a refused document with its body, or parts of a
connection string. So they are replaced by class, code and advice, and never chained.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bson.errors import BSONError
from pymongo import errors

from twilio_nb.errors import StorageError, StoreUnavailable

#: Codes that say "not now": no primary, stepping down, shutting down, or out of time. pymongo repeats most
#: of them by itself, but not 189 when it comes as a write error from a primary that is stopping, nor 211,
#: which a server that has just come back answers until it has its keys.
UNAVAILABLE_CODES = frozenset(
    {6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 211, 262, 9001, 10107, 11600, 11602, 13435, 13436}
)

_UNAVAILABLE = (
    "MongoDB cannot be reached or does not answer ({found}). Try again: the embedded one is started again "
    "by itself; of another one see that it runs, and that TWILIO_NB_MONGODB_URI names it."
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise pymongo's errors as errors of this package.

    Yields
    ------
    None
        Around any use of pymongo.

    Raises
    ------
    StoreUnavailable
        If MongoDB could not be reached, or not in time; the operation may be repeated.
    StorageError
        If MongoDB refused the operation, and would again.

    Examples
    --------
    >>> with translated():
    ...     database.db["messages"].find_one()
    """
    try:
        yield
    except (errors.PyMongoError, BSONError, OverflowError, UnicodeEncodeError) as error:
        raise as_ours(error) from None


def as_ours(error: Exception) -> StorageError:
    """Return this package's error for one of pymongo's.

    Parameters
    ----------
    error : Exception
        What pymongo or bson raised.

    Returns
    -------
    StorageError
        `StoreUnavailable` when the operation may be repeated.
    """
    if isinstance(error, errors.BulkWriteError):
        refusals = [*error.details.get("writeErrors", ()), *error.details.get("writeConcernErrors", ())]
        return (
            refused(refusals[0])
            if refusals
            else StorageError("MongoDB refused a bulk write without a reason.")
        )
    if isinstance(error, errors.PyMongoError) and _passing(error):
        return StoreUnavailable(_UNAVAILABLE.format(found=type(error).__name__.lstrip("_")))
    if isinstance(error, errors.OperationFailure):
        return refused({"code": error.code, "codeName": (error.details or {}).get("codeName")})
    message = f"The document or operation cannot be given to MongoDB ({type(error).__name__})."
    return StorageError(message)


def refused(reason: Mapping[str, Any]) -> StorageError:
    """Return the error for one of a server's own error documents.

    Parameters
    ----------
    reason : Mapping
        With ``code`` and perhaps ``codeName``; its text is not used, for it may quote the document.

    Returns
    -------
    StorageError
        `StoreUnavailable` when the code is one that passes.
    """
    code = reason.get("code")
    found = f"{reason['codeName']}, code {code}" if reason.get("codeName") else f"code {code}"
    if code in UNAVAILABLE_CODES:
        return StoreUnavailable(_UNAVAILABLE.format(found=found), code=code)
    message = (
        f"MongoDB refused the operation ({found}). Expected a user that may read and write the database, "
        "and no validator of your own that forbids it; codes: https://www.mongodb.com/docs/manual/reference/error-codes/."
    )
    return StorageError(message, code=code)


def _passing(error: errors.PyMongoError) -> bool:
    return (
        isinstance(error, errors.ConnectionFailure | errors.WaitQueueTimeoutError)
        or error.timeout
        or error.has_error_label("RetryableWriteError")
        or error.has_error_label("TransientTransactionError")
        or getattr(error, "code", None) in UNAVAILABLE_CODES
    )
