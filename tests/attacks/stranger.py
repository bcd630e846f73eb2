"""A second account of the machine: a program that becomes somebody else, tries what it is told, and tells.

``python stranger.py`` reads a plan from its input and writes what succeeded, as JSON. The interpreter may lie
where only its owner can read it, so that it starts as the owner and gives its rights up before it tries.
"""

import contextlib
import encodings.idna  # noqa: F401 -- sockets load it late, when it cannot be read any more
import http.client
import json
import os
import socket
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

NOBODY = 65534
SECRETS_OF_A_PROCESS = ("environ", "mem", "fd", "stack", "auxv")


def reads(path: str) -> bool:
    try:
        if os.path.isdir(path):  # noqa: PTH112 -- a Path would raise where it is not let in
            os.listdir(path)  # noqa: PTH208
        else:
            with open(path, "rb") as file:
                file.read(1)
    except OSError:
        return False
    return True


def writes(path: str) -> bool:
    flags = os.O_WRONLY if os.path.isfile(path) else os.O_WRONLY | os.O_CREAT | os.O_EXCL  # noqa: PTH113
    target = path if flags == os.O_WRONLY else f"{path}/squatted"
    try:
        os.close(os.open(target, flags, 0o600))
    except OSError:
        return False
    return True


def connects(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(path)
        except OSError:
            return False
        return True


def signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def command(pid: int) -> str:
    """What was started, as everybody may read it; nothing of a process that has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def asks(port: int, method: str, target: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.request(method, target, b"", headers)
        return connection.getresponse().status


def attempt(plan: dict[str, Any]) -> dict[str, Any]:
    """Do all of a plan; each list of it comes back with what succeeded."""
    return {
        "read": [path for path in plan["paths"] if reads(path)],
        "written": [path for path in plan["paths"] if writes(path)],
        "connected": [path for path in plan["sockets"] if connects(path)],
        "signalled": [pid for pid in plan["processes"] if signals(pid)],
        "answered": [asks(*request) for request in plan["requests"]],
        # What everybody may read of everybody.
        "seen": [command(pid) for pid in plan["processes"]],
    }


def permitted(path: str, rights: int) -> bool:
    """Whether the permissions of a path, and of all directories above it, give others these rights."""
    target = Path(path)
    try:
        above = all(parent.stat().st_mode & 0o001 for parent in target.parents)
        return above and target.stat().st_mode & rights == rights
    except (FileNotFoundError, ProcessLookupError):
        return False  # gone meanwhile


def belongs_to_another(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}").stat().st_uid != os.geteuid()
    except FileNotFoundError:
        return False


def computed(plan: dict[str, Any]) -> dict[str, Any]:
    """What a stranger could do, from permissions: who is not root cannot become anybody else."""
    warnings.warn(
        "Not root: what another account may do is computed from permissions, not tried.", stacklevel=3
    )
    return {
        "read": [path for path in plan["paths"] if permitted(path, 0o004)],
        "written": [path for path in plan["paths"] if permitted(path, 0o002)],
        "connected": [path for path in plan["sockets"] if permitted(path, 0o002)],
        "signalled": [pid for pid in plan["processes"] if belongs_to_another(pid)],
        "answered": [asks(*request) for request in plan["requests"]],  # loopback asks nobody who he is
        "seen": [command(pid) for pid in plan["processes"]],
    }


def send(*, tries: bool = os.geteuid() == 0, **plan: Any) -> dict[str, Any]:
    """Have a stranger try a plan, and return what succeeded; the insides of processes count as paths."""
    whole: dict[str, Any] = {"paths": [], "sockets": [], "processes": [], "requests": []} | plan
    inside = [f"/proc/{pid}/{name}" for pid in whole["processes"] for name in SECRETS_OF_A_PROCESS]
    whole["paths"] = [*whole["paths"], *inside]
    if not tries:
        return computed(whole)
    done = subprocess.run(
        [sys.executable, "-I", __file__], input=json.dumps(whole), capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main() -> None:
    plan = json.load(sys.stdin)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    json.dump(attempt(plan), sys.stdout)


if __name__ == "__main__":
    main()
