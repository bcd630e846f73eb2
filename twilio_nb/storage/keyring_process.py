"""The program that talks to the keyring: one JSON object in, one out, then it ends.

It is a process of its own, and not a function, because a backend may wait for ever on the desktop's bus, or
ask on the terminal for a password: from here it finds no terminal, and whoever started it can end it. It
imports nothing of this package.
"""

import contextlib
import json
import os
import sys
from typing import Any

SERVICE = "twilio_nb"
INDEX = "/names"  # no secret is called so; a keyring cannot say what it holds


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked with the keyring.

    Parameters
    ----------
    request : dict
        ``read``, a list of names; ``write``, the new value for each name, None to remove it; ``names``, to be told
        all names that were written.

    Returns
    -------
    dict
        ``keyring``, the backend's name, None if none is fit for secrets; ``values``, by name, of what was
        asked for; ``names``; ``trouble``, what the backend raised.
    """
    import keyring

    backend = keyring.get_keyring()
    # A chain goes on to its last, a file of plain text: only those count that keyring recommends itself.
    backends = [one for one in getattr(backend, "backends", [backend]) if one.priority >= 1]
    if not backends:
        return {"keyring": None, "values": {}}
    found: dict[str, Any] = {"keyring": str(backends[0].name), "values": {}}
    try:
        for name, value in request.get("write", {}).items():
            _remove(backends, name)
            if value is not None:
                backends[0].set_password(SERVICE, name, value)
                if backends[0].get_password(SERVICE, name) != value:
                    return found | {"trouble": "it forgot what it was given"}
        if "write" in request:
            _note(backends, request["write"])
        for name in request.get("read", []):
            if value := _find(backends, name):
                found["values"][name] = value
        if "names" in request:
            found["names"] = json.loads(_find(backends, INDEX) or "[]")
    except Exception as error:  # backends raise their own; the text might quote what was to be kept
        return found | {"trouble": type(error).__name__}
    return found


def _find(backends: list[Any], name: str) -> str | None:
    values = (one.get_password(SERVICE, name) for one in backends)
    return next(filter(None, values), None)


def _note(backends: list[Any], written: dict[str, str | None]) -> None:
    """Keep the names of what is kept beside it."""
    known = set(json.loads(_find(backends, INDEX) or "[]")) - set(written)
    names = sorted(known | {name for name, value in written.items() if value is not None})
    _remove(backends, INDEX)
    if names:
        backends[0].set_password(SERVICE, INDEX, json.dumps(names))


def _remove(backends: list[Any], name: str) -> None:
    for backend in backends:
        with contextlib.suppress(NotImplementedError):
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)


if __name__ == "__main__":
    # Whatever a backend prints must not get between the lines of the answer.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = json.load(sys.stdin)
    try:
        said = answer(asked)
    except Exception as error:
        said = {"keyring": None, "values": {}, "trouble": type(error).__name__}
    json.dump(said, out)
    out.close()
