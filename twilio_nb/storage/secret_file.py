"""Files of secrets, only for their owner to read: where there is no keyring, and beside the embedded server's data."""

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


def read(file: Path | None = None) -> dict[str, str]:
    """Return what a file holds.

    Parameters
    ----------
    file : Path, optional
        Another than the one that `path` names.

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
    file = file or path()
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
            f"{file} is not the JSON object of names and values that twilio_nb writes. Mend or remove it."
        )
        raise ConfigurationError(message)
    return saved


def change(values: Mapping[str, str | None], file: Path | None = None, *, replace: bool = True) -> None:
    """Change some of what a file holds; of several processes one at a time.

    Parameters
    ----------
    values : mapping
        The new value of each name; None removes it.
    file : Path, optional
        Another than the one that `path` names.
    replace : bool
        Whether a value that is there already is replaced; else it stays.

    Raises
    ------
    ConfigurationError
        If the file is open to other users, is not what this function writes, or is being changed by
        another process for ten seconds.

    Examples
    --------
    >>> change({"my-service": None})
    """
    file = file or path()
    with _alone(file):
        saved = read(file)
        merged = {**saved, **values} if replace else {**values, **saved}
        changed = {name: value for name, value in merged.items() if value is not None}
        if changed != saved:
            private_file(file, json.dumps(changed, indent=1))


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    if os.name == "nt":  # no such locks there; two notebooks that set a secret at once are rare
        yield
        return
    from twilio_nb.storage.locks import FileLock

    lock = FileLock(file.with_suffix(".lock"))
    try:
        mine = lock.wait(_PATIENCE)
    except OSError as error:
        message = (
            f"{file} cannot be locked ({error.strerror}), so no secret is kept there: set it in the environment, "
            "or TWILIO_NB_DATA to a directory on a disk of this machine."
        )
        raise ConfigurationError(message) from error
    if not mine:
        message = f"{file} is being changed by another process for {_PATIENCE:g} s; try again."
        raise ConfigurationError(message)
    try:
        yield
    finally:
        lock.release()
