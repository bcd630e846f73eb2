"""Finding the receiver, and starting it: Jupyter's, or one of the kernel's own where there is none."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.protocol import SOCKET
from twilio_nb.storage.directories import RUNTIME_VARIABLE, new_runtime

MARKER = "receiving"
"""File in the data directory that says that webhooks were defined: Jupyter then starts the receiver itself."""

START_SOCKET = "start.sock"
"""In Jupyter's runtime directory: whoever connects wants the receiver, and is told when it answers."""

JUPYTER_SESSION_VARIABLE = "JPY_SESSION_NAME"
"""Set by Jupyter Server for the kernels that it starts."""

NO_SERVER_EXTENSION = (
    "This kernel runs under a Jupyter Server whose own environment has no twilio_nb, so texts from Twilio "
    "cannot come in through it; the sandbox works. To receive, install twilio_nb also where Jupyter itself "
    "is installed, then restart Jupyter."
)

_PATIENCE = 15.0
_CREDENTIAL = re.compile(r"(JUPYTER|JPY|CONFIGPROXY).*(TOKEN|SECRET|PASSWORD|COOKIE|CRYPT)")


class Receiver(Protocol):
    """A way to a receiver."""

    async def ready(self) -> Path:
        """Have the receiver run, and return the directory of its sockets."""

    def hung(self) -> None:
        """Take notice that the receiver no longer answers, though it is connected."""

    def close(self) -> None:
        """Leave nothing behind."""


def receiver() -> Receiver:
    """Return the way to the receiver that this process has to use.

    Returns
    -------
    Receiver
        Jupyter's if the environment names it, otherwise one of this process's own.
    """
    named = os.environ.get(RUNTIME_VARIABLE)
    if named and Path(named).is_dir():
        return JupyterReceiver(Path(named))
    return OwnReceiver()


def notices() -> list[str]:
    """Return what a person should know about the receiver before any text is missed.

    Returns
    -------
    list of str
        Sentences; empty when all is well.
    """
    if os.environ.get(JUPYTER_SESSION_VARIABLE) and not os.environ.get(RUNTIME_VARIABLE):
        return [NO_SERVER_EXTENSION]
    return []


def credentials(names: Iterable[str]) -> list[str]:
    """Return which variables open the Jupyter Server or its hub.

    The receiver needs none of them, and talks to strangers: it runs without.

    Parameters
    ----------
    names : iterable of str
        Names of environment variables.

    Returns
    -------
    list of str
        Those of them that hold a token, a password or a key.

    Examples
    --------
    >>> credentials(["HOME", "JUPYTER_TOKEN"])
    ['JUPYTER_TOKEN']
    """
    return [name for name in names if _CREDENTIAL.match(name)]


class JupyterReceiver:
    """The receiver of the Jupyter Server that started this kernel.

    Parameters
    ----------
    directory : Path
        Where its sockets are.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def ready(self) -> Path:
        """Ask Jupyter to start the receiver, and wait until it answers.

        Returns
        -------
        Path
            The directory of its sockets.

        Raises
        ------
        ConfigurationError
            If Jupyter says that it cannot.
        OSError
            If Jupyter is gone.
        """
        path = str(self._directory / START_SOCKET)
        reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(path), _PATIENCE)
        try:
            line = await asyncio.wait_for(reader.readline(), _PATIENCE)
        finally:
            writer.close()
        try:
            answer = json.loads(line)
        except ValueError:
            answer = {}
        if answer.get("error"):
            message = f"Jupyter cannot start the receiver: {answer['error']}"
            raise ConfigurationError(message)
        if not answer.get("ready"):
            message = "Jupyter closed the connection without a word about the receiver."
            raise ConnectionError(message)
        return self._directory

    def hung(self) -> None:
        """Leave it to Jupyter, which watches its receiver."""

    def close(self) -> None:
        """Leave Jupyter's receiver running."""


class OwnReceiver:
    """A receiver that is a child of this process and ends with it."""

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def ready(self) -> Path:
        """Start the receiver if it does not run, and wait until its socket is there.

        Returns
        -------
        Path
            The directory of its sockets.

        Raises
        ------
        ConfigurationError
            If it ends instead, with the end of its log.
        """
        if self._directory is None:
            self._directory = new_runtime("kernel")
        socket = self._directory / SOCKET
        if self._process is None or self._process.poll() is not None:
            socket.unlink(missing_ok=True)
            self._process = _spawn(self._directory)
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not socket.exists():
            code = self._process.poll()
            if code is not None or asyncio.get_running_loop().time() > deadline:
                ended = "did not open its socket" if code is None else f"ended with {code}"
                message = f"The receiver {ended}. The end of its log:\n{_tail(_log(self._directory))}"
                raise ConfigurationError(message)
            await asyncio.sleep(0.01)
        return self._directory

    def hung(self) -> None:
        """Kill the receiver, so that it is started again."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End the receiver and remove its directory."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                self.hung()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)


def _spawn(directory: Path) -> "subprocess.Popen[bytes]":
    withheld = credentials(os.environ)
    descriptor = os.open(_log(directory), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(
            # -P: a file called random.py beside the notebook must not take the place of a module.
            [sys.executable, "-P", "-m", "twilio_nb.receiving.receiver", "--runtime", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env={name: value for name, value in os.environ.items() if name not in withheld},
            start_new_session=True,  # an interrupt of the kernel goes to its whole process group
        )
    finally:
        os.close(descriptor)


def _log(directory: Path) -> Path:
    return directory / "receiver.log"


def _tail(log: Path, lines: int = 15) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return "(there is none)"
