"""An export as files: a folder, or a zip. Bounded, as nobody knows who packed it.

Only JSON and JavaScript are read. What leads out of the export (``..``, absolute names, symbolic links) is passed over
and said.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.decisions import Decisions, Kind

LARGEST_FILE = 4 << 20
"""Bytes of one file; a function of the retired service was far shorter."""
LARGEST = 64 << 20
"""Bytes of all files that are read."""
MOST = 20_000
"""Files and folders that are looked at."""

_READ = (".json", ".js")
_PASSED_OVER = frozenset({".git", "node_modules", "hosting", "__MACOSX"})
_DEEPEST = 12  # folders above a file
_LONGEST = 300  # characters of a name
_CHUNK = 1 << 16
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class Files:
    """What was read of an export: by path below it, with ``/`` between folders, its bytes.

    Attributes
    ----------
    contents : dict
        Of JSON and JavaScript files.
    others : list of str
        Paths of files that were not read.
    """

    def __init__(self, decisions: Decisions) -> None:
        self.contents: dict[str, bytes] = {}
        self.others: list[str] = []
        self._decisions = decisions
        self._total = 0

    def wants(self, path: str) -> bool:
        """Tell whether a file is to be read; one that is not is noted among the others."""
        parts = path.split("/")
        if len(parts) <= _DEEPEST and path.lower().endswith(_READ) and not _PASSED_OVER & set(parts):
            return True
        self.others.append(path)
        return False

    def add(self, path: str, content: bytes) -> None:
        """Take a file, of which at most one byte more than the limit was read.

        Raises
        ------
        ConfigurationError
            If the whole is too large.
        """
        if len(content) > LARGEST_FILE:
            self._decisions.say(
                Kind.DAMAGED,
                path,
                f"It is larger than {LARGEST_FILE >> 20} MiB, as no file of an app is, and was not read.",
            )
            return
        if path in self.contents:
            self._decisions.say(Kind.LOOK, path, "It is in the export twice; the first counts.")
            return
        self._total += len(content)
        if self._total > LARGEST:
            message = (
                f"Its files hold more than {LARGEST >> 20} MiB, so that is no export of an app; "
                "name the folder with the app itself."
            )
            raise ConfigurationError(message)
        self.contents[path] = content


def read_folder(root: Path, decisions: Decisions) -> Files:
    """Read the files of a folder, without following symbolic links.

    Parameters
    ----------
    root : Path
        The folder.
    decisions : Decisions
        Where it is noted what could not be read.

    Returns
    -------
    Files

    Raises
    ------
    ConfigurationError
        If it cannot be opened, or is too large to be an export.
    """
    files = Files(decisions)
    for count, entry in enumerate(_entries(root, decisions)):
        _check_count(count)
        path = Path(entry.path).relative_to(root).as_posix()
        if entry.is_symlink():
            decisions.say(
                Kind.LEFT_OUT, path, "It is a symbolic link, which may lead anywhere; not followed."
            )
        elif entry.name in _PASSED_OVER:
            files.others.append(f"{path}/")
        elif entry.is_file(follow_symlinks=False) and files.wants(path):
            try:
                descriptor = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
                with open(descriptor, "rb") as opened:
                    files.add(path, opened.read(LARGEST_FILE + 1))
            except OSError as error:
                decisions.say(Kind.DAMAGED, path, f"It cannot be read: {error.strerror}.")
    return files


def _entries(root: Path, decisions: Decisions) -> Iterator[os.DirEntry[str]]:
    folders = [(str(root), 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda one: one.name)
        except OSError as error:
            if depth == 0:
                message = f"{root.name!r} cannot be opened: {error.strerror}."
                raise ConfigurationError(message) from None
            decisions.say(
                Kind.DAMAGED,
                Path(folder).relative_to(root).as_posix(),
                f"It cannot be read: {error.strerror}.",
            )
            continue
        for entry in entries:
            yield entry
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and depth < _DEEPEST and entry.name not in _PASSED_OVER:
                folders.append((entry.path, depth + 1))


def read_zip(path: Path, decisions: Decisions) -> Files:
    """Read the files of a zip; nothing is unpacked onto the disk.

    Parameters
    ----------
    path : Path
        The zip.
    decisions : Decisions
        Where it is noted what could not be read.

    Returns
    -------
    Files

    Raises
    ------
    ConfigurationError
        If it is no zip that can be read, or too large to be an export.
    """
    files = Files(decisions)
    try:
        with zipfile.ZipFile(path) as packed:
            for count, one in enumerate(packed.infolist()):
                _check_count(count)
                _unpack(packed, one, files, decisions)
    except _DAMAGED:
        message = (
            f"{path.name!r} is a damaged zip; download the export again, or unpack it and name the folder."
        )
        raise ConfigurationError(message) from None
    return files


def _unpack(packed: zipfile.ZipFile, one: zipfile.ZipInfo, files: Files, decisions: Decisions) -> None:
    name = one.filename.replace("\\", "/")
    shown = name[:_LONGEST]
    parts = name.split("/")
    if name.startswith("/") or ":" in parts[0] or ".." in parts or "\0" in name or len(name) > _LONGEST:
        decisions.say(Kind.LEFT_OUT, shown, "Its name leads out of the export; not read.")
        return
    path = "/".join(part for part in parts if part not in ("", "."))
    if stat.S_ISLNK(one.external_attr >> 16):
        decisions.say(Kind.LEFT_OUT, shown, "It is a symbolic link, which may lead anywhere; not followed.")
    elif not one.is_dir() and files.wants(path):
        try:
            # What the zip says of its size is not believed: reading ends by itself.
            with packed.open(one) as opened:
                content = bytearray()
                while len(content) <= LARGEST_FILE and (chunk := opened.read(_CHUNK)):
                    content += chunk
        except _DAMAGED:
            said = "is locked with a password" if one.flag_bits & 1 else "is damaged"
            decisions.say(Kind.DAMAGED, shown, f"It {said} and was not read.")
            return
        files.add(path, bytes(content))


def _check_count(count: int) -> None:
    if count >= MOST:
        message = (
            f"It holds more than {MOST:,} files, so that is no export of an app; name the folder with "
            f"the app itself."
        )
        raise ConfigurationError(message)
