"""Secrets that an export holds in clear: found, so that none of them is written anywhere."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "********"

# Twilio's auth token stands alone; the digits of a SID have two letters before them.
_LIKE_A_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])")
_LOGIN = re.compile(r"\b((?:mongodb(?:\+srv)?|https?)://)[^\s/@\"'`]+@")
_BASIC = re.compile(r"\b(Basic\s+)[A-Za-z0-9+/]{16,}={0,2}")
_SHORTEST = 6  # of what is hidden wherever it stands; a shorter one would take ordinary words along


class Tokens:
    """What must not be written: the secrets that were met, and whatever looks like one.

    Examples
    --------
    >>> tokens = Tokens()
    >>> tokens.add("swordfish")
    >>> tokens.hidden("const secret = 'swordfish'")
    "const secret = '********'"
    """

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, secret: object) -> bool:
        """Take note of a secret; return whether it is one, and neither empty nor a placeholder."""
        if not isinstance(secret, str) or len(secret.strip()) < _SHORTEST or secret.strip()[0] in "<{%":
            return False
        self._known.add(secret.strip())
        return True

    def add_all(self, part: Any) -> bool:
        """Take note of every text inside of a document; return whether there was one."""
        if isinstance(part, Mapping):
            return any([self.add_all(one) for one in part.values()])
        return any([self.add_all(one) for one in part]) if isinstance(part, list) else self.add(part)

    def hidden(self, text: str) -> str:
        """Return a text with asterisks in the place of every secret."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        text = _LIKE_A_TOKEN.sub(HIDDEN, text)
        return _BASIC.sub(rf"\1{HIDDEN}", _LOGIN.sub(rf"\1{HIDDEN}@", text))

    def holds(self, part: Any) -> bool:
        """Tell whether a secret stands anywhere inside of a document."""
        if isinstance(part, Mapping):
            return any(self.holds(one) for pair in part.items() for one in pair)
        if isinstance(part, list | tuple):
            return any(map(self.holds, part))
        return isinstance(part, str) and self.hidden(part) != part
