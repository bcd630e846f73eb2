"""A crowd of users of one mongod, and a look at what runs for them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil

from tests.faults.parts.moments import eventually

GONE = 3.0  # seconds after the last user, in which all has ended


class Crowd:
    """Users in surroundings of their own; a context manager, after which none of them is left.

    Parameters
    ----------
    root : Path
        The directory of their surroundings, made if it is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runtime = root / "run"
        self.runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files = [root / "attempts", root / "stored"]
        program = [sys.executable, str(Path(__file__).with_name("users.py")), *map(str, self._files)]
        environment = os.environ | {"XDG_RUNTIME_DIR": str(self.runtime)}
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._said: list[dict[str, Any]] = []
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for user in self.users():
            with contextlib.suppress(psutil.Error):
                user.kill()
        self._process.communicate(timeout=10)
        self._listening.join(10)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in iter(self._process.stdout.readline, ""):
            self._said.append(json.loads(line))

    def come(self, count: int, data: Path) -> None:
        """Let users come, all at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{data}\n" * count)
        self._process.stdin.flush()

    def users(self) -> list[psutil.Process]:
        """Those who are there."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self._process.pid).children()
        return []

    def served(self, count: int) -> list[int]:
        """Wait until so many users, of all that ever came, have a mongod, and return the pids of theirs."""
        eventually(lambda: len(self._said) >= count or self.errors(), 30)
        assert self.errors() == [], self.errors()
        return [said["mongod"] for said in self._said]

    def errors(self) -> list[str]:
        return [said["error"] for said in self._said if "error" in said]

    def attempts(self) -> set[str]:
        return set(self._files[0].read_text().split())

    def stored(self) -> set[str]:
        """The texts that users were told are stored; of one who was killed at a word, the word is no text."""
        return {sid for sid in self._files[1].read_text().split() if len(sid) == 34}

    def processes(self) -> Iterator[psutil.Process]:
        """What runs for the users."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = process.environ().get("XDG_RUNTIME_DIR") == str(self.runtime)
                if ours and process.status() != psutil.STATUS_ZOMBIE and process.pid != self._process.pid:
                    yield process

    def named(self, name: str) -> list[psutil.Process]:
        """The mongods, or keepers, by the last part of the program's path."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if any(part.endswith(f"/{name}") for part in process.cmdline()[:4]):
                    found.append(process)
        return found

    def leave(self, how: signal.Signals) -> float:
        """Let all leave; return the seconds until nothing runs for them."""
        for user in self.users():
            with contextlib.suppress(psutil.Error):
                user.send_signal(how)
        eventually(lambda: not self.users(), 10)
        began = time.monotonic()
        while left := list(self.processes()):
            assert time.monotonic() - began < GONE, f"left after the last user: {left}"
            time.sleep(0.05)
        return time.monotonic() - began
