"""Values as a person would write them into a cell."""

import json
from collections.abc import Mapping
from typing import Any

from twilio_nb.domain.extended import extended

_WIDTH = 100
_INDENT = "    "


def literal(value: Any, below: int = 0) -> str:
    """Return a value as Python; what JSON lacks is read from Extended JSON by ``json_util``.

    Parameters
    ----------
    value : object
        Whatever MongoDB can store.
    below : int
        How many levels deep the line begins in which it stands.

    Returns
    -------
    str
        One line if it is short, else several.

    Examples
    --------
    >>> literal({"to": ["+15558675309"], "urgent": True})
    '{"to": ["+15558675309"], "urgent": True}'
    """
    plain = extended(value)
    if plain != value:
        return f"json_util.loads({json.dumps(plain, ensure_ascii=False)!r})"
    line = _one_line(plain)
    if len(line) + below * len(_INDENT) <= _WIDTH or not isinstance(plain, Mapping | list) or not plain:
        return line
    parts = (
        [f"{_one_line(key)}: {literal(one, below + 1)}" for key, one in plain.items()]
        if isinstance(plain, Mapping)
        else [literal(one, below + 1) for one in plain]
    )
    opened, closed = "{}" if isinstance(plain, Mapping) else "[]"
    inner = "".join(f"{_INDENT * (below + 1)}{part},\n" for part in parts)
    return f"{opened}\n{inner}{_INDENT * below}{closed}"


def _one_line(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_one_line(key)}: {_one_line(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_one_line, value))}]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """Return a text in double quotes; what nobody can see, or what turns a line round, becomes visible."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii")
        for one in json.dumps(value, ensure_ascii=False)
    )
