"""The words of a JSON Schema: what MongoDB's dialect takes as it is, and what else they say.

https://www.mongodb.com/docs/manual/reference/operator/query/jsonSchema/
"""

from collections.abc import Callable, Mapping
from typing import Any

MAPS = ("properties", "patternProperties")
LISTS = ("allOf", "anyOf", "oneOf")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: object) -> bool:
    return _is_number(value) and value == int(value) >= 0  # type: ignore[call-overload]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "title": _is_text,
    "description": _is_text,
    "pattern": _is_text,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "uniqueItems": lambda value: isinstance(value, bool),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "minimum": _is_number,
    "maximum": _is_number,
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_size
    ),
}
"""What MongoDB takes as it is, where its value is of the right kind."""

SAME: Mapping[str, Callable[[Any], dict[str, Any]]] = {"const": lambda value: {"enum": [value]}}
"""What MongoDB says in other words."""

REASONS: Mapping[str, str] = {
    "validate": (
        "MongoDB does not know these expressions. What compares fields of one document can be written as $expr in a "
        "validator of your own; the document before a change no validator sees"
    ),
    "default": "MongoDB fills in nothing; set it where the document is made",
    "format": "MongoDB checks no formats; `pattern` can",
    "$ref": "MongoDB follows no references; write the schema out in its place",
    "definitions": "MongoDB follows no references to them",
    "$schema": "MongoDB has one dialect only",
}
"""Why others are left out."""
