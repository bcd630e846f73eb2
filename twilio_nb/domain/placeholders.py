"""What is stored in the place of a Python function: its name with ``()`` behind, as nothing else is called.

So nobody takes it for a user, or for a function that can be called by name: a condition with one never holds.
"""

from collections.abc import Mapping
from typing import Any


def told_name(function: Any) -> str:
    """Return what a Python function is called where it cannot be stored.

    Examples
    --------
    >>> told_name(print)
    'print()'
    """
    return f"{getattr(function, '__name__', type(function).__name__)}()"


def storable(condition: Any) -> Any:
    """Return a condition as it can be stored: a Python function becomes a call by a name that nobody answers.

    Examples
    --------
    >>> storable(print)
    {'%%true': {'%function': {'name': 'print()', 'arguments': []}}}
    """
    if callable(condition):
        return {"%%true": {"%function": {"name": told_name(condition), "arguments": []}}}
    if isinstance(condition, Mapping):
        return {key: storable(value) for key, value in condition.items()}
    return [storable(one) for one in condition] if isinstance(condition, list | tuple) else condition


def function_in_place(condition: Any) -> str | None:
    """Return the name of the Python function that a stored condition stands for; None for any other condition.

    Examples
    --------
    >>> function_in_place(storable(print))
    'print()'
    """
    call = condition.get("%%true") if isinstance(condition, Mapping) and len(condition) == 1 else None
    called = call.get("%function") if isinstance(call, Mapping) else None
    name = called.get("name") if isinstance(called, Mapping) else None
    return name if isinstance(name, str) and name.endswith("()") else None
