"""Directories of a benchmark's own, a mongod in them, and nothing left behind."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil

FOREIGN = ("TWILIO", "JUPYTER", "JPY_")


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    """Give a directory for a while; below /tmp, since the path of a unix socket ends at 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="tnb-", dir="/tmp") as root:
        yield Path(root)


@contextlib.contextmanager
def surroundings(root: Path | None = None) -> Iterator[Path]:
    """Give this process, and what it starts, a runtime and a data directory of their own.

    Parameters
    ----------
    root : Path, optional
        The directory of both, which is then kept; else it is made, and removed at the end.

    Yields
    ------
    Path
        The directory of both; at the end nothing runs there any more.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith(FOREIGN):
            del os.environ[name]
    with temporary() if root is None else contextlib.nullcontext(root) as root:
        Path(root, "run").mkdir(mode=0o700, exist_ok=True)
        os.environ |= {"XDG_RUNTIME_DIR": f"{root}/run", "TWILIO_NB_DATA": f"{root}/data"}
        try:
            yield root
            wait_until_gone(root)
        finally:
            for process in running(root):
                with contextlib.suppress(psutil.Error):
                    process.kill()
            os.environ.clear()
            os.environ |= before


def running(root: Path) -> list[psutil.Process]:
    """Return the processes that run in these surroundings, as their environment says."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            data = process.environ().get("TWILIO_NB_DATA")
            if data == f"{root}/data" and process.pid != os.getpid():
                found.append(process)
    return found


def wait_until_gone(root: Path) -> float:
    """Return the seconds until nothing runs there any more."""
    began = time.perf_counter()
    while running(root):
        if time.perf_counter() - began > 15:
            message = f"Still running in {root}: {running(root)}"
            raise RuntimeError(message)
        time.sleep(0.05)
    return time.perf_counter() - began


def wait_until_listening(port: int) -> None:
    """Wait until a port of loopback is listened on."""
    deadline = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class Program:
    """A Python program that prints one line, as JSON, and stays until it is left.

    Parameters
    ----------
    code : str
        What it runs; it ends with a call of ``ready(value)``.

    Attributes
    ----------
    value : Any
        What it printed.
    """

    def __init__(self, code: str) -> None:
        ready = "import json\ndef ready(value):\n    print(json.dumps(value), flush=True)\n    input()\n"
        self._process = subprocess.Popen(
            [sys.executable, "-c", ready + code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.value: Any = json.loads(self._process.stdout.readline())

    def leave(self) -> None:
        """Let it go on to its end."""
        self._process.communicate("\n", timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.leave()
