"""The embedded mongod: a real one, private to this user, there for as long as anybody uses it.

It listens on a unix socket and on no port, demands a password, and is a replica set of one, so that change
streams and transactions work. All processes of the user share it.
"""

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.binaries import find_mongod
from twilio_nb.storage.directories import data_directory, private_file, user_runtime_directory
from twilio_nb.storage.excerpts import problems
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.storage.leases import Lease

TIMEOUT = 30.0  # seconds from nothing to a primary
PATIENCE = 2.0  # seconds that one which runs already has to answer; one more attempt may begin within them
# Relative to the directory in which mongod runs, so that the member's address stays right wherever that is.
SOCKET = "./mongod.sock"
FLAGS = (
    "--bind_ip", SOCKET, "--nounixsocket", "--filePermissions", "0600", "--replSet", "rs0",
    "--oplogSize", "64",  # MB; about 60,000 messages
    # The default would be half of the host's memory, whatever the container's limit is.
    "--wiredTigerCacheSizeGB", "0.25",
    # 10 MB of journal instead of 300.
    "--wiredTigerEngineConfigString",
    "log=(enabled=true,remove=true,path=journal,compressor=snappy,prealloc=false,file_max=10MB)",
    "--networkMessageCompressors", "disabled", "--noscripting", "--quiet",
    "--setParameter", "diagnosticDataCollectionEnabled=false",
    # A slow command would be logged with its filter, and so with telephone numbers.
    "--slowms", "2147483647", "--slowOpSampleRate", "0",
)  # fmt: skip
# A command that fails, is not allowed, or takes longer than its client waits, would be too. So nothing reaches the log
# that mongod says while it serves a client; how it starts, stops and crashes does.
KEPT_LINES = (
    r'^[^{]|"s":"F"|"c":"(?:CONTROL|NETWORK|-)"'
    r'|"ctx":"(?:-|main|initandlisten|SignalHandler|listener)"'
)


class Mongod:
    """A share in the embedded mongod of this user and data directory.

    Nothing is started before `acquire`. The data lie in ``mongod`` in the data directory, socket and locks in
    a short private directory. Its path is recorded beside the data, so that a session with another
    ``XDG_RUNTIME_DIR`` finds the same mongod.

    Examples
    --------
    >>> mongod = Mongod()
    >>> uri = mongod.acquire()
    >>> mongod.release()
    """

    def __init__(self) -> None:
        self._lease: Lease | None = None

    def acquire(self) -> Secret:
        """Take a share; start mongod, and make replica set and user, if nobody has.

        Returns
        -------
        Secret
            A ``mongodb://`` URI with the password in it.

        Raises
        ------
        ConfigurationError
            If there is no mongod, or the data directory cannot be used.
        StoreUnavailable
            If mongod does not start.

        Examples
        --------
        >>> uri = Mongod().acquire()
        """
        if os.name == "nt":
            message = (
                "The embedded mongod needs the unix sockets and file locks that native Windows lacks. Work "
                "in WSL, or set TWILIO_NB_MONGODB_URI to a replica set or to Atlas."
            )
            raise ConfigurationError(message)
        # Late, since none of it can be imported on native Windows.
        from twilio_nb.storage.dbpath import DbPath
        from twilio_nb.storage.filesystems import refuse_full_disk, refuse_network_file_system
        from twilio_nb.storage.leases import Lease
        from twilio_nb.storage.replica import set_up

        home = data_directory() / "mongod"
        if not _runtime_in_use(home):
            refuse_network_file_system(home)
            refuse_full_disk(home)
        dbpath = DbPath(home)
        deadline = time.monotonic() + TIMEOUT
        started: list[str] = []

        def command() -> list[str]:
            binary = find_mongod()
            dbpath.prepare(binary.version)
            started.append(binary.version)
            return [str(binary.path), *FLAGS, "--keyFile", str(dbpath.key), "--dbpath", str(dbpath.database)]

        with _launching(home, deadline):
            root = _runtime(home)
            lease = Lease(
                root,
                command,
                ready=lambda: _listens(root / SOCKET),
                name="The embedded mongod",
                error=StoreUnavailable,
                log=dbpath.log,
                keep=KEPT_LINES,
                socket=root / SOCKET,
                check=partial(refuse_full_disk, home),
                excerpt=problems,
                timeout=TIMEOUT,
            )
            lease.acquire()
            try:
                if dbpath.is_set_up and not started:
                    deadline = min(deadline, time.monotonic() + PATIENCE)
                uri = set_up(dbpath, root / SOCKET, SOCKET, started=bool(started), deadline=deadline)
            except BaseException:
                lease.release()
                raise
        self._lease = lease
        return uri

    @property
    def trouble(self) -> str:
        """Why it does not run at present, in a sentence; empty while nothing is known to be wrong."""
        return self._lease.trouble if self._lease else ""

    def release(self) -> None:
        """Give the share up; does nothing if none is held.

        Examples
        --------
        >>> mongod.release()
        """
        if self._lease is not None:
            self._lease.release()
            self._lease = None


@contextlib.contextmanager
def _launching(home: Path, deadline: float) -> Iterator[None]:
    """Let one process of the user at a time decide where mongod runs, start it and set it up."""
    from twilio_nb.storage.locks import FileLock

    lock = FileLock(home / "launch.lock")
    while not lock.try_lock():
        if time.monotonic() > deadline:
            message = (
                f"Another process has been starting the embedded mongod for {TIMEOUT:.0f} s and holds "
                f"{lock.path}. End that process, or wait."
            )
            raise StoreUnavailable(message)
        time.sleep(0.01)
    try:
        yield
    finally:
        lock.release()


def _runtime(home: Path) -> Path:
    """Return the directory of socket and locks: where mongod runs already, else this session's own."""
    running = _runtime_in_use(home)
    if running:
        return running
    digest = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:8]
    own = user_runtime_directory() / f"mongod-{digest}"
    private_file(home / "runtime", str(own))
    return own


def _runtime_in_use(home: Path) -> Path | None:
    """Return the directory that was recorded last, if a keeper is at work there."""
    from twilio_nb.storage.locks import is_locked

    try:
        recorded = Path((home / "runtime").read_text())
        return recorded if is_locked(recorded / "keeper.lock") else None
    except OSError:
        return None


def _listens(path: Path) -> bool:
    """Say whether anybody listens there. The driver would wait for its whole timeout if not."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True
