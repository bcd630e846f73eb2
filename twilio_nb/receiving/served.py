"""What this kernel serves, and how it tells the receiver: services, then the handlers of their webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.receiving.delivery import Delivery
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.link import Link
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret


@dataclass(frozen=True)
class Addresses:
    """Where the world finds the receiver: base URLs ending in a slash.

    Attributes
    ----------
    loopback : str or None
        For the sandbox, on this machine.
    public : tuple of str
        For Twilio; may be empty.
    """

    loopback: str | None = None
    public: tuple[str, ...] = ()


@dataclass(frozen=True)
class Served:
    """A service whose texts this kernel takes.

    Attributes
    ----------
    definition : ServiceDefinition
        The service.
    database : Database
        Where its texts are.
    tokens : tuple of Secret
        What its requests may be signed with.
    secrets : mapping
        What the addresses of its webhooks may hold, by the names of the secrets.
    delivery : Delivery
        Sends the replies that come late.
    """

    definition: ServiceDefinition
    database: Database
    tokens: tuple[Secret, ...]
    secrets: Mapping[str, Sequence[Secret]]
    delivery: Delivery


def announce(link: Link, served: Served) -> None:
    """Tell the receiver of a service; it keeps tokens and secrets in memory.

    Parameters
    ----------
    link : Link
        The connection.
    served : Served
        The service.
    """
    link.send(
        "service",
        definition=served.definition.to_document(),
        database=served.database.name,
        tokens=[token.reveal() for token in served.tokens],
        secrets={name: [one.reveal() for one in values] for name, values in served.secrets.items()},
    )


def offer(link: Link, handler: Handler) -> None:
    """Register a handler, of a service that was announced.

    Parameters
    ----------
    link : Link
        The connection.
    handler : Handler
        The handler.
    """
    definition = handler.definition.to_document()
    del definition["can_evaluate"]  # for the kernel alone, and perhaps no JSON
    link.send("register", definition=definition)
