"""What kernels said of their services: definitions, and the secrets that their requests are known by."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.storage.secrets import Secret


@dataclass(frozen=True)
class _Keys:
    """What one kernel knew a service's requests by: tokens, and by their names secrets of addresses."""

    tokens: tuple[Secret, ...]
    secrets: Mapping[str, tuple[Secret, ...]]
    time: float


@dataclass
class _Announced:
    """The definition of a service that came last, and the tokens and secrets of each kernel.

    Each for itself: one that was started before a token was rotated must not take the new one away. The
    tokens of kernels that left are kept only until another kernel announces the service.
    """

    definition: ServiceDefinition
    keys: dict[str, _Keys]
    gone: set[str]
    time: float


class Announcements:
    """The services of all kernels, also of those that left. Tokens and secrets stay in memory."""

    def __init__(self) -> None:
        self._announced: dict[tuple[str, str], _Announced] = {}

    def take(
        self,
        owner: str,
        definition: ServiceDefinition,
        database: str,
        tokens: Sequence[str],
        secrets: Mapping[str, Sequence[str]],
    ) -> None:
        """Take in a service of a kernel.

        Parameters
        ----------
        owner : str
            The kernel's name.
        definition : ServiceDefinition
            The service.
        database : str
            Name of its database.
        tokens : sequence of str
            What its requests may be signed with from now on, as far as this kernel knows: two while its auth
            token is rotated, one again to withdraw the other.
        secrets : mapping
            By the names of secrets, what the addresses of its webhooks may hold, in the same way.
        """
        key = database, definition.name
        before = self._announced.get(key)
        others = (
            {name: known for name, known in before.keys.items() if name not in before.gone} if before else {}
        )
        named = {name: tuple(map(Secret, values)) for name, values in secrets.items()}
        time = asyncio.get_running_loop().time()
        held = others | {owner: _Keys(tuple(map(Secret, tokens)), named, time)}
        self._announced[key] = _Announced(definition, held, set(), time)

    def withdraw(self, database: str, service: str, before: float) -> None:
        """Forget a service that was removed, unless it was announced anew since.

        Parameters
        ----------
        database, service : str
            Where it was.
        before : float
            The time, on the loop's clock, at which it was seen to be gone.
        """
        announced = self._announced.get((database, service))
        if announced is not None and announced.time < before:
            del self._announced[database, service]

    def leave(self, owner: str) -> None:
        """Take notice that a kernel left; its services stay known.

        Parameters
        ----------
        owner : str
            The kernel's name.
        """
        for announced in self._announced.values():
            if owner in announced.keys:
                announced.gone.add(owner)

    def definition(self, database: str, service: str) -> ServiceDefinition | None:
        """Return a service of a database as it was announced last; None if it never was."""
        announced = self._announced.get((database, service))
        return announced.definition if announced else None

    def tokens(self, database: str, service: str) -> list[Secret]:
        """Return the tokens of a service; none if it was never announced."""
        return [token for keys in self._keys(database, service) for token in keys.tokens]

    def secrets(self, database: str, service: str, name: str, since: float) -> list[Secret]:
        """Return what addresses of a service may hold as the secret of a name, as kernels said since a time."""
        keys = [one for one in self._keys(database, service) if one.time >= since]
        return [secret for one in keys for secret in one.secrets.get(name, ())]

    def retract(self, database: str, name: str, before: float) -> None:
        """Forget what was said of a secret before a time; not of simulated accounts, whose own is kept nowhere."""
        for (place, _), announced in self._announced.items():
            if place == database and not announced.definition.sandbox:
                for owner, keys in announced.keys.items():
                    if keys.time < before and name in keys.secrets:
                        left = {other: known for other, known in keys.secrets.items() if other != name}
                        announced.keys[owner] = replace(keys, secrets=left)

    def is_newer(self, database: str, time: float) -> bool:
        """Tell whether a service of a database was announced since a time."""
        return any(one.time >= time for (place, _), one in self._announced.items() if place == database)

    def services(self, database: str) -> set[str]:
        """Return the names of the services of a database."""
        return {name for place, name in self._announced if place == database}

    def databases(self, service: str) -> list[str]:
        """Return the databases that have a service of a name, in the order in which they were announced."""
        return [database for database, name in self._announced if name == service]

    def _keys(self, database: str, service: str) -> Iterator[_Keys]:
        announced = self._announced.get((database, service))
        yield from (announced.keys if announced else {}).values()
