"""The passwords of users that handlers run as, and how such a user is found.

Those of the embedded server lie beside its data, as its own does: they belong to these data and to no others.
Those of another server are secrets like any, in the environment, the keyring or the file, under the name by which
MongoDB knows the user.
"""

import contextlib
import secrets
from pathlib import Path

from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage import safe, secret_file
from twilio_nb.storage.clients import Login
from twilio_nb.storage.database import Database
from twilio_nb.storage.declarations import declared_users
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.secrets import Secret, find_secret


def find_login(database: Database, user: str) -> Login:
    """Return how a declared user logs in.

    Parameters
    ----------
    database : Database
        The one that declares it.
    user : str
        Its name there.

    Returns
    -------
    Login
        Whether MongoDB knows it, shows when it is used.

    Raises
    ------
    ConfigurationError
        If there is no such user, or its password is not known.
    """
    definition = declared_users(database).find(user)
    if definition is None:
        known = ", ".join(repr(one.name) for one in declared_users(database).all()) or "none"
        message = (
            f"There is no user {user!r}; there are: {known}. service.users.add declares one, "
            "service.harden() makes it."
        )
        raise ConfigurationError(message)
    name = definition.login_name(database.name)
    password = find_password(database, name)
    if password is None:
        message = (
            f"The user {user!r} is declared, but no password of it is known: service.harden() makes the user, or "
            "says how to."
        )
        raise ConfigurationError(message)
    return Login(user, name, password)


def find_password(database: Database, name: str) -> Secret | None:
    """Return the password of a user, or None.

    Parameters
    ----------
    database : Database
        Whose server knows the user.
    name : str
        What MongoDB calls it.

    Returns
    -------
    Secret or None
    """
    if database.is_embedded:
        found = secret_file.read(_file()).get(name)
        return None if found is None else Secret(found)
    try:
        return find_secret(name, own=True)
    except SecretNotFound:
        return None


def keep_password(database: Database, name: str) -> Secret:
    """Return the password of a user; a new one, which is kept, if there is none.

    Parameters
    ----------
    database : Database
        Whose server knows the user.
    name : str
        What MongoDB calls it.

    Returns
    -------
    Secret
    """
    found = find_password(database, name)
    if found is not None:
        return found
    made = Secret(secrets.token_hex(24))
    if not database.is_embedded:
        safe.keep(name, made)
        return made
    # Another notebook may be making one at this moment: the first that is kept is everybody's.
    secret_file.change({name: made.reveal()}, _file(), replace=False)
    return find_password(database, name) or made


def forget_password(database: Database, name: str) -> None:
    """Forget the password of a user that is gone; nothing happens if there is none.

    Parameters
    ----------
    database : Database
        Whose server knew the user.
    name : str
        What MongoDB called it.
    """
    if database.is_embedded:
        secret_file.change({name: None}, _file())
    else:
        with contextlib.suppress(SecretNotFound):
            safe.forget([name])


def _file() -> Path:
    return data_directory() / "mongod" / "users.json"
