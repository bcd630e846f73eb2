"""The folder that a move writes: a few files, each made once, none ever in the place of another."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from twilio_nb.domain.paths import usable_name
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.notebook import notebook
from twilio_nb.moving.plan import Plan
from twilio_nb.moving.report import as_json, as_markdown


@dataclass(frozen=True)
class Written:
    """What was written into a folder.

    Attributes
    ----------
    new, same, kept : tuple of str
        Files that were made; that were there just so; that are there, differ, and were therefore left alone.
    """

    new: tuple[str, ...]
    same: tuple[str, ...]
    kept: tuple[str, ...]


def files(plan: Plan) -> dict[str, str]:
    """Return what a move writes, by the file's name."""
    contents = {
        notebook_name(plan): notebook(plan),
        "report.md": as_markdown(plan),
        "report.json": as_json(plan),
        "secrets.env.example": _secrets(plan),
    }
    return {name: plan.tokens.without(content) for name, content in contents.items()}


def notebook_name(plan: Plan) -> str:
    """Return what the notebook of an app is called."""
    with contextlib.suppress(ConfigurationError):
        return f"{usable_name(plan.app.name, 'app')}.ipynb"
    return "app.ipynb"


def write(contents: dict[str, str], folder: Path) -> Written:
    """Write files that are not there yet.

    Parameters
    ----------
    contents : dict
        Name of each file to its content.
    folder : Path
        Where; it is made, and whatever is above it.

    Returns
    -------
    Written

    Raises
    ------
    ConfigurationError
        If it cannot be written to.
    """
    found: dict[str, list[str]] = {"new": [], "same": [], "kept": []}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            found[_make(folder / name, content.encode("utf-8", "replace"))].append(name)
    except OSError as error:
        message = f"{str(folder)!r} cannot be written to: {error.strerror}. Name another folder with --to."
        raise ConfigurationError(message) from None
    return Written(*(tuple(names) for names in found.values()))


def _make(path: Path, content: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Fails where anything has that name, a symbolic link that leads elsewhere included.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        same = path.is_file() and not path.is_symlink() and path.read_bytes() == content
        return "same" if same else "kept"
    with open(descriptor, "wb") as opened:
        opened.write(content)
    return "new"


def _secrets(plan: Plan) -> str:
    lines = [
        "# The secrets that the app needs. twilio_nb.secrets.set('NAME') in a cell keeps each, which "
        "needs no such file.",
        "# Where there is no keyring, set them as variables instead; a file with values belongs into no repository.",
    ]
    for name, users in plan.secrets().items():
        lines += [f"# {' and '.join(users)}", f"TWILIO_NB_SECRET_{name.upper().replace('-', '_')}="]
    return "\n".join(lines) + "\n"
