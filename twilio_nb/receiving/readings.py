"""What the registry of one database held when it was read, and the secrets found for its services."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret, find_secrets


@dataclass(frozen=True)
class Reading:
    """One reading.

    Attributes
    ----------
    services, webhooks : dict
        The definitions, by key.
    tokens : dict
        What the requests of a service may be signed with, by its name.
    secrets : dict
        What the addresses of webhooks may hold, by the name of the secret.
    time : float
        When it began, on the event loop's clock.
    looked : float
        The same of the webhooks, which are read more often.
    """

    services: dict[str, ServiceDefinition]
    webhooks: dict[str, WebhookDefinition]
    tokens: dict[str, tuple[Secret, ...]]
    secrets: dict[str, tuple[Secret, ...]]
    time: float
    looked: float


def read_all(registry: Registry, time: float, anew: bool) -> Reading:
    """Read everything. Blocks; a keyring may be asked.

    Parameters
    ----------
    registry : Registry
        Of the database.
    time : float
        What it is now.
    anew : bool
        As for `read_webhooks`.

    Returns
    -------
    Reading
        Without tokens for the services, and values for the webhooks, whose secret is not found here.
    """
    services = {definition.name: definition for definition in registry.services()}
    tokens: dict[str, tuple[Secret, ...]] = {}
    for name, definition in services.items():
        if not (definition.sandbox or definition.sends_only):
            try:
                tokens[name] = find_secrets(definition.secret)
            except ConfigurationError:
                continue  # a kernel may have it; if none has, the service's requests are told so
    webhooks, secrets = read_webhooks(registry, anew)
    return Reading(services, webhooks, tokens, secrets, time, time)


def read_webhooks(
    registry: Registry, anew: bool
) -> tuple[dict[str, WebhookDefinition], dict[str, tuple[Secret, ...]]]:
    """Read the webhooks alone, by key, and what their addresses may hold, by the secret's name. Blocks.

    Parameters
    ----------
    registry : Registry
        Of the database.
    anew : bool
        Whether to ask the keyring for secrets of addresses, even if it was asked less than a minute ago.
    """
    webhooks = {definition.key: definition for definition in registry.webhooks()}
    return webhooks, _found((definition.secret for definition in webhooks.values()), anew)


def _found(names: Iterable[str | None], anew: bool) -> dict[str, tuple[Secret, ...]]:
    found = {}
    for name in set(names) - {None}:
        with contextlib.suppress(ConfigurationError):  # a kernel may have it
            found[str(name)] = find_secrets(str(name), own=True, anew=anew)
    return found
