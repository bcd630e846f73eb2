"""Values that are never shown: auth tokens, and addresses that hold a password."""

import hmac
import json
import os
import re
from typing import Any, NoReturn, Self

from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage.directories import data_directory, private_file, verify_private

_FILE = "secrets.json"


class Secret:
    """A value that prints as ``Secret('********')`` wherever it turns up.

    It can be compared (in constant time) and hashed, and cannot be pickled, so that it gets into no cache,
    no widget state and no other process by accident.

    Parameters
    ----------
    value : str
        What to keep.

    Examples
    --------
    >>> token = Secret("d41d8cd98f00b204e9800998ecf8427e")
    >>> token
    Secret('********')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself.

        Returns
        -------
        str
            The value, to be handed on at once and kept nowhere.

        Examples
        --------
        >>> Secret("opensesame").reveal()
        'opensesame'
        """
        return self._value

    def __repr__(self) -> str:
        return "Secret('********')"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_encoded(self), _encoded(other))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = "A Secret is never pickled. Find it again by its name where it is needed."
        raise TypeError(message)


def secret_variable(name: str) -> str:
    """Return the environment variable that may hold a secret.

    Parameters
    ----------
    name : str
        The secret's name, such as ``"my-service"``.

    Returns
    -------
    str
        Such as ``"TWILIO_NB_SECRET_MY_SERVICE"``.

    Examples
    --------
    >>> secret_variable("my-service")
    'TWILIO_NB_SECRET_MY_SERVICE'
    """
    return "TWILIO_NB_SECRET_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def find_secret(name: str) -> Secret:
    """Find the value of a secret.

    Looked for in this order: ``TWILIO_NB_SECRET_<NAME>`` (upper case, other characters as ``_``),
    ``TWILIO_AUTH_TOKEN``, the file ``secrets.json`` in the data directory. Empty values count as none.

    Parameters
    ----------
    name : str
        The secret's name; by default a service's secret has the service's name.

    Returns
    -------
    Secret
        The value.

    Raises
    ------
    SecretNotFound
        If there is none; the message says every way to set it.
    ConfigurationError
        If the file of secrets is open to other users, or is not what `save_secret` writes.

    Examples
    --------
    >>> find_secret("my-service")
    Secret('********')
    """
    variable = secret_variable(name)
    value = (
        os.environ.get(variable, "").strip()
        or os.environ.get("TWILIO_AUTH_TOKEN", "").strip()
        or _saved().get(name)
    )
    if not value:
        message = (
            f"No value for the secret {name!r}. Set {variable} or TWILIO_AUTH_TOKEN in the environment of "
            f"Jupyter and its kernels, or keep it once, which asks for it: twilio_nb.set_secret({name!r})."
        )
        raise SecretNotFound(message)
    return Secret(value)


def save_secret(name: str, value: str | Secret) -> None:
    """Keep a secret in the 0600 file of secrets in the data directory.

    Parameters
    ----------
    name : str
        The name under which `find_secret` finds it.
    value : str or Secret
        The value; an empty one removes what was saved.

    Raises
    ------
    ConfigurationError
        If the file of secrets is open to other users, or is not what this function writes.

    Examples
    --------
    >>> save_secret("my-service", getpass.getpass())
    """
    revealed = value.reveal() if isinstance(value, Secret) else value
    saved = _saved()
    saved.pop(name, None)
    if revealed.strip():
        saved[name] = revealed.strip()
    private_file(data_directory() / _FILE, json.dumps(saved, indent=1))


def _encoded(secret: Secret) -> bytes:
    # An environment variable that is no UTF-8 reaches Python with lone surrogates.
    return secret.reveal().encode("utf-8", "surrogatepass")


def _saved() -> dict[str, str]:
    path = data_directory() / _FILE
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        return {}
    with file:
        verify_private(path, os.fstat(file.fileno()), remedy=f"chmod 600 {path}")
        try:
            saved = json.load(file)
        except ValueError:
            saved = None
    if not isinstance(saved, dict) or not all(isinstance(value, str) for value in saved.values()):
        # The cause is left out: a JSON error quotes what it could not read.
        message = (
            f"{path} is not the JSON object of names and values that save_secret writes. Mend or remove it."
        )
        raise ConfigurationError(message)
    return saved
