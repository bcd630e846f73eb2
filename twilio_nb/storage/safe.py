"""Where secrets are kept: the keyring where one works, else the 0600 file; and what is kept there, without a value."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage import keyrings, secret_file
from twilio_nb.storage.keyrings import NoKeyring
from twilio_nb.storage.secrets import Secret, keys_of, secret_variable, stored, variable

LONGEST = 500
"""Characters of a secret, as of one of App Services."""

_PREFIX = secret_variable("")


@dataclass(frozen=True)
class Kept:
    """A secret's name and the places that hold a value of it, the one that counts first."""

    name: str
    places: tuple[str, ...]
    rotates: bool = False


def keep(name: str, value: str | Secret, *, coming: bool = False) -> str:
    """Keep a secret in the keyring, or where none works in the 0600 file of secrets.

    It is removed from the other, so that no old value is found instead. A value that is not `coming`
    ends a rotation: the next one goes.

    Parameters
    ----------
    name : str
        The name under which `find_secrets` finds it.
    value : str or Secret
        The value.
    coming : bool
        Whether it is the next value, that is to be accepted besides the present one.

    Returns
    -------
    str
        Where it is kept, and what stands in its way, in sentences; never the value.

    Raises
    ------
    ConfigurationError
        If it is empty or has more than 500 characters, or the file of secrets is open to other users, or is not
        what this function writes.

    Examples
    --------
    >>> keep("my-service", getpass.getpass())
    "Kept as 'my-service' in the keyring (macOS Keyring)."
    """
    # As Secrets from here on: a traceback that shows variables must not show them.
    given = value = Secret((value.reveal() if isinstance(value, Secret) else value).strip())
    length = len(given.reveal())
    if not length:
        message = f"Nothing was entered, so nothing is kept under {name!r}; call twilio_nb.secrets.set({name!r}) again."
        raise ConfigurationError(message)
    if length > LONGEST:
        message = (
            f"What was given for {name!r} has {length:,} characters, and a secret {LONGEST} at most; nothing was kept. "
            "Copy the secret alone."
        )
        raise ConfigurationError(message)
    key, key_of_next = keys_of(name)
    place = _write({key_of_next: given} if coming else {key: given, key_of_next: None})
    variables = [secret_variable(name, coming=coming), *([] if coming else ["TWILIO_AUTH_TOKEN"])]
    before = " and ".join(filter(variable, variables))
    hidden = f" But {before} of the environment comes first." if before else ""
    return f"Kept as {name!r} {place}{hidden}"


def copy(name: str, new: str) -> str:
    """Keep a secret, and the one that comes next, under another name too.

    Parameters
    ----------
    name, new : str
        The name that it has, and the one that it gets.

    Returns
    -------
    str
        Where it is kept, in sentences.

    Raises
    ------
    SecretNotFound
        If nothing is kept under its name; what the environment holds is not.
    ConfigurationError
        If something is kept under the new name.
    """
    found, trouble = stored(name, anew=True)
    if not found:
        raise SecretNotFound(_nothing([name], trouble))
    if stored(new, anew=True)[0]:
        message = f"Something is kept as {new!r} already, so {name!r} stays; choose another name."
        raise ConfigurationError(message)
    pairs = zip(keys_of(name), keys_of(new), strict=True)
    return f"Kept as {new!r} {_write({after: found.get(before) for before, after in pairs})}"


def forget(names: Iterable[str]) -> str:
    """Remove secrets, and what comes next for them, wherever they are kept.

    Parameters
    ----------
    names : iterable of str
        All of them, or none if one is not there.

    Returns
    -------
    str
        What still stands in the way, in sentences; often nothing.

    Raises
    ------
    SecretNotFound
        If nothing is kept under some of the names; all of these are in the message.
    """
    wanted = list(dict.fromkeys(names))
    found = {name: stored(name, anew=True) for name in wanted}
    if missing := [name for name in wanted if not found[name][0]]:
        raise SecretNotFound(_nothing(missing, found[missing[0]][1]))
    _write({key: None for name in wanted for key in keys_of(name)})
    left = [held for name in wanted if variable(held := secret_variable(name))]
    return f"Still set in the environment, and therefore found: {', '.join(left)}." if left else ""


def listed(wanted: Iterable[str] = ()) -> tuple[list[Kept], str]:
    """List the secrets that are kept, and those that are wanted.

    Parameters
    ----------
    wanted : iterable of str
        Names that something asks for, kept or not.

    Returns
    -------
    tuple
        By name, those that are nowhere with no places; and why a keyring that may hold more could not be asked.
    """
    in_file, in_keyring, keyring, trouble = secret_file.read(), set[str](), "", ""
    names = {*wanted, *map(_name, in_file)}
    try:
        keyring, known = keyrings.names()
        names |= set(map(_name, known))
        in_keyring = set(keyrings.read([key for name in sorted(names) for key in keys_of(name)], anew=True))
    except NoKeyring as error:
        trouble = str(error) if error.fails else ""
    variables = {secret_variable(name) for name in names}
    others = {one for one in os.environ if one.startswith(_PREFIX) and not one.endswith("_NEXT")}
    names |= {one.removeprefix(_PREFIX).lower() for one in others - variables if variable(one)}
    kept = []
    for name in sorted(names):
        key, key_of_next = keys_of(name)
        held = secret_variable(name)
        places = [f"{held} of the environment"] if variable(held) else []
        places += [f"the keyring ({keyring})"] if key in in_keyring else []
        places += [str(secret_file.path())] if key in in_file else []
        coming = variable(secret_variable(name, coming=True)) or key_of_next in in_keyring | set(in_file)
        kept.append(Kept(name, tuple(places), bool(coming)))
    return kept, trouble


def _write(changes: Mapping[str, Secret | None]) -> str:
    """Write to the keyring, or where none works to the file; say where, and what may be in the way."""
    try:
        return _written({key: None if secret is None else secret.reveal() for key, secret in changes.items()})
    except ConfigurationError as error:
        raise error.with_traceback(None) from None  # a traceback that shows variables would show them


def _written(changes: Mapping[str, str | None]) -> str:
    try:
        keyring = keyrings.write(changes)
    except NoKeyring as error:
        secret_file.change(changes)
        later = (
            " What that keyring may hold under this name comes first once it works." if error.fails else ""
        )
        return f"in {secret_file.path()}, which only you can read ({error}).{later}"
    secret_file.change(dict.fromkeys(changes))
    return f"in the keyring ({keyring})."


def _nothing(names: list[str], trouble: str) -> str:
    held = [secret_variable(name) for name in names if variable(secret_variable(name))]
    where = f" What {' and '.join(held)} of the environment holds is changed there." if held else ""
    nothing = f"Nothing is kept as {', '.join(map(repr, names))}{trouble}, so nothing was changed"
    return f"{nothing}; twilio_nb.secrets lists what is.{where}"


def _name(key: str) -> str:
    return key.removesuffix(keys_of("")[1])
