"""The writes of a bulk, as the retired service and MongoDB's shell describe them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from twilio_nb.errors import HandlerError

_KINDS: Mapping[str, tuple[Any, tuple[str, ...], Mapping[str, str]]] = {
    "insertOne": (InsertOne, ("document",), {}),
    "updateOne": (UpdateOne, ("filter", "update"), {"upsert": "upsert", "arrayFilters": "array_filters"}),
    "updateMany": (UpdateMany, ("filter", "update"), {"upsert": "upsert", "arrayFilters": "array_filters"}),
    "replaceOne": (ReplaceOne, ("filter", "replacement"), {"upsert": "upsert"}),
    "deleteOne": (DeleteOne, ("filter",), {}),
    "deleteMany": (DeleteMany, ("filter",), {}),
}


def operations(described: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the driver's own operations.

    Parameters
    ----------
    described : sequence of Mapping
        Such as ``{"updateOne": {"filter": {…}, "update": {…}, "upsert": True}}``.

    Returns
    -------
    list
        For pymongo's ``bulk_write``.

    Raises
    ------
    HandlerError
        If one is described otherwise.

    Examples
    --------
    >>> operations([{"deleteOne": {"filter": {"_id": 1}}}])
    [DeleteOne({'_id': 1}, None)]
    """
    return [_operation(one, n) for n, one in enumerate(described, 1)]


def _operation(described: Mapping[str, Any], n: int) -> Any:
    kind, given = next(iter(described.items())) if len(described) == 1 else ("", {})
    if kind not in _KINDS or not isinstance(given, Mapping):
        message = (
            f"Operation {n} of bulkWrite is none of {', '.join(_KINDS)}; "
            "expected such as {'insertOne': {'document': {…}}}."
        )
        raise HandlerError(message)
    make, needed, options = _KINDS[kind]
    unknown, missing = set(given) - {*needed, *options}, set(needed) - set(given)
    if unknown or missing:
        odd = f"lacks {sorted(missing)}" if missing else f"has {sorted(unknown)}"
        message = f"Operation {n} of bulkWrite, {kind}, {odd}; it takes {', '.join([*needed, *options])}."
        raise HandlerError(message)
    return make(
        *(given[name] for name in needed), **{options[name]: given[name] for name in options if name in given}
    )
