"""The files of the embedded mongod: where they may lie, who uses them, which mongod may open them."""

import base64
import contextlib
import json
import os
import re
import secrets
import time
from pathlib import Path

import psutil

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.directories import DATA_VARIABLE, private_directory, private_file
from twilio_nb.storage.filesystems import REMEDY
from twilio_nb.storage.locks import is_locked
from twilio_nb.storage.secrets import Secret

USER = "twilio_nb"
SETTLE = 2.0  # seconds that a mongod has to let go of its files after it was told to end


class DbPath:
    """The directory that holds the embedded mongod's data, log, key and credentials.

    Parameters
    ----------
    path : Path
        The directory; made 0700 if it is not there.

    Raises
    ------
    ConfigurationError
        If it is not private.

    Examples
    --------
    >>> DbPath(data_directory() / "mongod").is_set_up
    True
    """

    def __init__(self, path: Path) -> None:
        self.path = private_directory(path).resolve()
        self.database = private_directory(self.path / "db")
        self.log = self.path / "mongod.log"
        self.key = self.path / "keyfile"
        self._credentials = self.path / "credentials"
        self._version = self.path / "version.json"

    @property
    def is_set_up(self) -> bool:
        """Whether replica set and user were made: the version is recorded last."""
        return self._version.exists()

    def prepare(self, version: str) -> None:
        """Make sure that a mongod may be started on these files now.

        Parameters
        ----------
        version : str
            Version of the mongod that is to be started, such as ``"6.0.5"``.

        Raises
        ------
        ConfigurationError
            If a newer mongod has written them, or another one uses them.

        Examples
        --------
        >>> dbpath.prepare("6.0.5")
        """
        self._refuse_newer(version)
        self._free()
        if not self.key.exists():
            # mongod wants 6 to 1024 characters of base64.
            private_file(self.key, base64.b64encode(os.urandom(96)).decode())

    def password(self) -> Secret:
        """Return the password of the user `USER`; a new one if none was made yet.

        Returns
        -------
        Secret
            Written down before it is returned, so that it is not lost if this process ends.

        Raises
        ------
        ConfigurationError
            If it was made and its file is gone.

        Examples
        --------
        >>> dbpath.password()
        Secret('********')
        """
        try:
            return Secret(json.loads(self._credentials.read_text())["password"])
        except FileNotFoundError:
            if self.is_set_up:
                message = (
                    f"{self._credentials} is gone; without it the texts in {self.database} cannot be opened. "
                    f"Put it back, or move {self.path} away to begin with an empty database."
                )
                raise ConfigurationError(message) from None
        password = secrets.token_hex(24)
        private_file(self._credentials, json.dumps({"user": USER, "password": password}))
        return Secret(password)

    def recorded_version(self) -> str | None:
        """Return the version of the last mongod that opened these files.

        Returns
        -------
        str or None
            Such as ``"6.0.5"``; None before the first.

        Examples
        --------
        >>> dbpath.recorded_version()
        '6.0.5'
        """
        try:
            return str(json.loads(self._version.read_text())["mongod"])
        except FileNotFoundError:
            return None

    def record_version(self, version: str) -> None:
        """Record the version of the mongod that opened these files, and that they are set up.

        Parameters
        ----------
        version : str
            Such as ``"6.0.5"``.

        Examples
        --------
        >>> dbpath.record_version("6.0.5")
        """
        private_file(self._version, json.dumps({"mongod": version}))

    def _refuse_newer(self, version: str) -> None:
        recorded = self.recorded_version()
        if recorded and series(recorded) > series(version):
            message = (
                f"The texts in {self.database} were last opened by mongod {recorded}; this is mongod "
                f"{version}, which cannot read them. Set TWILIO_NB_MONGOD to a mongod {recorded} or newer, "
                f"or {DATA_VARIABLE} to another directory to begin anew."
            )
            raise ConfigurationError(message)

    def _free(self) -> None:
        """End a mongod of ours that has lost its keeper; refuse files that somebody else uses.

        Only called while there is no keeper. One that was killed takes its mongod with it on Linux; on macOS
        the mongod is left over.
        """
        lock = self.database / "mongod.lock"
        # One whose keeper was killed just now is ending; one that was just started has not named its pid yet.
        deadline = time.monotonic() + SETTLE
        while is_locked(lock):
            orphan = self._orphan(lock)
            if orphan:
                _end(orphan)
            elif time.monotonic() > deadline:
                message = (
                    f"{self.database} is in use by another mongod (its lock names pid {_pid(lock)}) that "
                    "this user's session cannot reach: one of another container, host or user. "
                    f"Stop that one. Or: {REMEDY}"
                )
                raise ConfigurationError(message)
            time.sleep(0.01)

    def _orphan(self, lock: Path) -> psutil.Process | None:
        """Return the mongod that holds the lock if we once started it and nobody keeps it now."""
        try:
            process = psutil.Process(_pid(lock))
            command, parent = process.cmdline(), process.parent()
            kept = parent is not None and any(part.endswith("keeper.py") for part in parent.cmdline())
            ours = process.uids().real == os.getuid() and {str(self.database), str(self.key)} <= set(command)
        except psutil.Error:
            return None
        return process if ours and not kept else None


def series(version: str) -> tuple[int, int]:
    """Return the part of a version that decides about the format of the files.

    Parameters
    ----------
    version : str
        Such as ``"6.0.5"``.

    Returns
    -------
    tuple of int
        Such as ``(6, 0)``.

    Examples
    --------
    >>> series("6.0.5")
    (6, 0)
    """
    major, minor = re.findall(r"\d+", version)[:2]
    return int(major), int(minor)


def _end(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(SETTLE)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(SETTLE)


def _pid(lock: Path) -> int:
    try:
        return int(lock.read_text())
    except (OSError, ValueError):
        return 0
