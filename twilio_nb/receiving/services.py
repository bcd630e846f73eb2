"""The services a receiver answers for: those stored in its default database, those of its kernels."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import StorageError, WebhookNotFound
from twilio_nb.receiving.announcements import Announcements
from twilio_nb.receiving.readings import Reading, read_all, read_webhooks
from twilio_nb.receiving.stores import Store, Stores
from twilio_nb.storage.secrets import Secret

_FRESH = 5.0  # seconds for which a definition is taken as it was read
_MISSED = 0.2  # the same for one that was not there: unsigned requests must not become reads of MongoDB


@dataclass(frozen=True)
class Known:
    """A service as the receiver knows it.

    Attributes
    ----------
    definition : ServiceDefinition
        What is stored about it.
    store : Store
        Where its texts go.
    tokens : tuple of Secret
        What its requests may be signed with.
    webhook : WebhookDefinition or None
        The webhook that was asked for; None for status callbacks.
    secrets : tuple of Secret
        What the webhook's address may hold, where it must hold a secret.
    """

    definition: ServiceDefinition
    store: Store
    tokens: tuple[Secret, ...]
    webhook: WebhookDefinition | None
    secrets: tuple[Secret, ...] = ()


class Services:
    """Finds services and their webhooks by name, without a read of MongoDB for each request.

    Parameters
    ----------
    stores : Stores
        The databases.

    Attributes
    ----------
    toggled : callable
        Told of a store and a webhook in it that was paused, or resumed.
    removed : callable
        Told of a store and the ``service/name`` of a webhook that a kernel defined, and somebody removed.
    """

    def __init__(self, stores: Stores) -> None:
        self.toggled: Callable[[Store, WebhookDefinition], None] = lambda store, webhook: None
        self.removed: Callable[[Store, str], None] = lambda store, key: None
        self._stores = stores
        self._announced = Announcements()
        self._defined: dict[tuple[str, str], WebhookDefinition] = {}
        self._defined_at: dict[tuple[str, str], float] = {}
        self._readings: dict[str, Reading] = {}
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self._refresh(stores.default)

    def announce(
        self,
        owner: str,
        definition: ServiceDefinition,
        database: str,
        tokens: Sequence[str],
        secrets: Mapping[str, Sequence[str]],
    ) -> Store:
        """Take in a service of a kernel, as `Announcements.take` does, and return where its texts go."""
        self._announced.take(owner, definition, database, tokens, secrets)
        store = self._stores.get(database)
        self._refresh(store)
        return store

    def leave(self, owner: str) -> None:
        """Take notice that a kernel left; its services stay known."""
        self._announced.leave(owner)

    def define(self, store: Store, definition: WebhookDefinition) -> bool:
        """Take in a webhook of a kernel, which has stored its definition a moment ago.

        Parameters
        ----------
        store : Store
            Where its texts go.
        definition : WebhookDefinition
            The webhook. It stays defined when the kernel leaves.

        Returns
        -------
        bool
            Whether the webhooks are to be read anew: it was known with another secret in its address, or has one of
            which no value is known.
        """
        key, reading = definition.key, self._readings.get(store.name)
        before = [self._defined.get((store.name, key)), reading and reading.webhooks.get(key)]
        self._defined[store.name, key] = definition
        self._defined_at[store.name, key] = asyncio.get_running_loop().time()
        unknown = definition.secret is not None and not self.secrets(store, definition)
        return unknown or any(one and one.secret != definition.secret for one in before)

    def secrets(self, store: Store, webhook: WebhookDefinition) -> tuple[Secret, ...]:
        """Return what a webhook's address may hold; nothing where it asks for no secret, or for an unknown one.

        A kernel may go on for weeks with a value that was replaced elsewhere. So what kernels say of it counts until
        this process has looked for itself and found one; a simulated account's own is kept nowhere, and counts always.
        """
        if webhook.secret is None:
            return ()
        reading = self._readings.get(store.name)
        found = reading.secrets.get(webhook.secret, ()) if reading else ()
        definition = self._announced.definition(store.name, webhook.service)
        is_simulated = definition is not None and definition.sandbox
        since = reading.looked if reading and found and not is_simulated else 0.0
        said = self._announced.secrets(store.name, webhook.service, webhook.secret, since)
        return tuple(dict.fromkeys((*said, *found)))

    def forget(self, store: Store, key: str) -> None:
        """Forget a kernel's webhook; what is stored of it counts until that is read anew.

        Parameters
        ----------
        store : Store
            Where its texts go.
        key : str
            The webhook's ``service/name``.
        """
        self._defined.pop((store.name, key), None)
        self._defined_at.pop((store.name, key), None)

    async def find(self, service: str, webhook: str | None) -> list[Known]:
        """Return the services of a name that have the webhook: a stored one, sandboxes of kernels.

        Parameters
        ----------
        service : str
            Name of the service.
        webhook : str or None
            Name of the webhook; None when any service of the name will do.

        Returns
        -------
        list of Known
            At least one. Which of them a request is for is shown by its signature.

        Raises
        ------
        WebhookNotFound
            If there is none.
        StoreUnavailable
            If that cannot be said, because nothing could be read yet.
        """
        candidates = self._candidates(service)
        found = self._find(candidates, service, webhook)
        for store in candidates:
            age = self._age(store)
            # Before the first reading it is not known whether a kernel's webhook is paused.
            unread = age == float("inf") and any(known.store is store for known in found)
            if unread or (not found and age > _MISSED):
                await asyncio.shield(self._refresh(store))
                found = self._find(candidates, service, webhook)
            elif age > _FRESH:
                self._refresh(store)  # for the next request; a store that is away must not delay this one
        if not found:
            message = (
                f"No webhook {webhook!r} was ever defined for a service {service!r}. Define it in a cell "
                "with %%twilio_webhook, or use the service's 'inbox'."
                if webhook
                else f"There is no service {service!r}."
            )
            raise WebhookNotFound(message)
        return found

    async def look(self, store: Store) -> None:
        """Read a store's webhooks as they are now, whatever is being read already.

        Raises
        ------
        StorageError
            If it is away.
        """
        if store.name not in self._readings:
            await asyncio.shield(self._refresh(store))
        time = asyncio.get_running_loop().time()
        webhooks, secrets = await store.registry(partial(read_webhooks, anew=self._has_news(store)))
        before = self._readings[store.name]
        if before.looked <= time:  # else a later look was quicker
            self._take(store, replace(before, webhooks=webhooks, secrets=secrets, looked=time))

    async def overview(self, store: Store) -> list[tuple[Known, list[WebhookDefinition]]]:
        """Return the services of a store, each with its webhooks, read anew where that was a while ago.

        Raises
        ------
        StorageError
            If it is away.
        """
        if self._age(store) > _MISSED:
            await asyncio.shield(self._refresh(store))
        return self.known(store)

    def known(self, store: Store) -> list[tuple[Known, list[WebhookDefinition]]]:
        """Return what `overview` does, as far as it was read already."""
        reading = self._readings.get(store.name)
        names = {*(reading.services if reading else ()), *self._announced.services(store.name)}
        webhooks = {
            key: webhook for (database, key), webhook in self._defined.items() if database == store.name
        }
        webhooks |= reading.webhooks if reading else {}
        services = [self._service(store, name) for name in sorted(names)]
        return [
            (
                known,
                [
                    _inbox(known.definition.name),
                    *(
                        webhooks[key]
                        for key in sorted(webhooks)
                        if webhooks[key].service == known.definition.name
                    ),
                ],
            )
            for known in services
            if known is not None
        ]

    def _find(self, candidates: list[Store], service: str, webhook: str | None) -> list[Known]:
        found = []
        for store in candidates:
            known = self._service(store, service)
            if known is None:
                continue
            reading = self._readings.get(store.name)
            asked = None
            if webhook == INBOX:
                asked = _inbox(service)
            elif webhook:
                key = f"{service}/{webhook}"
                asked = (reading and reading.webhooks.get(key)) or self._defined.get((store.name, key))
                if asked is None:
                    continue
            secrets = self.secrets(store, asked) if asked else ()
            found.append(replace(known, webhook=asked, secrets=secrets))
        return found

    def _service(self, store: Store, service: str) -> Known | None:
        reading = self._readings.get(store.name)
        stored = reading and reading.services.get(service)
        definition = stored or self._announced.definition(store.name, service)
        if not definition:
            return None
        tokens = self._announced.tokens(store.name, service)
        if reading and not definition.sandbox:
            tokens += reading.tokens.get(service, ())
        return Known(definition, store, tuple(dict.fromkeys(tokens)), None)

    def _candidates(self, service: str) -> list[Store]:
        names = [self._stores.default.name, *self._announced.databases(service)]
        return [self._stores.get(name) for name in dict.fromkeys(names)]

    def _age(self, store: Store) -> float:
        reading = self._readings.get(store.name)
        return asyncio.get_running_loop().time() - reading.time if reading else float("inf")

    def _refresh(self, store: Store) -> asyncio.Task[None]:
        """Begin to read a store's definitions, unless that has begun."""
        running = self._refreshing.get(store.name)
        if running is None or running.done():
            running = self._refreshing[store.name] = asyncio.create_task(self._read(store))
            running.add_done_callback(_retrieved)
        return running

    async def _read(self, store: Store) -> None:
        time = asyncio.get_running_loop().time()
        reading = await store.registry(partial(read_all, time=time, anew=self._has_news(store)))
        before = self._readings.get(store.name)
        if before is not None and before.looked > time:
            reading = replace(reading, webhooks=before.webhooks, secrets=before.secrets, looked=before.looked)
        self._take(store, reading)

    def _has_news(self, store: Store) -> bool:
        """Tell whether kernels may know of secrets that were kept since they were looked for."""
        reading = self._readings.get(store.name)
        return reading is not None and self._announced.is_newer(store.name, reading.looked)

    def _take(self, store: Store, reading: Reading) -> None:
        before = self._readings.get(store.name)
        self._readings[store.name] = reading
        for name in before.services.keys() - reading.services.keys() if before else ():  # it was removed
            self._announced.withdraw(store.name, name, reading.time)
        # A kernel stores a webhook before it tells of it: what a later look does not find was removed, by whomever.
        told = [
            key for (name, key), at in self._defined_at.items() if name == store.name and at < reading.looked
        ]
        for key in [key for key in told if key not in reading.webhooks]:
            self.forget(store, key)
            self.removed(store, key)
        for name in before.secrets.keys() - reading.secrets.keys() if before else ():  # it was deleted
            self._announced.retract(store.name, name, reading.looked)
        for key, webhook in reading.webhooks.items():
            known = (before and before.webhooks.get(key)) or self._defined.get((store.name, key))
            if known and known.enabled != webhook.enabled:
                self.toggled(store, webhook)


@lru_cache(maxsize=256)
def _inbox(service: str) -> WebhookDefinition:
    return WebhookDefinition(service, INBOX)


def _retrieved(task: asyncio.Task[None]) -> None:
    """Take note of a failed refresh that nobody waits for, so that asyncio does not complain of it."""
    if not task.cancelled() and not isinstance(error := task.exception(), StorageError | None):
        task.get_loop().call_exception_handler({"message": "Reading definitions failed", "exception": error})
