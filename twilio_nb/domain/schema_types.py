"""The types that a schema names: App Services' and MongoDB's."""

from collections.abc import Iterable, Mapping
from typing import Any

from bson import ObjectId

JSON_TYPES = {"object", "array", "number", "boolean", "string", "null"}

BSON_TYPES = {
    *("double", "string", "object", "array", "binData", "undefined", "objectId", "bool", "date", "null", "regex"),
    *("dbPointer", "javascript", "symbol", "javascriptWithScope", "int", "timestamp", "long", "decimal"),
    *("minKey", "maxKey", "number"),
}  # fmt: skip
"""MongoDB's aliases: https://www.mongodb.com/docs/manual/reference/bson-types/."""

TYPES: Mapping[str, tuple[list[str], str]] = {
    "uuid": (["binData"], "`uuid` is checked as `binData`, which other binary values are too"),
    "float": (["double"], ""),
    "integer": (["int", "long"], ""),
    "boolean": (["bool"], ""),
}
"""What is called otherwise by MongoDB, and what a person should know of it."""

SAMPLES: tuple[tuple[set[str], Any], ...] = (
    ({"bool", "boolean"}, True),
    ({"objectId"}, ObjectId("0" * 24)),
    ({"string"}, "twilio_nb trial"),
)
"""Values, each with what its type is called; no type of a field but a list of all fits each of them."""


def of_python(names: Iterable[str]) -> str:
    """Return what a person who writes Python should know of a field's types; else nothing.

    JavaScript's numbers were doubles. pymongo stores an ``int`` as int where that has 32 bits, else as long.

    Parameters
    ----------
    names : iterable of str
        MongoDB's names of the types.

    Returns
    -------
    str
        A sentence without its full stop.

    Examples
    --------
    >>> of_python(["string"])
    ''
    """
    numbers = {"int", "long", "double", "decimal", "number"} & set(names)
    if numbers == {"long"}:
        return "takes `bson.Int64(5)`, not `5`, which Python stores as an int"
    if numbers == {"double"}:
        return "takes `5.0`, not `5`, which Python stores as an int"
    if numbers == {"decimal"}:
        return "takes `bson.Decimal128('5')`, not `5`"
    return ""
