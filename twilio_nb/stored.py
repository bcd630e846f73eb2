"""What is stored of a service itself: changed, and removed."""

from __future__ import annotations

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.inlet import Inlet
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry


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

    def _use(self, definition: ServiceDefinition) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Close it in this notebook."""
        raise NotImplementedError
