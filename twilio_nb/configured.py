"""A service as the retired service kept it in the folder of an app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.domain.definitions import ServiceDefinition
    from twilio_nb.ruling import Rules
    from twilio_nb.storage.database import Database


class Configured:
    """How a service becomes files; a base of :class:`~twilio_nb.service.Service`."""

    database: Database
    definition: ServiceDefinition

    @property
    def rules(self) -> Rules:
        """What may be sent."""
        raise NotImplementedError

    def to_config(self) -> dict[str, dict[str, Any]]:
        """Return the files of the folder ``services/<name>`` that App Services would have had of this service.

        Returns
        -------
        dict
            By path in that folder, such as ``"rules/allow-send.json"``, what stands in each; of secrets the names
            only. Not in it are the handlers, which are Python, and what a file has no place for: sender,
            addresses, how many texts a handler works on and how long.

        Raises
        ------
        ConfigurationError
            If the service uses an API key, or a condition, or what names the user of a webhook, is a Python function.

        Notes
        -----
        https://www.mongodb.com/docs/atlas/app-services/reference/config/v20210101/services/

        Examples
        --------
        >>> service.to_config()["config.json"]["secret_config"]
        {'auth_token': 'hotline'}
        """
        webhooks = [
            WebhookConfiguration.of(one).to_config()
            for one in Registry(self.database).webhooks(self.definition.name)
        ]
        return {
            "config.json": ServiceConfiguration.of(self.definition).to_config(),
            **{f"incoming_webhooks/{one['name']}/config.json": one for one in webhooks},
            **{f"rules/{one['name']}.json": one for one in self.rules.to_config()},
        }
