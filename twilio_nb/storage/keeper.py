"""The keeper: a small process that runs one command for as long as anybody uses it.

`twilio_nb.storage.leases` starts it by the path of this file, isolated and without site-packages
(``python -I -S``): it needs the standard library alone, so it is up in a moment and does not depend on what
the user's environment does at Python's start. It is the only process that starts the command. It holds
``keeper.lock``, which it inherits locked, so that there is one keeper at most; each user of the command
holds ``users.lock``, shared, for as long as it lives.

The file's only argument is a JSON object: root (directory of the locks), descriptor (of ``keeper.lock``),
command, directory (where the command runs), log (the file for its output), keep (null, or a regular
expression: lines of output that it does not match are dropped), socket (null, or the path at which the command
listens: without it nobody can reach the command, so it is started again).
"""

import contextlib
import ctypes
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

POLL = 0.2  # seconds between looks for users
LINGER = 0.4  # seconds that a command without users is kept for the next one
STOP = 1.6  # seconds that the command has to end by itself; everything must be gone within 3
QUICK = 1.0  # seconds; a command that ended earlier was never up, nor was one that has never listened
ATTEMPTS = 3  # runs in a row that were never up, after which the keeper gives up
LARGEST_LOG = 1 << 20  # bytes; a longer log is begun anew at the keeper's start
FRESHEN = 3600.0  # seconds between touches of the files, since cleaners of /tmp remove old ones
PR_SET_PDEATHSIG = 1


class Log:
    """The file to which the command's output goes, directly or line by line through a filter.

    Parameters
    ----------
    path : str
        The file; what it holds stays, unless that has grown too large.
    keep : str or None
        Regular expression of the lines to keep; None for all.

    Examples
    --------
    >>> log = Log("/run/user/1000/twilio_nb/sandbox-a1b2/log", None)
    """

    def __init__(self, path: str, keep: str | None) -> None:
        self.keep = keep and re.compile(keep.encode())
        self.pipe: int | None = None
        self.rest = b""
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if os.fstat(self.file).st_size > LARGEST_LOG:
            os.ftruncate(self.file, 0)

    @contextlib.contextmanager
    def writer(self) -> Iterator[int]:
        """Provide the descriptor to which one run of the command is to write."""
        if not self.keep:
            yield self.file
            return
        self.pipe, writer = os.pipe()
        os.set_blocking(self.pipe, False)
        try:
            yield writer
        finally:
            os.close(writer)

    def take(self) -> None:
        """Move what the command has written, in whole lines, to the file."""
        while self.pipe is not None:
            try:
                read = os.read(self.pipe, 65_536)
            except BlockingIOError:
                return
            *lines, self.rest = (self.rest + read).split(b"\n")
            if not read:
                lines.append(self.rest)
                self.rest = b""
                os.close(self.pipe)
                self.pipe = None
            self.write(
                b"".join(line + b"\n" for line in lines if line and self.keep and self.keep.search(line))
            )

    def write(self, lines: bytes) -> None:
        """Append to the file, where its disk has room: no command ends for want of a log."""
        with contextlib.suppress(OSError):
            os.write(self.file, lines)


class Keeper:
    """Runs the command, starts it again when it ends, and stops it when its users are gone.

    Parameters
    ----------
    specification : dict
        The keys described at the top of this file.

    Examples
    --------
    >>> Keeper(json.loads(sys.argv[1])).run()
    """

    def __init__(self, specification: dict[str, Any]) -> None:
        self.root = Path(specification["root"])
        self.lock: int = specification["descriptor"]
        self.command: list[str] = specification["command"]
        self.directory: str = specification["directory"]
        self.socket = specification["socket"] and Path(specification["socket"])
        self.log = Log(specification["log"], specification["keep"])
        self.users = os.open(self.root / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.ending = False
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self._receive_signals()
        os.set_inheritable(self.lock, False)
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, str(os.getpid()).encode(), 0)

    def run(self) -> None:
        """Keep the command running until nobody uses it, it cannot run, or this process is told to end."""
        self._start()
        freshened = time.monotonic()
        try:
            while not self.ending and self._is_kept_up():
                self._sleep(POLL)
                if self.process and self._has_lost_its_socket():
                    self.process.kill()  # an orderly end takes a database a second, and saves nothing
                if self._is_left():
                    self._sleep(LINGER)
                    if self._is_left(keep=True):
                        break  # with the lock on users.lock: whoever comes now waits until all has ended
                if time.monotonic() - freshened > FRESHEN:
                    freshened = time.monotonic()
                    for path in (self.root, *self.root.iterdir()):
                        with contextlib.suppress(OSError):
                            os.utime(path)
        finally:
            self._stop()
            # In this order: whoever gets hold of users.lock finds that there is no keeper.
            os.close(self.lock)
            os.close(self.users)

    def _receive_signals(self) -> None:
        self.wakeup, writer = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, *_: object) -> None:
        self.ending = True

    def _sleep(self, seconds: float) -> None:
        """Wait, but not longer than to the end of the command or to a signal; take its output meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            sources = [self.wakeup] if self.log.pipe is None else [self.wakeup, self.log.pipe]
            ready, _, _ = select.select(sources, [], [], max(0, deadline - time.monotonic()))
            self.log.take()
            if self.wakeup in ready:
                os.read(self.wakeup, 64)
                return
            if time.monotonic() >= deadline:
                return

    def _start(self) -> None:
        self.started = time.monotonic()
        self.inode: int | None = None
        if self.socket:
            self.socket.unlink(missing_ok=True)  # of a run that was killed: the next found is this run's own
        try:
            with self.log.writer() as output:
                self.process = subprocess.Popen(
                    self.command,
                    cwd=self.directory,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    preexec_fn=_end_with_parent(),
                )
        except OSError as error:
            self.log.write(f"{self.command[0]}: {error.strerror}\n".encode())
            self.process = None

    def _is_kept_up(self) -> bool:
        """Start the command again if it ended; say False if it keeps ending."""
        status = self.process.poll() if self.process else 127
        if status is None:
            return True
        self.process = None
        self.log.take()
        never_up = time.monotonic() - self.started < QUICK or (self.socket and self.inode is None)
        self.failures = self.failures + 1 if never_up else 0
        if self.failures >= ATTEMPTS:
            reason = f"it ended with status {status}, {self.failures} times in a row"
            (self.root / "failure").write_text(reason, encoding="utf-8")
            return False
        self._sleep(0.2 * self.failures)
        self._start()
        return True

    def _has_lost_its_socket(self) -> bool:
        """Say whether the socket was there in this run, and is gone or another one now."""
        if self.socket is None:
            return False
        try:
            inode = self.socket.stat().st_ino
        except FileNotFoundError:
            return self.inode is not None
        self.inode = self.inode or inode
        return inode != self.inode

    def _is_left(self, *, keep: bool = False) -> bool:
        """Say whether nobody uses the command; `keep` keeps newcomers waiting if so."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Users of a file that is no longer there come back through the new one and a new keeper.
            return not self._is_current()
        if not keep:
            fcntl.flock(self.users, fcntl.LOCK_UN)
        return True

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self.users), (self.root / "users.lock").stat())
        except OSError:
            return False

    def _stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        deadline = time.monotonic() + STOP
        while self.process.poll() is None and time.monotonic() < deadline:
            self._sleep(0.05)
        self.process.kill()  # does nothing to one that has ended
        self.process.wait()
        self.log.take()


def _end_with_parent() -> Any:
    """Return what makes a child end with the keeper, however that ends; None where there is no such way.

    Linux ends the child when the *thread* that started it ends: the keeper has one only.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    keeper = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:  # it ended before it was asked
            os._exit(1)

    return ask


def main() -> None:
    """Leave the process that started this one, and keep the command."""
    if os.fork():
        os._exit(0)  # at once, so that the keeper is nobody's child and leaves no zombie in a kernel
    Keeper(json.loads(sys.argv[1])).run()


if __name__ == "__main__":
    main()
