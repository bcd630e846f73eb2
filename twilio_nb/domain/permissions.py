"""What a user of MongoDB that handlers run as may do: a short declaration.

A declaration only; `service.harden()` has MongoDB make it true.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from twilio_nb.domain.definitions import Stored
from twilio_nb.domain.namespaces import check_namespace, split
from twilio_nb.domain.paths import check_name, check_secret_name
from twilio_nb.errors import ConfigurationError

ACTIONS: Mapping[str, tuple[str, str]] = {
    "insert": ("into", "insert"),
    "find": ("in", "find"),
    "update": ("in", "update"),
    "delete": ("from", "remove"),
}
"""What a user may be allowed, by the first word of pymongo's methods: the word behind it, and MongoDB's privilege."""

_EXAMPLES = "'insert into demo.texts', 'find in demo.texts', 'update in …' or 'delete from …'"
_SENTENCE = re.compile(r"(?:may )?(\w+)\s+(?:into|in|from)\s+(\S+)")
_ODD = re.compile(r"[^A-Za-z0-9_-]")
_KEPT = re.compile(r"^[_-]|[_-]next$", re.IGNORECASE)  # no name of a secret
_LONGEST = 64


@dataclass(frozen=True)
class Permission:
    """One thing that a user may do with one collection.

    Attributes
    ----------
    action : str
        A key of `ACTIONS`.
    collection : str
        ``database.collection``.

    Examples
    --------
    >>> str(Permission.parse("insert into demo.texts"))
    'insert into demo.texts'
    """

    action: str
    collection: str

    @classmethod
    def parse(cls, sentence: str) -> Self:
        """Read a permission.

        Parameters
        ----------
        sentence : str
            Such as ``"insert into demo.texts"``, ``"find in demo.survey"``, ``"delete from demo.texts"``.

        Returns
        -------
        Permission

        Raises
        ------
        ConfigurationError
            If it is none, or of a collection that MongoDB keeps for itself.
        """
        found = _SENTENCE.fullmatch(sentence.strip()) if isinstance(sentence, str) else None
        if found is None or found[1] not in ACTIONS:
            shown = repr(sentence[:80]) if isinstance(sentence, str) else f"of type {type(sentence).__name__}"
            message = f"{shown} is no permission; expected such as {_EXAMPLES}."
            raise ConfigurationError(message)
        return cls(found[1], check_namespace(found[2]))

    @property
    def place(self) -> tuple[str, str]:
        """Names of the database and of the collection."""
        return split(self.collection)

    @property
    def privilege(self) -> str:
        """MongoDB's name of the action."""
        return ACTIONS[self.action][1]

    def __str__(self) -> str:
        return f"{self.action} {ACTIONS[self.action][0]} {self.collection}"


@dataclass(frozen=True)
class UserDefinition(Stored):
    """A user of MongoDB that handlers run as, and what it may do; all else MongoDB refuses it.

    Attributes
    ----------
    name : str
        What webhooks call it.
    may : tuple of str
        Its permissions, as sentences.

    Examples
    --------
    >>> UserDefinition("collector", ("insert into demo.texts",)).key
    'collector'
    """

    name: str
    may: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name, "user")
        given: object = self.may
        sentences = (given,) if isinstance(given, str) else self.may
        object.__setattr__(self, "may", tuple(dict.fromkeys(str(Permission.parse(one)) for one in sentences)))

    @property
    def key(self) -> str:
        """The user's name."""
        return self.name

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What it may do."""
        return tuple(map(Permission.parse, self.may))

    def login_name(self, database: str) -> str:
        """Return what MongoDB calls the user and its role, and what the secret with its password is called.

        Parameters
        ----------
        database : str
            The database that declares it; its users are no other's.

        Returns
        -------
        str
            At most 64 ASCII letters, digits, ``_`` and ``-``, the first a letter or digit.
        """
        plain = f"{database}-{self.name}"
        name = _ODD.sub("_", plain)
        if name != plain or len(name) > _LONGEST or _KEPT.search(name):
            said = name[: _LONGEST - 9].lstrip("_-")
            name = f"{said or 'user'}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
        return check_secret_name(name)
