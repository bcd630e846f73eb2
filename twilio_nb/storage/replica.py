"""What makes a fresh mongod ours: a replica set of one, and a user with a password.

Every step can be repeated, so that a start which was broken off anywhere is carried on by the next one.
"""

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.dbpath import USER, DbPath, series
from twilio_nb.storage.secrets import Secret

REPLICA_SET = "rs0"
CLOCK = "clock"
NOT_ALLOWED, NO_SUCH_PASSWORD, ALREADY_INITIATED, ROLE_EXISTS, USER_EXISTS = 13, 18, 23, 51002, 51003


def set_up(dbpath: DbPath, socket: Path, member: str, *, started: bool, deadline: float) -> Secret:
    """Wait until a mongod can be written to; make its replica set and its user if they are missing.

    Parameters
    ----------
    dbpath : DbPath
        The files of the mongod.
    socket : Path
        Where it listens.
    member : str
        The same, as mongod itself names it.
    started : bool
        Whether it was started just now, so that its version has to be recorded.
    deadline : float
        Time of `time.monotonic` at which to give up.

    Returns
    -------
    Secret
        The URI to connect to, with the password in it.

    Raises
    ------
    ConfigurationError
        If the password beside the data is not the user's.
    StoreUnavailable
        If mongod cannot be written to before the deadline.

    Examples
    --------
    >>> uri = set_up(dbpath, root / "mongod.sock", "./mongod.sock", started=True, deadline=deadline)
    """
    first = not dbpath.is_set_up
    password = dbpath.password()
    address = f"{quote(str(socket), safe='')}/?directConnection=true"
    open_to_all = Secret(f"mongodb://{address}")
    uri = Secret(f"mongodb://{USER}:{password.reveal()}@{address}&authSource=admin")
    while True:
        try:
            _wait_for_primary(open_to_all, member if first else None, deadline)
            if first:
                _create_user(open_to_all, password)
            if first or started:
                _finish(dbpath, uri, first=first)
        except PyMongoError as error:  # it was killed at this very moment: the keeper starts it again
            if time.monotonic() > deadline:
                message = (
                    f"The embedded mongod runs, but does not answer as it should ({type(error).__name__}). "
                    f"Try again in a moment; if it stays so, see its log, {dbpath.log}."
                )
                raise StoreUnavailable(message) from error
            time.sleep(0.05)
        else:
            return uri


def _client(uri: Secret) -> "MongoClient[dict[str, Any]]":
    return MongoClient(
        uri.reveal(), serverSelectionTimeoutMS=1000, connectTimeoutMS=1000, socketTimeoutMS=10_000
    )


def _wait_for_primary(uri: Secret, member: str | None, deadline: float) -> None:
    """Wait for it; initiate the replica set first if a member is given."""
    with _client(uri) as client:
        if member:
            members = [{"_id": 0, "host": member}]
            # Allowed without a password as long as there is no user.
            _tolerate(
                client,
                {"replSetInitiate": {"_id": REPLICA_SET, "members": members}},
                ALREADY_INITIATED,
                NOT_ALLOWED,
            )
        while not client.admin.command("hello").get("isWritablePrimary"):
            if time.monotonic() > deadline:
                message = "The embedded mongod runs, but does not become a primary."
                raise StoreUnavailable(message)
            time.sleep(0.01)


def _create_user(uri: Secret, password: Secret) -> None:
    # With a new client: one from before the replica set was initiated knows of no sessions.
    with _client(uri) as client:
        _tolerate(
            client,
            {"createUser": USER, "pwd": password.reveal(), "roles": ["root"]},
            NOT_ALLOWED,
            USER_EXISTS,
        )


def _finish(dbpath: DbPath, uri: Secret, *, first: bool) -> None:
    with _client(uri) as client:
        try:
            if first:
                _trust_clocks(client)
            version = str(client.server_info()["version"])
            recorded = dbpath.recorded_version()
            if recorded and series(recorded) < series(version):
                # Otherwise the mongod after this one could not open the files.
                confirm = {"confirm": True} if series(version) >= (7, 0) else {}
                major, minor = series(version)
                client.admin.command({"setFeatureCompatibilityVersion": f"{major}.{minor}", **confirm})
        except OperationFailure as error:
            if error.code != NO_SUCH_PASSWORD:
                raise
            message = (
                f"The password in {dbpath.path / 'credentials'} is not that of the database beside it. "
                f"Put the right one back, or move {dbpath.path} away to begin with an empty database."
            )
            raise ConfigurationError(message) from None
    if version != recorded:
        dbpath.record_version(version)


def _trust_clocks(client: "MongoClient[dict[str, Any]]") -> None:
    """Let the user tell mongod the cluster's time unchecked, as every client does with every command.

    One that is just back has no keys to check it with yet, and would refuse all that its clients ask
    (https://jira.mongodb.org/browse/DRIVERS-1904).
    """
    privileges = [{"resource": {"cluster": True}, "actions": ["advanceClusterTime"]}]
    _tolerate(client, {"createRole": CLOCK, "privileges": privileges, "roles": []}, ROLE_EXISTS)
    client.admin.command({"grantRolesToUser": USER, "roles": [CLOCK]})


def _tolerate(client: "MongoClient[dict[str, Any]]", command: dict[str, Any], *codes: int) -> None:
    try:
        client.admin.command(command)
    except OperationFailure as error:
        if error.code not in codes:
            raise
