"""The registry: services and webhooks, kept so that every notebook finds them again."""

import logging
from collections.abc import Iterable
from typing import Any, TypeVar

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from twilio_nb.domain.definitions import RuleDefinition, ServiceDefinition, Stored, WebhookDefinition
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError, ServiceAlreadyExists, ServiceNotFound
from twilio_nb.storage.database import Database

T = TypeVar("T", bound=Stored)

_FIRST_RULE = "allow-send"

logger = logging.getLogger(__name__)


class Registry:
    """The definitions that a database holds.

    Every method raises `StoreUnavailable` within the database's timeout when MongoDB is away, and
    `StorageError` when it refuses.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._services = database.collection("services")
        self._webhooks = database.collection("webhooks")
        self._rules = database.collection("rules")
        self._unreadable: set[str] = set()  # what was said once

    def service(self, name: str) -> ServiceDefinition:
        """Return a service.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        ServiceDefinition
            As it was last saved.

        Raises
        ------
        ServiceNotFound
            If there is none; the message lists those there are.
        """
        with self._database.operation():
            document = self._services.find_one({"_id": name})
            if document is not None:
                return ServiceDefinition.from_document(document)
            known = ", ".join(repr(known["_id"]) for known in self._services.find({}, ["_id"]).sort("_id"))
        message = (
            f"The database {self._database.name!r} has no service {name!r}; it has {known or 'none at all'}. "
            f"Define it with twilio_nb.connect({name!r}, account_sid='AC…')."
        )
        raise ServiceNotFound(message)

    def services(self) -> list[ServiceDefinition]:
        """List all services.

        Returns
        -------
        list of ServiceDefinition
            By name, without those that cannot be read; they are named in the log.
        """
        with self._database.operation():
            return readable(ServiceDefinition, self._services.find().sort("_id"), self._unreadable)

    def save_service(self, definition: ServiceDefinition) -> None:
        """Store a service. A new one gets a rule that allows ``send``, to be seen and narrowed.

        Parameters
        ----------
        definition : ServiceDefinition
            The service.

        Raises
        ------
        ServiceAlreadyExists
            If another account has that name.
        """
        document = definition.to_document()
        rule = RuleDefinition(definition.name, _FIRST_RULE).to_document()

        def save(session: ClientSession) -> None:
            mine = {"_id": definition.name, "account_sid": definition.account_sid}
            saved = self._services.replace_one(mine, document, upsert=True, session=session)
            if saved.did_upsert:
                self._rules.replace_one({"_id": rule["_id"]}, rule, upsert=True, session=session)

        with self._database.operation():
            try:
                # Both or neither: a service without its rule could not send, and nobody would know why.
                with self._database.client.start_session() as session:
                    session.with_transaction(save)
            except DuplicateKeyError:
                message = (
                    f"The name {definition.name!r} belongs to another account in the database "
                    f"{self._database.name!r}; choose another name for {definition.account_sid}, or remove that one "
                    f"with twilio_nb.connect({definition.name!r}).remove(), which keeps its texts."
                )
                raise ServiceAlreadyExists(message) from None

    def remove_service(self, name: str) -> None:
        """Forget a service; its texts, webhooks and rules stay.

        Parameters
        ----------
        name : str
            Its name; nothing happens if there is none.
        """
        with self._database.operation():
            self._services.delete_one({"_id": name})

    def webhook(self, service: str, name: str) -> WebhookDefinition | None:
        """Return a webhook.

        Parameters
        ----------
        service, name : str
            Its service and its name.

        Returns
        -------
        WebhookDefinition or None
            None if it was never defined. ``inbox`` needs no definition.
        """
        if name == INBOX:
            return WebhookDefinition(service, INBOX)
        with self._database.operation():
            document = self._webhooks.find_one({"_id": f"{service}/{name}"})
            return None if document is None else WebhookDefinition.from_document(document)

    def webhooks(self, service: str | None = None) -> list[WebhookDefinition]:
        """List the webhooks that were defined.

        Parameters
        ----------
        service : str, optional
            Only those of one service.

        Returns
        -------
        list of WebhookDefinition
            By service and name, without those that cannot be read; they are named in the log.
        """
        with self._database.operation():
            return readable(
                WebhookDefinition, self._webhooks.find(of_service(service)).sort("_id"), self._unreadable
            )

    def save_webhook(self, definition: WebhookDefinition) -> WebhookDefinition:
        """Store a webhook in place of the one that has its name. One that was paused stays paused.

        Parameters
        ----------
        definition : WebhookDefinition
            The webhook.

        Returns
        -------
        WebhookDefinition
            As it is stored now.

        Raises
        ------
        ConfigurationError
            If it is called ``inbox``, which stores texts and asks nobody.
        """
        if definition.name == INBOX:
            message = f"{INBOX!r} only stores texts; give a webhook with a handler another name."
            raise ConfigurationError(message)
        enabled = {"enabled": {"$ifNull": ["$enabled", definition.enabled]}}
        with self._database.operation():
            saved: dict[str, Any] = self._webhooks.find_one_and_update(  # type: ignore[assignment]
                {"_id": definition.key},
                [{"$replaceWith": {"$mergeObjects": [{"$literal": definition.to_document()}, enabled]}}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return WebhookDefinition.from_document(saved)

    def enable_webhook(self, service: str, name: str, *, enabled: bool) -> bool:
        """Have a webhook's texts handed to its handler, or kept until they are again.

        Parameters
        ----------
        service, name : str
            Its service and its name.
        enabled : bool
            Whether they are handed on.

        Returns
        -------
        bool
            False if it was never defined.
        """
        with self._database.operation():
            update = {"$set": {"enabled": enabled}}
            return self._webhooks.update_one({"_id": f"{service}/{name}"}, update).matched_count == 1

    def remove_webhook(self, service: str, name: str) -> None:
        """Forget a webhook; its texts and log entries stay.

        Parameters
        ----------
        service, name : str
            Its service and its name; nothing happens if there is none.
        """
        with self._database.operation():
            self._webhooks.delete_one({"_id": f"{service}/{name}"})

    def rename_secret(self, name: str, new: str) -> None:
        """Have the webhooks whose addresses must hold a secret ask for it by another name."""
        with self._database.operation():
            self._webhooks.update_many({"secret": name}, {"$set": {"secret": new}})


def readable(kind: type[T], documents: Iterable[dict[str, Any]], said: set[str]) -> list[T]:
    """Read definitions; one that somebody spoilt must not hide the others.

    Parameters
    ----------
    kind : type
        Of what they are.
    documents : iterable of dict
        As they are stored.
    said : set of str
        Those that cannot be read and were named in the log already; grows.

    Returns
    -------
    list
        Those that can be read.
    """
    read = []
    for document in documents:
        try:
            read.append(kind.from_document(document))
        except ConfigurationError:
            name = f"{kind.__name__} {document['_id']!r}"
            if name not in said:
                said.add(name)
                logger.warning("The %s cannot be read and is left out; save it again.", name)
    return read


def of_service(service: str | None) -> dict[str, Any]:
    """Return the filter for what belongs to a service, or for all."""
    return {} if service is None else {"service": service}
