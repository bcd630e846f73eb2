"""Values that are never shown: auth tokens, and addresses that hold a password."""

import hmac
import os
import re
from typing import Any, NoReturn, Self

from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage import keyrings, secret_file
from twilio_nb.storage.keyrings import NoKeyring


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


def secret_variable(name: str, *, coming: bool = False) -> str:
    """Return the environment variable that may hold a secret.

    Parameters
    ----------
    name : str
        The secret's name, such as ``"my-service"``.
    coming : bool
        Whether the next value is meant, while the secret is rotated.

    Returns
    -------
    str
        Such as ``"TWILIO_NB_SECRET_MY_SERVICE"``, or ``"TWILIO_NB_SECRET_MY_SERVICE_NEXT"``.

    Examples
    --------
    >>> secret_variable("my-service")
    'TWILIO_NB_SECRET_MY_SERVICE'
    """
    return "TWILIO_NB_SECRET_" + re.sub(r"[^A-Z0-9]", "_", name.upper()) + ("_NEXT" if coming else "")


def are_one(name: str, other: str) -> bool:
    """Tell whether two names have the same variable of the environment, so that it would hold the value of both.

    Examples
    --------
    >>> are_one("my-service", "My_Service")
    True
    """
    return secret_variable(name) == secret_variable(other)


def find_secret(name: str, *, own: bool = False) -> Secret:
    """Find the value of a secret, as `find_secrets` does, without the next one."""
    # What the environment holds spares the look into the keyring for the next one.
    if value := variable(secret_variable(name)) or ("" if own else variable("TWILIO_AUTH_TOKEN")):
        return Secret(value)
    return find_secrets(name, own=own)[0]


def find_secrets(name: str, *, own: bool = False, anew: bool = False) -> tuple[Secret, ...]:
    """Find the value of a secret, and the one that comes next while it is rotated.

    Looked for in this order: ``TWILIO_NB_SECRET_<NAME>`` (upper case, other characters as ``_``),
    ``TWILIO_AUTH_TOKEN``, the keyring if one works, the file ``secrets.json`` in the data directory. The next one:
    ``TWILIO_NB_SECRET_<NAME>_NEXT``, then keyring and file. Empty values count as none.

    Parameters
    ----------
    name : str
        The secret's name; by default a service's secret has the service's name.
    own : bool
        Whether it must be this secret's own value: ``TWILIO_AUTH_TOKEN`` is no API key's.
    anew : bool
        Whether to ask the keyring again that was asked less than a minute ago.

    Returns
    -------
    tuple of Secret
        The value, and the next one if there is one and it is another.

    Raises
    ------
    SecretNotFound
        If there is none; the message says every way to set it.
    ConfigurationError
        If the file of secrets is open to other users, or is not what `safe.keep` writes.

    Examples
    --------
    >>> find_secrets("my-service")
    (Secret('********'),)
    """
    variables = [secret_variable(name), *([] if own else ["TWILIO_AUTH_TOKEN"])]
    value = next((Secret(text) for text in map(variable, variables) if text), None)
    next_text = variable(secret_variable(name, coming=True))
    coming = Secret(next_text) if next_text else None
    next_text = ""  # a traceback that shows variables would show it
    trouble = ""
    if not (value and coming):
        key, key_of_next = keys_of(name)
        try:
            found, trouble = stored(name, anew=anew)
        except ConfigurationError:
            if not value:  # what the environment holds does not depend on the file
                raise
        else:
            value, coming = value or found.get(key), coming or found.get(key_of_next)
    if not value:
        message = (
            f"No value for the secret {name!r}{trouble}. Set {' or '.join(variables)} in the environment of "
            f"Jupyter and its kernels, or keep it once, which asks for it: twilio_nb.secrets.set({name!r})."
        )
        raise SecretNotFound(message)
    return tuple(one for one in dict.fromkeys((value, coming)) if one)


def keys_of(name: str) -> tuple[str, str]:
    """Return the keys of a secret and of its next value; no secret's name holds a slash."""
    return name, f"{name}/next"


def variable(name: str) -> str:
    """Return what a variable of the environment holds, without blanks around it; empty where there is none."""
    return os.environ.get(name, "").strip()


def stored(name: str, *, anew: bool) -> tuple[dict[str, Secret], str]:
    """Return what keyring and file hold of a secret; and why a keyring that may hold it was not read."""
    keys, trouble = keys_of(name), ""
    found = {key: Secret(value) for key, value in secret_file.read().items() if key in keys}
    try:
        found |= {key: Secret(value) for key, value in keyrings.read(keys, anew=anew).items()}
    except NoKeyring as error:
        trouble = f" ({error})" if error.fails else ""
    return found, trouble


def _encoded(secret: Secret) -> bytes:
    # An environment variable that is no UTF-8 reaches Python with lone surrogates.
    return secret.reveal().encode("utf-8", "surrogatepass")
