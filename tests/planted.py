"""Secrets that can be found again: how they are planted, in which spellings they are looked for, and where.

Every token that a fixture makes begins alike. So at the end of a run a single search tells whether any of them
got into a file, whoever wrote it.
"""

import base64
import contextlib
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import psutil

MARK = "5ec2e75ec2e7"
"""How every planted token begins: hexadecimal digits as in Twilio's own, which no encoding changes."""

KEEPERS = {
    "secrets.json": "the file of secrets, which secrets.set fills",
    "account.json": "the simulated account, whose process and kernels share it",
    "credentials": "the password of the embedded mongod, which all processes of the user share",
    "users.json": "the passwords of users of the embedded mongod, which service.harden() makes",
}


def token() -> str:
    """Return a new token of Twilio's length, to be found by `MARK`."""
    return MARK + secrets.token_hex(16)[len(MARK) :]


def spellings(secret: str) -> list[bytes]:
    """Return what of a secret remains the same in any text, URL, JSON and Basic authorization it is part of.

    Base64 has three forms, by where in a group of three bytes the secret begins, less what depends on its
    neighbours: ``SID:token`` is found without knowing the SID.
    """
    plain = secret.encode()
    forms = [plain, secret.encode("utf-16-le"), plain.hex().encode(), plain[::-1]]
    for offset, first in enumerate((0, 2, 3)):
        encoded = base64.b64encode(b"\0" * offset + plain)
        forms.append(encoded[first : (offset + len(plain)) * 8 // 6])
    return forms


def holds(content: bytes, wanted: Iterable[str]) -> bool:
    return any(spelling in content for secret in wanted for spelling in spellings(secret))


def files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        for path in root.rglob("*"):
            with contextlib.suppress(OSError):
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path


def keeps(path: Path) -> bool:
    """Tell whether a file is one that keeps a secret on purpose, and that only its owner can read."""
    if path.name.startswith("jpserver-"):  # Jupyter's own, in its private directory: how to open it
        return path.parent.stat().st_mode & 0o077 == 0
    return path.name in KEEPERS and path.stat().st_mode & 0o077 == 0


def in_files(
    roots: Iterable[Path], wanted: Iterable[str], allowed: Callable[[Path], bool] = keeps
) -> list[str]:
    """Return the files that hold one of some secrets, but for the allowed ones."""
    sought = list(wanted)
    found = []
    for path in files(roots):
        with contextlib.suppress(FileNotFoundError):  # taken away meanwhile
            if holds(path.read_bytes(), sought) and not allowed(path):
                found.append(f"{path} ({path.stat().st_mode & 0o777:o})")
    return found


def in_processes(
    processes: Iterable[psutil.Process], wanted: Iterable[str], given: Mapping[str, Iterable[str]]
) -> list[str]:
    """Return which processes show one of some secrets, in command lines or environments.

    `given` says for each variable that holds one what stands in the command lines of those that may have it.
    """
    sought = list(wanted)
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if holds(os.fsencode(line), sought):
                found.append(f"the command line of process {process.pid}")
            for name, value in process.environ().items():
                may = any(part in line for part in given.get(name, ()))
                if holds(os.fsencode(value), sought) and not may:
                    found.append(f"{name} of {line[:150]}")
    return found
