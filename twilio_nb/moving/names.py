"""Names: of one thing beside another, in a path, in Python."""

import builtins
import keyword
import re

from twilio_nb.domain.paths import check_secret_name
from twilio_nb.errors import ConfigurationError

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


def in_a_magic(name: str, otherwise: str) -> str:
    """Return a name as a magic takes it: behind a ``-`` it would take an option.

    Examples
    --------
    >>> in_a_magic("saveText", "webhook"), in_a_magic("--", "webhook")
    ('saveText', 'webhook')
    """
    return name.lstrip("-") or otherwise


def secret_name(service: str) -> str:
    """Return what the secret of a service that names none is called: as the service, where a secret can be.

    Examples
    --------
    >>> secret_name("hotline"), secret_name("_what-next")
    ('hotline', 'what-next-token')
    """
    for candidate in (service, service.lstrip("_-")):
        try:
            return check_secret_name(candidate)
        except ConfigurationError:
            continue
    return check_secret_name(f"{service.lstrip('_-')[:58] or 'auth'}-token")


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
