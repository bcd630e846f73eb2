"""Values and the values of environments: for all services, in the database that the environment names."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from twilio_nb.domain.values import ValueDefinition, check_environment
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import readable
from twilio_nb.storage.secrets import Secret, find_secret

ENVIRONMENT_VARIABLE = "TWILIO_NB_ENVIRONMENT"


class StoredValues:
    """The values that a database holds.

    Every method raises `StoreUnavailable` within the database's timeout when MongoDB is away, and
    `StorageError` when it refuses.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    _unreadable: ClassVar[set[str]] = set()  # what was said once

    def __init__(self, database: Database) -> None:
        self._database = database
        self._values = database.collection("values")

    def find(self, name: str, environment: str | None = None) -> ValueDefinition | None:
        """Return a value, or None.

        Parameters
        ----------
        name : str
            Its name.
        environment : str, optional
            Tag of the environment it belongs to.

        Returns
        -------
        ValueDefinition or None

        Raises
        ------
        ConfigurationError
            If what is stored is none.
        """
        with self._database.operation():
            document = self._values.find_one({"_id": ValueDefinition(name, environment=environment).key})
        return None if document is None else ValueDefinition.from_document(document)

    def all(self) -> list[ValueDefinition]:
        """List all values by name, without those that cannot be read; they are named in the log."""
        with self._database.operation():
            found = readable(ValueDefinition, self._values.find(), self._unreadable)
        return sorted(found, key=lambda one: (one.environment is not None, one.environment or "", one.name))

    def save(self, definition: ValueDefinition) -> None:
        """Store a value in place of the one that has its name."""
        with self._database.operation():
            self._values.replace_one({"_id": definition.key}, definition.to_document(), upsert=True)

    def remove(self, name: str, environment: str | None = None) -> bool:
        """Forget a value; return whether there was one."""
        with self._database.operation():
            key = ValueDefinition(name, environment=environment).key
            return self._values.delete_one({"_id": key}).deleted_count == 1


class LookedUp(Mapping[str, Any]):
    """A mapping whose items are looked up when they are first asked for, and that shows none of them.

    Parameters
    ----------
    find : callable
        Returns the item of a name, or raises KeyError.
    names : callable
        Returns the names.
    """

    def __init__(self, find: Callable[[str], Any], names: Callable[[], Iterable[str]]) -> None:
        self._find = cache(find)
        self._names = names

    def __getitem__(self, name: str) -> Any:
        return self._find(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(list(self._names()))


def find_value(name: str) -> Any:
    """Return the value of a name.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    object
        As it was stored; a :class:`~twilio_nb.storage.secrets.Secret` if it comes from a secret.

    Raises
    ------
    KeyError
        If there is none.
    SecretNotFound
        If its secret has no value.
    StoreUnavailable
        If MongoDB is away.
    """
    with Database.open() as database:
        definition = StoredValues(database).find(name)
    if definition is None:
        raise KeyError(name)
    # TWILIO_AUTH_TOKEN stands in for a service's secret, and for no other.
    return find_secret(definition.value, own=True) if definition.from_secret else definition.value


def value_names() -> list[str]:
    """Return the names of all values that belong to no environment."""
    with Database.open() as database:
        return [one.name for one in StoredValues(database).all() if one.environment is None]


def environment_tag() -> str:
    """Return the tag of the environment that this process runs in; empty for none.

    Raises
    ------
    ConfigurationError
        If the variable names none.
    """
    tag = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    try:
        return check_environment(tag)
    except ConfigurationError as error:
        message = f"{ENVIRONMENT_VARIABLE} names no environment. {error}"
        raise ConfigurationError(message) from None


def environment_values() -> dict[str, Any]:
    """Return the values of the environment that this process runs in."""
    tag = environment_tag()
    with Database.open() as database:
        return {one.name: one.value for one in StoredValues(database).all() if one.environment == tag}


def revealed(name: str) -> Any:
    """Return the value of a name as conditions compare it, that of a secret as the text itself."""
    found = find_value(name)
    return found.reveal() if isinstance(found, Secret) else found
