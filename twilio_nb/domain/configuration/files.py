"""JSON as the retired service wrote it into files: four blanks a level, a line's end at the end."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from twilio_nb.domain.paths import usable_name
from twilio_nb.errors import ConfigurationError


def read(text: str | bytes, expected: str) -> dict[str, Any]:
    """Read a file.

    Parameters
    ----------
    text : str or bytes
        Its content, in UTF-8; a byte order mark and any ends of lines may be in it.
    expected : str
        What it should hold, for the message.

    Returns
    -------
    dict
        What it holds; Extended JSON is left as it is.

    Raises
    ------
    ConfigurationError
        If it holds no JSON object. It is not quoted, since it may hold a token.

    Examples
    --------
    >>> read('{"name": "staff", "value": 1}', "a value")
    {'name': 'staff', 'value': 1}
    """
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        document = json.loads(plain.strip().removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        message = f"That is no JSON{where}; {expected}."
        raise ConfigurationError(message) from None  # the error holds the text
    if not isinstance(document, dict):
        message = f"That is JSON, but no object in braces; {expected}."
        raise ConfigurationError(message)
    return document


def write(document: Mapping[str, Any]) -> str:
    """Write a file.

    Parameters
    ----------
    document : mapping
        What ``to_config`` returned.

    Returns
    -------
    str
        Always the same for the same document.

    Examples
    --------
    >>> print(write({"name": "staff"}), end="")
    {
        "name": "staff"
    }
    """
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


def named(document: Mapping[str, Any], kind: str) -> tuple[str, list[str]]:
    """Return the name that a document gives, as it can be used here, and a note if that is another.

    Parameters
    ----------
    document : mapping
        With the key ``name``.
    kind : str
        What is named, for the message: "rule", "webhook".

    Returns
    -------
    tuple
        The name, and the notes.

    Raises
    ------
    ConfigurationError
        If it has none.

    Examples
    --------
    >>> named({"name": "tw1 service"}, "rule")[0]
    'tw1-service'
    """
    given = document.get("name")
    if not isinstance(given, str) or not given.strip():
        message = f"That {kind} has no name; expected {{'name': …}} in its file."
        raise ConfigurationError(message)
    name = usable_name(given, kind)
    if name == given:
        return name, []
    return name, [f"Its name is {name!r} here, where names are 1 to 64 ASCII letters, digits, '_' and '-'."]


def unknown(document: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Return a note on the keys that mean nothing here, or none.

    Parameters
    ----------
    document : mapping
        The whole file.
    known : collection of str
        The keys that it may have; every file may have ``id`` and ``version``.

    Returns
    -------
    list of str
        At most one sentence.

    Examples
    --------
    >>> unknown({"name": "a", "colour": "red"}, ["name"])
    ["Passed over, as it means nothing here: 'colour'."]
    """
    odd = sorted(set(document) - {*known, "id", "_id", "version"})
    return [f"Passed over, as it means nothing here: {', '.join(map(repr, odd))}."] if odd else []


def part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object inside of a document; an empty one where there is none."""
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def wording(document: Mapping[str, Any], name: str) -> str | None:
    """Return a text inside of a document; None where there is none."""
    found = document.get(name)
    return found if isinstance(found, str) else None


def truth(document: Mapping[str, Any], name: str) -> bool | None:
    """Return a truth inside of a document; None where there is none."""
    found = document.get(name)
    return found if isinstance(found, bool) else None
