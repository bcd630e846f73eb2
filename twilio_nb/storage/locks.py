"""Locks that the operating system drops when their holder ends, however it ends.

They are flock(2) locks on files, so there are no counters and no pid files that could be left behind. A
forked child closes its copies: it neither keeps nor gives up the locks of its parent.
"""

import fcntl
import os
import threading
import time
from pathlib import Path


class FileLock:
    """A lock on a file, which is made if it is not there and never removed.

    Parameters
    ----------
    path : Path
        The file, in a directory of which nobody else can change the entries.

    Examples
    --------
    >>> lock = FileLock(root / "users.lock")
    >>> lock.try_lock(shared=True)
    True
    >>> lock.release()
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_lock(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free; never waits.

        Parameters
        ----------
        shared : bool
            Whether others may hold it, shared, at the same time.

        Returns
        -------
        bool
            Whether it is held now.

        Raises
        ------
        OSError
            If the file cannot be opened, or its file system has no locks.

        Examples
        --------
        >>> FileLock(root / "keeper.lock").try_lock()
        True
        """
        with _forking:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                if not _is_file(descriptor, self.path):  # replaced since it was opened
                    os.close(descriptor)
                    return False
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
            self._close()
            self._descriptor = descriptor
            _held.add(self)
        return True

    def wait(self, seconds: float) -> bool:
        """Take the lock for its holder alone, as soon as it is free.

        Parameters
        ----------
        seconds : float
            How long to wait for that.

        Returns
        -------
        bool
            Whether it is held now.

        Raises
        ------
        OSError
            If the file cannot be opened, or its file system has no locks.

        Examples
        --------
        >>> FileLock(root / "gate.lock").wait(10)
        True
        """
        deadline = time.monotonic() + seconds
        while not self.try_lock():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    @property
    def descriptor(self) -> int | None:
        """The open file that holds the lock, None while it is not held."""
        return self._descriptor

    @property
    def is_current(self) -> bool:
        """Whether the lock is held, and on the file that others find at the path."""
        return self._descriptor is not None and _is_file(self._descriptor, self.path)

    def release(self) -> None:
        """Give the lock up; does nothing if it is not held.

        Examples
        --------
        >>> lock.release()
        """
        with _forking:
            self._close()
            _held.discard(self)

    def _close(self) -> None:
        if self._descriptor is not None:
            # Closed and not unlocked: an unlock would take the lock away from every copy of the descriptor.
            os.close(self._descriptor)
            self._descriptor = None


def is_locked(path: Path) -> bool:
    """Say whether some process holds an exclusive lock on a file.

    Parameters
    ----------
    path : Path
        The file; one that does not exist is not locked.

    Returns
    -------
    bool
        Whether it is locked now.

    Raises
    ------
    OSError
        If the file exists and cannot be opened.

    Examples
    --------
    >>> is_locked(root / "keeper.lock")
    True
    """
    with _forking:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared, so that two probes at the same moment do not take each other for a holder.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _is_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


_held: set[FileLock] = set()
# Held while a lock's descriptor is open and not yet in the set above, so that no fork falls in between.
_forking = threading.RLock()


def _forget_in_child() -> None:
    for lock in _held:
        lock._close()
    _held.clear()
    _forking.release()


os.register_at_fork(
    before=_forking.acquire, after_in_parent=_forking.release, after_in_child=_forget_in_child
)
