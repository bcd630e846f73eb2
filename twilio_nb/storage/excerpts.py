"""What a log says of a failure, fit to be shown in an error."""

import contextlib
import json
import os
from pathlib import Path


def last_lines(log: Path, number: int = 8) -> str:
    """Return the end of a log, fit to be shown.

    Parameters
    ----------
    log : Path
        The file; it need not exist.
    number : int
        How many lines at most.

    Returns
    -------
    str
        Its last lines within its last 64 KiB, without control characters.

    Examples
    --------
    >>> print(last_lines(root / "log"))
    """
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 65_536))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()]
    return "\n".join([line for line in lines if line.strip()][-number:])


def problems(log: Path) -> str:
    """Return what mongod's log says about a failure.

    Parameters
    ----------
    log : Path
        The log, one JSON object a line.

    Returns
    -------
    str
        Its last errors, one a line, each cut to 300 characters; if there are none, its last lines.

    Examples
    --------
    >>> print(problems(data_directory() / "mongod" / "mongod.log"))
    """
    found = []
    for line in last_lines(log, 200).splitlines():
        with contextlib.suppress(ValueError, TypeError, KeyError):
            entry = json.loads(line)
            if entry["s"] in {"F", "E"}:
                found.append(f"{entry['msg']}: {json.dumps(entry.get('attr', {}))}"[:300])
    return "\n".join(found[-4:]) or last_lines(log)
