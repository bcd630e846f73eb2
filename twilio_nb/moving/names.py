"""Names: of one thing beside another, in a path, in Python."""

import builtins
import keyword
import re

_TAKEN = frozenset({*dir(builtins), "context", "get_ipython", "json_util", "twilio_nb", "TRIAL"})


def another(name: str, used: set[str]) -> str:
    """Return a name as it is where nothing else has it, else one with a number behind it.

    Examples
    --------
    >>> another("staff", {"staff"})
    'staff-2'
    """
    if name not in used:
        return name
    number = 2
    while f"{name[:60]}-{number}" in used:
        number += 1
    return f"{name[:60]}-{number}"


def safe(name: object, otherwise: str) -> str:
    """Return a name that can be part of a path."""
    return re.sub(r"[/\\]+", "-", name)[:100] if isinstance(name, str) and name.strip(". ") else otherwise


def python_name(name: str) -> str:
    """Return a name that Python takes, as close to the given one as there is.

    Examples
    --------
    >>> python_name("save-text"), python_name("from")
    ('save_text', 'from_')
    """
    made = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:64]
    if not made or made[0].isdigit():
        made = f"_{made}"
    return f"{made}_" if keyword.iskeyword(made) or made in _TAKEN else made
