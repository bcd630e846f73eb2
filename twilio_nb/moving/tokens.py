"""Secrets that an export holds in clear: found, so that none of them is written anywhere."""

import re
from collections.abc import Mapping
from typing import Any

from twilio_nb.domain.paths import TOKEN_IN_TEXT
from twilio_nb.errors import ConfigurationError

HIDDEN = "********"

_LOGIN = re.compile(r"\b((?:mongodb(?:\+srv)?|https?)://)[^\s/@\"'`]+@")
_BASIC = re.compile(r"\b(Basic\s+)[A-Za-z0-9+/]{16,}={0,2}")
_LONG = 16  # characters from which on a secret is hidden wherever it stands; a shorter one may be a word of the code
_MOST = 1_000  # secrets of an export; every text is searched for each
_SHORT = 6  # of a text that is one and nothing else


class Tokens:
    """What must not be written: the secrets that were met, and whatever looks like one.

    Examples
    --------
    >>> tokens = Tokens()
    >>> tokens.add("swordfish")
    True
    >>> tokens.hidden("const secret = 'swordfish'")
    "const secret = '********'"
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._words: re.Pattern[str] | None = None

    def add(self, secret: object) -> bool:
        """Take note of a secret; return whether it is one, and neither empty nor a placeholder.

        Raises
        ------
        ConfigurationError
            If there are more than an app can have.
        """
        if not isinstance(secret, str) or not secret.strip() or secret.strip()[0] in "<{%":
            return False
        self._known.add(secret.strip())
        self._words = None
        if len(self._known) > _MOST:
            message = f"It holds more than {_MOST:,} secrets, so that is no export of an app."
            raise ConfigurationError(message)
        return True

    def add_all(self, part: Any) -> bool:
        """Take note of every text inside of a document; return whether there was one."""
        if isinstance(part, Mapping | list):
            inner = part.values() if isinstance(part, Mapping) else part
            return sum(self.add_all(one) for one in inner) > 0
        return self.add(part)

    def hidden(self, text: str) -> str:
        """Return a text with asterisks in the place of every secret."""
        if self._words is None:
            short = sorted((one for one in self._known if len(one) < _LONG), key=len, reverse=True)
            any_of = "|".join(map(re.escape, short)) or "(?!)"  # which nothing matches
            self._words = re.compile(rf"(?<=[\"'`=])(?:{any_of})(?=[\"'`&\s;]|$)")
        return self.without(self._words.sub(HIDDEN, text))

    def without(self, text: str) -> str:
        """Return a text without anything that can only be a secret: the last look at what is written.

        Code of ours holds none. A name in the export that holds one is written with asterisks, to be changed by hand.
        """
        for secret in sorted(self._known, key=len, reverse=True):
            if len(secret) >= _LONG:
                text = text.replace(secret, HIDDEN)
        text = TOKEN_IN_TEXT.sub(HIDDEN, text)
        return _BASIC.sub(rf"\1{HIDDEN}", _LOGIN.sub(rf"\1{HIDDEN}@", text))

    def holds(self, part: Any) -> bool:
        """Tell whether a secret stands anywhere inside of a document."""
        if isinstance(part, Mapping):
            return any(self.holds(one) for pair in part.items() for one in pair)
        if isinstance(part, list | tuple):
            return any(map(self.holds, part))
        if not isinstance(part, str):
            return False
        return self.hidden(part) != part or (len(part) >= _SHORT and part.strip() in self._known)
