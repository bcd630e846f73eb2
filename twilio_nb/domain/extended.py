"""Extended JSON: how the retired service wrote what JSON lacks, such as times, into files."""

import json
import math
from collections.abc import Mapping
from typing import Any

import bson
from bson import Int64, json_util

from twilio_nb.errors import ConfigurationError

_READ = json_util.JSONOptions(json_mode=json_util.JSONMode.CANONICAL, tz_aware=True)


def extended(value: Any) -> Any:
    """Return a value with everything that JSON lacks as Extended JSON.

    Parameters
    ----------
    value : object
        Anything that MongoDB can store.

    Returns
    -------
    object
        For ``json.dumps``.

    Examples
    --------
    >>> extended([1, Int64(14148009497)])
    [1, {'$numberLong': '14148009497'}]
    """
    if isinstance(value, Mapping):
        return {str(key): extended(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [extended(one) for one in value]
    is_json = (
        isinstance(value, str | int) or value is None or (isinstance(value, float) and math.isfinite(value))
    )
    if is_json and not isinstance(value, Int64):
        return value
    options = json_util.CANONICAL_JSON_OPTIONS
    return json.loads(json_util.dumps(value, json_options=options))


def readable(value: Any) -> str:
    """Return a value as a person reads it: JSON, in which numbers are numbers and what JSON lacks is short.

    Parameters
    ----------
    value : object
        Anything that MongoDB can store.

    Returns
    -------
    str
        In one line.

    Examples
    --------
    >>> readable([1, Int64(14148009497)])
    '[1, 14148009497]'
    """
    return json_util.dumps(value, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False)


def plain(value: Any, what: str) -> Any:
    """Return what Extended JSON stands for.

    Parameters
    ----------
    value : object
        As ``json.loads`` returned it.
    what : str
        What it is, for the message, such as ``"The value 'staff'"``.

    Returns
    -------
    object
        Times are aware.

    Raises
    ------
    ConfigurationError
        If it is no Extended JSON; it is not quoted.

    Examples
    --------
    >>> plain({"$numberInt": "1"}, "The value 'one'")
    1
    """
    try:
        return json_util.loads(json.dumps(value), json_options=_READ)
    except (TypeError, ValueError, bson.errors.BSONError, ArithmeticError, RecursionError):
        message = f"{what} is no Extended JSON; export it again, or write it as plain JSON."
        raise ConfigurationError(message) from None
