"""Users of MongoDB that may do little: made, looked at, taken away.

Role and user have one name, in the database ``admin``: only roles there may be about collections of several
databases, and Atlas keeps all users there.
"""

import contextlib
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import pymongo
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.errors import ConfigurationError, StorageError
from twilio_nb.storage.clients import Login
from twilio_nb.storage.database import Database
from twilio_nb.storage.declarations import declared_users
from twilio_nb.storage.failures import as_ours
from twilio_nb.storage.logins import find_password, forget_password, keep_password
from twilio_nb.storage.secrets import Secret

NOT_ALLOWED, NO_SUCH_LOGIN = 13, 18
_ROLE_EXISTS, _USER_EXISTS, _NO_ROLE, _NO_USER = 51002, 51003, 31, 11
_NOT_FOR_DRIVERS = (NOT_ALLOWED, 59, 115, 8000)  # of a server of one's own, and of Atlas
_OWNER = "twilio_nb_database"  # in the user's customData


class NotForDrivers(StorageError):
    """The server lets this connection make no users; somebody else must, in Atlas for one."""


def make_user(database: Database, definition: UserDefinition) -> None:
    """Have MongoDB know a user, with a role that has its permissions and nothing else.

    Safe to repeat: a user that is there gets the declared permissions, and keeps a password that is right.

    Parameters
    ----------
    database : Database
        The one that declares it.
    definition : UserDefinition
        The user.

    Raises
    ------
    NotForDrivers
        If MongoDB lets this connection make no users.
    ConfigurationError
        If somebody else's user has its name.
    StorageError
        If MongoDB refuses otherwise, or is away.
    """
    name = definition.login_name(database.name)
    role = {"privileges": privileges(definition), "roles": []}
    if _did(database, {"createRole": name, **role}, unless=_ROLE_EXISTS) is None:
        _did(database, {"updateRole": name, **role})
    password = keep_password(database, name)
    user = {"roles": [{"role": name, "db": "admin"}], "customData": {_OWNER: database.name}}
    made = _did(database, {"createUser": name, **user}, password=password, unless=_USER_EXISTS)
    if made is None:
        _refuse_strangers(database, definition, name)
        _did(database, {"updateUser": name, **user})
    # Another notebook may be at it too; the password that is kept in the end is the right one.
    kept = find_password(database, name) or password
    if code_of_login(database, Login(definition.name, name, kept)) == NO_SUCH_LOGIN:
        _did(database, {"updateUser": name}, password=kept)


def drop_user(database: Database, definition: UserDefinition) -> None:
    """Have MongoDB forget a user and its role; those that are not there are no error.

    Parameters
    ----------
    database : Database
        The one that declared it.
    definition : UserDefinition
        The user.

    Raises
    ------
    NotForDrivers
        If MongoDB lets this connection do so not.
    ConfigurationError
        If somebody else's user has its name.
    StorageError
        If MongoDB refuses otherwise, or is away.
    """
    name = definition.login_name(database.name)
    _refuse_strangers(database, definition, name)
    _did(database, {"dropUser": name}, unless=_NO_USER)
    _did(database, {"dropRole": name}, unless=_NO_ROLE)
    forget_password(database, name)


def drop_users(database: Database) -> None:
    """Have MongoDB forget all users that a database declares, as far as it lets us; before it is dropped itself."""
    for definition in declared_users(database).all():
        with contextlib.suppress(NotForDrivers, ConfigurationError):
            drop_user(database, definition)


def code_of_login(database: Database, login: Login) -> int | None:
    """Log in as a user, with a connection of its own: those that are open stay so after a password has changed.

    Parameters
    ----------
    database : Database
        On whose server.
    login : Login
        The user.

    Returns
    -------
    int or None
        MongoDB's error code; None if it let the user in.
    """
    with database.clients.new(login) as client:
        return code_of(lambda: client.admin.command("connectionStatus"), database)


def code_of(operation: Any, database: Database) -> int | None:
    """Try something; return MongoDB's error code if it refuses, None if it does it.

    Parameters
    ----------
    operation : callable
        Takes nothing.
    database : Database
        Whose patience counts.

    Returns
    -------
    int or None

    Raises
    ------
    StorageError
        If MongoDB is away.
    """
    try:
        with pymongo.timeout(database.timeout):
            operation()
    except OperationFailure as error:
        failure = as_ours(error)
        code = error.code
    except PyMongoError as error:
        failure, code = as_ours(error), None
    else:
        return None
    if code is None or type(failure) is not StorageError:
        raise failure
    return code


def asks_for_passwords(database: Database, login: Login) -> bool:
    """Tell whether the server holds its users to what they may do: without access control it does not."""
    # No user of ours may see who else there is.
    return code_of(lambda: database.clients.of(login).admin.command("usersInfo", 1), database) is not None


def own_name(database: Database) -> str | None:
    """Return what MongoDB calls the notebook's own user; None if it asked for none."""
    with database.operation():
        users = database.client.admin.command("connectionStatus")["authInfo"]["authenticatedUsers"]
    return str(users[0]["user"]) if users else None


def is_atlas(client: MongoClient[dict[str, Any]]) -> bool:
    """Tell whether a client's servers are Atlas's, by their names."""
    return any(host.endswith(".mongodb.net") for host, _ in client.topology_description.server_descriptions())


def password_is_known(database: Database, definition: UserDefinition) -> bool:
    """Tell whether a user's password is known here."""
    return find_password(database, definition.login_name(database.name)) is not None


def privileges(definition: UserDefinition) -> list[dict[str, Any]]:
    """Return a user's permissions as MongoDB's roles have them.

    Parameters
    ----------
    definition : UserDefinition
        The user.

    Returns
    -------
    list of dict
        One for each collection. None has ``bypassDocumentValidation``.
    """
    by_place = sorted(definition.permissions, key=lambda one: (one.place, one.privilege))
    return [
        {
            "resource": {"db": place[0], "collection": place[1]},
            "actions": [one.privilege for one in permissions],
        }
        for place, permissions in groupby(by_place, key=lambda one: one.place)
    ]


def _refuse_strangers(database: Database, definition: UserDefinition, name: str) -> None:
    found = _did(database, {"usersInfo": {"user": name, "db": "admin"}}) or {}
    for user in found.get("users", ()):
        if (user.get("customData") or {}).get(_OWNER) != database.name:
            message = (
                f"MongoDB has a user {name!r} that was not made by service.harden(), so it is left alone. "
                f"Remove it there, or declare {definition.name!r} under another name."
            )
            raise ConfigurationError(message)


def _did(
    database: Database,
    command: Mapping[str, Any],
    *,
    password: Secret | None = None,
    unless: int | None = None,
) -> dict[str, Any] | None:
    """Run a command on ``admin``; None if it is refused with the code in `unless`."""
    admin = database.client.admin
    try:
        with pymongo.timeout(database.timeout):
            # The only place where a password is told: MongoDB keeps no more than what checks it.
            return dict(admin.command({**command, **({"pwd": password.reveal()} if password else {})}))
    except OperationFailure as error:
        failure, code = as_ours(error), error.code
    except PyMongoError as error:
        failure, code = as_ours(error), None
    # Raised out here, because the driver's frames hold the password.
    if code is not None and code == unless:
        return None
    if code in _NOT_FOR_DRIVERS:
        message = f"MongoDB lets this connection make no users (code {code})."
        raise NotForDrivers(message)
    raise failure
