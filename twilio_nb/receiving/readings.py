"""What the registry of one database held when it was read, and the secrets found for its services."""

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
    time : float
        When it began, on the event loop's clock.
    looked : float
        The same of the webhooks, which are read more often.
    """

    services: dict[str, ServiceDefinition]
    webhooks: dict[str, WebhookDefinition]
    tokens: dict[str, tuple[Secret, ...]]
    time: float
    looked: float


def read_all(registry: Registry, time: float) -> Reading:
    """Read everything. Blocks; a keyring may be asked.

    Parameters
    ----------
    registry : Registry
        Of the database.
    time : float
        What it is now.

    Returns
    -------
    Reading
        Without tokens for the services whose secret is not found here.
    """
    services = {definition.name: definition for definition in registry.services()}
    tokens: dict[str, tuple[Secret, ...]] = {}
    for name, definition in services.items():
        if not (definition.sandbox or definition.sends_only):
            try:
                tokens[name] = find_secrets(definition.secret)
            except ConfigurationError:
                continue  # a kernel may have it; if none has, the service's requests are told so
    return Reading(services, read_webhooks(registry), tokens, time, time)


def read_webhooks(registry: Registry) -> dict[str, WebhookDefinition]:
    """Read the webhooks alone, by key. Blocks.

    Parameters
    ----------
    registry : Registry
        Of the database.
    """
    return {definition.key: definition for definition in registry.webhooks()}
