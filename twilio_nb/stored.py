"""What is stored of a service and its webhooks: changed, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError
from twilio_nb.inlet import Inlet
from twilio_nb.storage.database import Database
from twilio_nb.storage.known_names import unknown_webhook
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.receiving.host import Host


class Stored:
    """The definition of a service in its database; a base of :class:`~twilio_nb.service.Service`."""

    definition: ServiceDefinition
    database: Database
    _inlet: Inlet

    def redefine(self, definition: ServiceDefinition) -> None:
        """Store the service with another sender, public address or key; this object uses them from then on.

        Parameters
        ----------
        definition : ServiceDefinition
            Such as ``dataclasses.replace(service.definition, sender="+15558675310")``. Name and account stay.

        Raises
        ------
        ConfigurationError
            If the name belongs to another account.
        StoreUnavailable
            If MongoDB cannot be reached.
        """
        Registry(self.database).save_service(definition)
        self._use(definition)
        self._inlet.renew()

    def remove(self) -> None:
        """Forget the service, for all notebooks, and close it here: its account, sender and addresses.

        Its texts, log, rules and webhooks stay, and so does its secret: a service of the same name finds them again.
        This is also how a wrong Account SID is corrected: remove the service, and connect it anew. What Twilio still
        sends to its addresses is refused within seconds.

        Raises
        ------
        ConfigurationError
            If it is that of a simulated account, which ends with ``account.close()``.
        StoreUnavailable
            If MongoDB cannot be reached; then nothing was removed.

        Examples
        --------
        >>> twilio_nb.connect("myTwilo").remove()
        """
        if self.definition.sandbox:
            message = f"{self.definition.name!r} is a simulated account; its close() ends it."
            raise ConfigurationError(message)
        Registry(self.database).remove_service(self.definition.name)
        self.close()

    def remove_webhook(self, name: str) -> None:
        """Forget a webhook, for all notebooks, as one with a misspelt name; its function here answers no more.

        A notebook of another Jupyter Server that answers it is told within ten seconds.
        Its texts and log entries stay: a webhook of the same name finds them again. What Twilio still sends to its
        address is refused from then on, so point the number elsewhere first.

        Parameters
        ----------
        name : str
            Name of the webhook.

        Raises
        ------
        WebhookNotFound
            If there is none.
        ConfigurationError
            If it is ``inbox``, another notebook answers it, or the receiver cannot be started or does not answer.
        StoreUnavailable
            If MongoDB cannot be reached.

        Examples
        --------
        >>> service.remove_webhook("savetext")
        """
        if name == INBOX:
            message = f"Every service has its {INBOX!r}, which only stores texts; it cannot be removed."
            raise ConfigurationError(message)
        host, registry = self.receive(), Registry(self.database)
        here = [(one.service, one.name) for one in host.handlers()]
        if (self.definition.name, name) not in here and registry.webhook(self.definition.name, name) is None:
            raise unknown_webhook(self.database, self.definition.name, name)
        if (other := host.release(self.definition.name, name)) is not None:
            message = (
                f"{other.capitalize()} answers {self.definition.name}/{name}, so it was not removed. Shut that "
                "notebook's kernel down, then remove the webhook."
            )
            raise ConfigurationError(message)
        registry.remove_webhook(self.definition.name, name)
        host.enable(self.definition.name, name)

    def receive(self) -> Host:
        """Connect this kernel to the receiver."""
        raise NotImplementedError

    def _use(self, definition: ServiceDefinition) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Close it in this notebook."""
        raise NotImplementedError
