"""The file of secrets: where there is no keyring, and only for its owner to read."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.directories import data_directory, private_file, verify_private

_PATIENCE = 10.0  # seconds to wait for another process that changes the file


def path() -> Path:
    """Return where the file is, or would be.

    Returns
    -------
    Path
        ``secrets.json`` in the data directory.

    Examples
    --------
    >>> path().name
    'secrets.json'
    """
    return data_directory() / "secrets.json"


def read() -> dict[str, str]:
    """Return what the file holds.

    Returns
    -------
    dict
        Values by name; empty if there is no file.

    Raises
    ------
    ConfigurationError
        If the file is open to other users, or is not what `change` writes.

    Examples
    --------
    >>> read()
    {}
    """
    file = path()
    try:
        opened = file.open(encoding="utf-8")
    except FileNotFoundError:
        return {}
    with opened:
        verify_private(file, os.fstat(opened.fileno()), remedy=f"chmod 600 {file}")
        try:
            saved = json.load(opened)
        except ValueError:
            saved = None
    if not isinstance(saved, dict) or not all(isinstance(value, str) for value in saved.values()):
        # The cause is left out: a JSON error quotes what it could not read.
        message = (
            f"{file} is not the JSON object of names and values that secrets.set writes. Mend or remove it."
        )
        raise ConfigurationError(message)
    return saved


def change(values: Mapping[str, str | None]) -> None:
    """Change some of what the file holds; of several processes one at a time.

    Parameters
    ----------
    values : mapping
        The new value of each name; None removes it.

    Raises
    ------
    ConfigurationError
        If the file is open to other users, is not what this function writes, or is being changed by
        another process for ten seconds.

    Examples
    --------
    >>> change({"my-service": None})
    """
    with _alone():
        saved = read()
        changed = {name: value for name, value in {**saved, **values}.items() if value is not None}
        if changed != saved:
            private_file(path(), json.dumps(changed, indent=1))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    if os.name == "nt":  # no such locks there; two notebooks that set a secret at once are rare
        yield
        return
    from twilio_nb.storage.locks import FileLock

    lock = FileLock(path().with_suffix(".lock"))
    try:
        mine = lock.wait(_PATIENCE)
    except OSError as error:
        message = (
            f"{path()} cannot be locked ({error.strerror}), so no secret is kept there: set it in the environment, "
            "or TWILIO_NB_DATA to a directory on a disk of this machine."
        )
        raise ConfigurationError(message) from error
    if not mine:
        message = f"{path()} is being changed by another process for {_PATIENCE:g} s; try again."
        raise ConfigurationError(message)
    try:
        yield
    finally:
        lock.release()
