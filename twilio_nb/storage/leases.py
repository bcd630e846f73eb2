"""A command that runs as long as anybody uses it: started by the first user, stopped after the last.

All is said by locks in one private directory, so whoever dies, however it dies, leaves nothing to clean up:

``users.lock``
    held, shared, by each user;
``keeper.lock``
    held by the keeper, the process that runs the command (`twilio_nb.storage.keeper`); its pid is inside;
``failure``
    written by a keeper that gave up, because the command kept ending.
"""

import atexit
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from twilio_nb.errors import TwilioNBError
from twilio_nb.storage import keeper
from twilio_nb.storage.directories import private_directory
from twilio_nb.storage.excerpts import last_lines
from twilio_nb.storage.locks import FileLock

# The command outlives the user who happened to come first: it gets what a program needs to run, and neither
# that user's tokens nor its secrets.
INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV",
    "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_RUNTIME_DIR", "TWILIO_NB_DATA",
)  # fmt: skip
WATCH = 0.5  # seconds between looks whether the keeper still lives
RETRY = 3.0  # seconds after which a command that kept ending is tried again

logger = logging.getLogger(__name__)


class Lease:
    """A share in a command that runs while anybody, in whatever process, has a share in it.

    Between `acquire` and `release` a command that ends is started again, and a keeper that ends is replaced.
    Within 3 s after the last user has left, also by ``kill -9``, nothing is left running. A forked child
    has no share of its own.

    Parameters
    ----------
    root : Path
        Private directory of the locks, one for each command; made if it is not there.
    command : sequence of str, or callable returning one
        The command. A callable is asked only when the command has to be started, while nobody else can
        start it; what it raises reaches the user.
    ready : callable
        Says whether the command can be used by now; asked every 10 ms, so it has to be quick.
    name : str
        What errors call it, such as ``"The sandbox"``.
    error : callable
        Makes the exception from a message, if the command cannot be used.
    directory : Path, optional
        Where the command runs; by default `root`.
    log : Path, optional
        File of the command's output; by default ``log`` in `root`.
    keep : str, optional
        Regular expression of the lines of output that get into the log; by default all do.
    socket : Path, optional
        Where the command listens. One whose socket was removed can be reached by nobody: it is started again.
    check : callable, optional
        Raises what stands in the way of a start just now; asked before each, so it has to be quick.
    excerpt : callable, optional
        Picks from the log what an error shows; by default the last lines.
    timeout : float
        Seconds that `acquire` waits for the command to be ready.

    Attributes
    ----------
    trouble : str
        Why the command, once used, does not run at present; empty while nothing is known to be wrong.

    Examples
    --------
    >>> with Lease(root, [sys.executable, "-m", "twilio_nb.sandbox"], ready=answers, name="The sandbox"):
    ...     ...
    """

    def __init__(
        self,
        root: Path,
        command: Sequence[str] | Callable[[], Sequence[str]],
        *,
        ready: Callable[[], bool],
        name: str = "The process",
        error: Callable[[str], TwilioNBError] = TwilioNBError,
        directory: Path | None = None,
        log: Path | None = None,
        keep: str | None = None,
        socket: Path | None = None,
        check: Callable[[], None] = lambda: None,
        excerpt: Callable[[Path], str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.root = root
        self._command = command
        self._ready = ready
        self._name = name
        self._error = error
        self._directory = directory or root
        self._log = log or root / "log"
        self._keep_lines = keep
        self._socket = socket
        self._check = check
        self._excerpt = excerpt or last_lines
        self._timeout = timeout
        # Of now: whoever replaces the keeper later runs the same command, whatever has been set meanwhile.
        self._environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.trouble = ""
        self._users = FileLock(root / "users.lock")
        self._released = threading.Event()
        self._changing = threading.Lock()

    def acquire(self) -> None:
        """Take a share, start the command if it does not run, and wait until it is ready.

        Raises
        ------
        TwilioNBError
            As made by `error`, if the command keeps ending, or is not ready in time.
        ConfigurationError
            If the directory of the locks is not private.

        Examples
        --------
        >>> lease.acquire()
        """
        began, deadline = time.time(), time.monotonic() + self._timeout
        self._enter(deadline)
        try:
            started = 0
            # The keeper first: something that answers, but that nobody keeps, will be stopped by nobody.
            while (started := started + self._keep(since=began)) <= keeper.ATTEMPTS:
                if self._ready():
                    break
                if time.monotonic() > deadline:
                    raise self._failed(f"it was not ready within {self._timeout:.0f} s")
                time.sleep(0.01)
            else:
                raise self._failed("its keeper cannot run", keeper_log=True)
        except BaseException:
            self._users.release()
            raise
        self._released = threading.Event()
        watch = threading.Thread(
            target=self._watch, args=(self._released,), name=f"watch {self.root.name}", daemon=True
        )
        watch.start()
        atexit.register(self.release)

    def release(self) -> None:
        """Give the share up; does nothing if none is held.

        Examples
        --------
        >>> lease.release()
        """
        if self._users.descriptor is None:  # never acquired, given up already, or a forked child's copy
            return
        with self._changing:
            self._released.set()
            self._users.release()
        atexit.unregister(self.release)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _enter(self, deadline: float) -> None:
        """Become a user; waits while a keeper is ending the command."""
        private_directory(self.root)
        while not self._users.try_lock(shared=True):
            if time.monotonic() > deadline:
                raise self._failed("its former run does not end")
            time.sleep(0.01)

    def _keep(self, since: float) -> bool:
        """Start a keeper if there is none; say whether one was started.

        Raises what `error` makes if a keeper has given up since that time (of `time.time`).
        """
        lock = FileLock(self.root / "keeper.lock")
        if not lock.try_lock():
            return False
        try:
            self._check()
            failure = self.root / "failure"
            if failure.exists():
                if failure.stat().st_mtime >= since:
                    raise self._failed(failure.read_text(encoding="utf-8"))
                failure.unlink()
            command = self._command() if callable(self._command) else self._command
            self._start(command, lock)
        finally:
            lock.release()  # the keeper has a copy of its own
        return True

    def _start(self, command: Sequence[str], lock: FileLock) -> None:
        specification = {
            "root": str(self.root),
            "descriptor": lock.descriptor,
            "command": list(command),
            "directory": str(self._directory),
            "log": str(self._log),
            "keep": self._keep_lines,
            "socket": self._socket and str(self._socket),
        }
        assert lock.descriptor is not None
        with open(self.root / "keeper.log", "wb", opener=_privately) as log:
            try:
                ended = subprocess.run(
                    [sys.executable, "-I", "-S", keeper.__file__, json.dumps(specification)],
                    cwd=self.root,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock.descriptor],
                    umask=0o077,
                    # Ctrl-C in a terminal and the end of a kernel's process group do not reach it.
                    start_new_session=True,
                    timeout=self._timeout,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                reason = f"its keeper did not start within {self._timeout:.0f} s"
                raise self._failed(reason, keeper_log=True) from None
        if ended.returncode > 0:  # one that was killed has said nothing against another attempt
            raise self._failed(f"its keeper ended with status {ended.returncode}", keeper_log=True)

    def _watch(self, released: threading.Event) -> None:
        """Replace a keeper that ended before its time."""
        while not released.wait(WATCH):
            try:
                with self._changing:
                    # The directory was removed, or a cleaner of old files was there.
                    if not released.is_set() and not self._users.is_current:
                        self._enter(time.monotonic() + keeper.STOP)
                self._keep(since=time.time() - RETRY)
                if self.trouble and self._ready():
                    self.trouble = ""
            except FileNotFoundError:
                continue  # the directory was removed just now; the next look makes it anew
            except Exception as error:
                if str(error) != self.trouble:  # a command that cannot run fails the same way each time
                    logger.warning("%s", error)
                self.trouble = str(error)

    def _failed(self, reason: str, *, keeper_log: bool = False) -> TwilioNBError:
        log = self.root / "keeper.log" if keeper_log else self._log
        lines = last_lines(log) if keeper_log else self._excerpt(log)
        message = f"{self._name} cannot be used: {reason}."
        if lines:
            message += f" From {log}:\n{lines}"
        return self._error(message)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
