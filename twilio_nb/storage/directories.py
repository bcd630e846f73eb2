"""Where things live: sockets and locks in a short private directory, data beside the user's other data."""

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

import platformdirs

from twilio_nb.errors import ConfigurationError

DATA_VARIABLE = "TWILIO_NB_DATA"
RUNTIME_VARIABLE = "TWILIO_NB_RUNTIME"

# The path of a unix socket ends at 107 bytes on Linux and at 103 on macOS. The longest tail that this
# package appends to the user's runtime directory is "/jupyter-4194304-abcd/webhooks.sock".
_LONGEST_BASE = 103 - 36

# Who finds somebody else's directory in the place of his own can seldom remove it.
_CHOOSE = f"Choose another: XDG_RUNTIME_DIR for sockets and locks, {DATA_VARIABLE} for data."

# Open descriptors of the runtime directories of this process: their locks show that they are in use.
_in_use: list[int] = []


def user_runtime_directory() -> Path:
    """Return this user's private directory for sockets and locks; make it if it is not there.

    Returns
    -------
    Path
        ``$XDG_RUNTIME_DIR/twilio_nb`` where that is usable and short enough for a socket, otherwise
        ``/tmp/twilio_nb-<uid>``.

    Raises
    ------
    ConfigurationError
        If the directory belongs to somebody else or is open to others.

    Examples
    --------
    >>> user_runtime_directory()
    PosixPath('/run/user/1000/twilio_nb')
    """
    offered = Path(os.environ.get("XDG_RUNTIME_DIR") or "none")
    if (
        offered.is_absolute()
        and len(os.fsencode(offered)) + len("/twilio_nb") <= _LONGEST_BASE
        and offered.is_dir()
        and os.access(offered, os.W_OK | os.X_OK)
    ):
        return private_directory(offered / "twilio_nb")
    # Not tempfile.gettempdir(): TMPDIR differs between sessions, and on macOS it is too long for a socket.
    return private_directory(Path(f"/tmp/twilio_nb-{os.getuid()}"))  # noqa: S108 -- owner and mode are verified


def data_directory() -> Path:
    """Return the directory of what must survive a restart; make it if it is not there.

    Returns
    -------
    Path
        ``TWILIO_NB_DATA``, or the platform's place for a user's data, such as ``~/.local/share/twilio_nb``.

    Raises
    ------
    ConfigurationError
        If ``TWILIO_NB_DATA`` is not absolute, or the directory cannot be made.

    Examples
    --------
    >>> data_directory()
    PosixPath('/home/ann/.local/share/twilio_nb')
    """
    chosen = os.environ.get(DATA_VARIABLE)
    path = Path(chosen).expanduser() if chosen else platformdirs.user_data_path("twilio_nb", appauthor=False)
    if not path.is_absolute():
        message = f"{DATA_VARIABLE} is {str(path)!r}, a relative path. Set it to an absolute one."
        raise ConfigurationError(message)
    _make(path)
    return path


def private_directory(path: Path) -> Path:
    """Make a directory that only this user can enter, or verify that an existing one is such.

    Parameters
    ----------
    path : Path
        The directory. Missing parents are made as well.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    ConfigurationError
        If it cannot be made, is no directory, belongs to somebody else or is open to others.

    Examples
    --------
    >>> private_directory(data_directory() / "mongod")
    PosixPath('/home/ann/.local/share/twilio_nb/mongod')
    """
    _make(path)
    # lstat, since a link in a directory that others can write to may lead anywhere.
    verify_private(path, path.lstat(), remedy=f"chmod 700 {path}")
    return path


def private_file(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all.

    Parameters
    ----------
    path : Path
        The file, which is replaced if it exists. Its directory must exist.
    text : str
        What it holds afterwards, encoded as UTF-8.

    Raises
    ------
    OSError
        If it cannot be written; an existing file is unchanged then.

    Examples
    --------
    >>> private_file(data_directory() / "secrets.json", "{}")
    """
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # 0600 by itself
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def verify_private(path: Path, status: os.stat_result, *, remedy: str) -> None:
    """Refuse a file or directory that somebody else owns or can open.

    Parameters
    ----------
    path : Path
        What is named in the error.
    status : os.stat_result
        Its status, taken by the caller.
    remedy : str
        The command that mends open permissions.

    Raises
    ------
    ConfigurationError
        If another user owns it, or group or others have any permission.

    Examples
    --------
    >>> verify_private(path, path.stat(), remedy=f"chmod 600 {path}")
    """
    if os.name == "nt":  # the permissions of a Windows profile are access control lists, not modes
        return
    if status.st_uid != os.getuid():
        message = f"{path} belongs to user id {status.st_uid}, expected {os.getuid()}. {_CHOOSE}"
        raise ConfigurationError(message)
    if stat.S_ISLNK(status.st_mode):
        message = (
            f"{path} is a symbolic link where a real file or directory is expected. Remove or rename it."
        )
        raise ConfigurationError(message)
    if stat.S_IMODE(status.st_mode) & 0o077:
        message = (
            f"{path} is open to other users (mode {stat.S_IMODE(status.st_mode):04o}). Close it: {remedy}"
        )
        raise ConfigurationError(message)


def new_runtime(kind: str) -> Path:
    """Make a fresh private directory for this process's sockets, and remove those of dead processes.

    Parameters
    ----------
    kind : str
        Whose sockets: ``"jupyter"`` or ``"kernel"``.

    Returns
    -------
    Path
        ``<user runtime>/<kind>-<pid>-<4 hex digits>``. It counts as in use as long as this process lives.

    Raises
    ------
    ConfigurationError
        If the user's runtime directory is not private.

    Examples
    --------
    >>> new_runtime("jupyter")
    PosixPath('/run/user/1000/twilio_nb/jupyter-4711-09af')
    """
    import fcntl  # not on Windows, where the rest of this module works

    base = user_runtime_directory()
    for path in base.glob(f"{kind}-*-*"):
        if _is_abandoned(path):
            shutil.rmtree(path, ignore_errors=True)
    while True:
        path = base / f"{kind}-{os.getpid()}-{secrets.token_hex(2)}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _in_use.append(descriptor)
        return path


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = f"The directory {path} cannot be made: {error.strerror}. {_CHOOSE}"
        raise ConfigurationError(message) from error


def _is_abandoned(path: Path) -> bool:
    """Say whether the process that made a runtime directory is gone."""
    import fcntl

    pid = path.name.split("-")[-2]
    if pid.isdecimal():
        with contextlib.suppress(OSError):
            os.kill(int(pid), 0)
            return False
    # A process in another container has another set of pids: the lock tells even there.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
