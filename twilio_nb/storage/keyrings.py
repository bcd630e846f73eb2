"""The system's keyring, where there is one that works: the macOS Keychain, the Secret Service of a desktop.

It is asked through `twilio_nb.storage.keyring_process`, so a keyring that hangs or asks questions holds up
nobody for longer than the seconds below, and the package ``keyring`` is never imported here.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from twilio_nb.storage import keyring_process

_OURS = ("TWILIO_", "JUPYTER", "JPY_")  # beginnings of names of variables
READS_WITHIN = 10.0  # seconds; a person may have to unlock it
WRITES_WITHIN = 60.0
_REMEMBERED = 60.0  # seconds for which an answer is taken again: the receiver asks every few seconds

_asking = threading.Lock()
_answers: dict[tuple[str, ...], tuple[float, "dict[str, str] | NoKeyring"]] = {}


class NoKeyring(Exception):
    """There is no keyring that works; the message says why in a few words.

    Attributes
    ----------
    fails : bool
        Whether there is one that is fit for secrets and failed just now: it may hold some.
    """

    def __init__(self, message: str, *, fails: bool = False) -> None:
        super().__init__(message)
        self.fails = fails


def read(names: Sequence[str], *, anew: bool = False) -> dict[str, str]:
    """Return what the keyring holds under some names.

    Parameters
    ----------
    names : sequence of str
        The names.
    anew : bool
        Whether to ask even if the answer of less than a minute ago is remembered.

    Returns
    -------
    dict
        Values by name, without the names it does not know.

    Raises
    ------
    NoKeyring
        If none works.

    Examples
    --------
    >>> read(["my-service"])
    {}
    """
    key = tuple(names)
    with _asking:
        time_asked, remembered = _answers.get(key, (0.0, {}))
        if anew or key not in _answers or time.monotonic() - time_asked > _REMEMBERED:
            try:
                remembered = _ask({"read": list(names)}, READS_WITHIN)["values"]
            except NoKeyring as error:
                remembered = error
            _answers[key] = time.monotonic(), remembered
    if isinstance(remembered, NoKeyring):
        raise NoKeyring(str(remembered), fails=remembered.fails)
    return dict(remembered)


def write(values: Mapping[str, str | None]) -> str:
    """Keep values in the keyring.

    Parameters
    ----------
    values : mapping
        The new value of each name; None removes it.

    Returns
    -------
    str
        What the keyring calls itself, such as ``"SecretService Keyring"``.

    Raises
    ------
    NoKeyring
        If none works, or it did not take them.

    Examples
    --------
    >>> write({"my-service": "d41d8cd98f00b204e9800998ecf8427e"})
    'macOS Keyring'
    """
    with _asking:
        _answers.clear()
        return str(_ask({"write": dict(values)}, WRITES_WITHIN)["keyring"])


def names() -> tuple[str, list[str]]:
    """Return what the keyring calls itself, and the names of all that was written into it.

    Raises
    ------
    NoKeyring
        If none works.

    Examples
    --------
    >>> names()
    ('macOS Keyring', ['my-service'])
    """
    with _asking:
        answer = _ask({"names": True}, READS_WITHIN)
    return str(answer["keyring"]), list(answer["names"])


def _ask(request: dict[str, Any], within: float) -> dict[str, Any]:
    if find_spec("keyring") is None:
        raise NoKeyring("the package keyring is not installed")
    try:
        ended = subprocess.run(
            # -P: a file keyring.py beside the notebook is not the package.
            [sys.executable, "-P", keyring_process.__file__],
            input=json.dumps(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            timeout=within,
            # It needs the surroundings of a desktop session, and none of ours, where secrets are.
            env={name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
            start_new_session=os.name != "nt",  # no terminal to ask on
            check=False,
        )
        answer = json.loads(ended.stdout)
    except subprocess.TimeoutExpired:
        # Its cause would hold the request, and so the secret.
        failure = NoKeyring(f"the keyring did not answer within {within:g} s", fails=True)
    except (OSError, ValueError) as error:
        failure = NoKeyring(f"the keyring could not be asked ({type(error).__name__})", fails=True)
    else:
        if answer["keyring"] is not None and "trouble" not in answer:
            return dict(answer)
        if answer["keyring"] is None:
            failure = NoKeyring("no keyring of this system keeps secrets encrypted")
        else:
            failure = NoKeyring(f"{answer['keyring']} failed ({answer['trouble']})", fails=True)
    raise failure
