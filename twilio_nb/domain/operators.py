"""What the operators of the expression language say about two values.

The language is that of the retired service's rules. What cannot be said is None, which no negation turns into
true: a value that is missing, or of another kind than the operator is about.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bson import Binary, Decimal128, ObjectId

Truth = bool | None

COMPARISONS = {
    "eq": "{}",
    "ne": "not {}",
    "in": "one of {}",
    "nin": "none of {}",
    "gt": "more than {}",
    "gte": "{} or more",
    "lt": "less than {}",
    "lte": "{} or less",
    "exists": "{}",
}
"""Each operator that compares, and what it expects in words."""

PLAIN = (str, int, float, bool, type(None), datetime, bytes, ObjectId, Decimal128)
"""The kinds of a single value, those of Extended JSON; ``Binary`` and ``Int64`` are bytes and an int."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ORDERED: tuple[type | tuple[type, ...], ...] = ((int, float), str, datetime)


class Missing:
    """What stands where a value should: why there is none.

    Parameters
    ----------
    why : str
        In words, without any value.
    absent : bool
        Whether it is simply not there, and not impossible to tell.
    """

    def __init__(self, why: str = "missing", *, absent: bool = True) -> None:
        self.why = why
        self.absent = absent


def compare(operator: str, left: Any, right: Any) -> Truth:
    """Return what a comparison says.

    Parameters
    ----------
    operator : str
        A key of `COMPARISONS`.
    left, right : object
        Plain values, lists and mappings of them, or `Missing`.

    Returns
    -------
    bool or None
        None where it cannot be said. Of a missing value only ``exists: false``, ``ne`` and ``nin`` are true; of
        a missing operand nothing is.

    Examples
    --------
    >>> compare("eq", ["ann", "ben"], "ann"), compare("eq", "ann", ["ann", "ben"])
    (True, True)
    >>> compare("gt", "9", 1) is None
    True
    """
    if isinstance(left, Missing) and not left.absent:
        return None
    if operator == "exists":
        wanted = truth(right)
        return None if wanted is None else isinstance(left, Missing) is not wanted
    if operator in ("in", "nin"):
        if not isinstance(right, list):
            return None
        found = False if isinstance(left, Missing) else any(equal(left, one) for one in right)
        if found:
            return operator == "in"
        if operator == "in" or lacks(right):
            return None if isinstance(left, Missing) or lacks(right) else False
        return True
    if lacks(right):
        return None
    if isinstance(left, Missing):
        return True if operator == "ne" else None
    if operator in ("eq", "ne"):
        return equal(left, right) is (operator == "eq")
    return _ordered(operator, left, right)


def truth(value: Any) -> Truth:
    """Return what an operand means that says yes or no: true and false, or 1 and 0; None for any other."""
    return bool(value) if isinstance(value, bool | int | float) and value in (0, 1) else None


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are equal, or one is an array that holds the other.

    Kinds are kept apart: 1 is not true, and ``"1"`` is not 1.
    """
    if _same(left, right):
        return True
    if isinstance(left, list) and any(_same(one, right) for one in left):
        return True
    return isinstance(right, list) and any(_same(left, one) for one in right)


def lacks(value: Any) -> bool:
    """Tell whether something is missing in an operand."""
    if isinstance(value, Missing):
        return True
    if isinstance(value, list | Mapping):
        parts: Iterable[Any] = value.values() if isinstance(value, Mapping) else value
        return any(map(lacks, parts))
    return False


def string_to_oid(value: Any) -> Any:
    """Return the ObjectId that 24 hexadecimal digits, or 12 bytes, write."""
    if isinstance(value, str | bytes) and ObjectId.is_valid(value):
        return ObjectId(value)
    return Missing("no ObjectId", absent=False)


def oid_to_string(value: Any) -> Any:
    """Return an ObjectId as 24 hexadecimal digits."""
    return str(value) if isinstance(value, ObjectId) else Missing("no ObjectId", absent=False)


def string_to_uuid(value: Any) -> Any:
    """Return the UUID that 36 characters write, as MongoDB keeps it: binary of subtype 4."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return Binary(bytes.fromhex(value.replace("-", "")), 4)
    return Missing("no UUID", absent=False)


def uuid_to_string(value: Any) -> Any:
    """Return a UUID as 36 characters."""
    if isinstance(value, Binary) and value.subtype == 4 and len(value) == 16:
        return re.sub(r"(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", value.hex())
    return Missing("no UUID", absent=False)


CONVERTERS = {
    "stringToOid": string_to_oid,
    "oidToString": oid_to_string,
    "stringToUuid": string_to_uuid,
    "uuidToString": uuid_to_string,
}
"""Each operator that makes a value of another kind."""


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return set(left) == set(right) and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    # Of other kinds than these nothing is known, nor what their == would do.
    return isinstance(left, PLAIN) and type(left) is type(right) and bool(left == right)


def _ordered(operator: str, left: Any, right: Any) -> Truth:
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if not any(isinstance(left, kind) and isinstance(right, kind) for kind in _ORDERED):
        return None
    try:
        return bool(
            {
                "gt": left > right,
                "gte": left >= right,
                "lt": left < right,
                "lte": left <= right,
            }[operator]
        )
    except TypeError:  # a time with and one without its zone
        return None
