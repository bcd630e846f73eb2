"""Where a service's texts come in: the addresses of its webhooks, and the secrets that these may hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twilio_nb.access import Access
from twilio_nb.domain.address_secret import explained, made_up
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError
from twilio_nb.inlet import Inlet
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.receiving.handlers import Handler


class Addressed:
    """The addresses of a service's webhooks; a base of :class:`~twilio_nb.service.Service`."""

    database: Database
    _access: Access
    _inlet: Inlet

    @property
    def name(self) -> str:
        """Name of the service."""
        raise NotImplementedError

    def address(self, webhook: str = INBOX) -> str:
        """Return the address to configure at Twilio for a webhook, and start receiving.

        Parameters
        ----------
        webhook : str
            Name of the webhook; ``inbox`` only stores.

        Returns
        -------
        str
            With ``#rc=2&rp=ct,5xx``, which makes Twilio repeat what could not be stored. Where the webhook asks for a
            secret, that has its name in it, ``?secret=<NAME>``, and never the value, which comes there at Twilio.

        Raises
        ------
        ConfigurationError
            If it is not known which address the world sees.
        StoreUnavailable
            If MongoDB cannot be asked for the webhook.
        """
        self.receive()
        address = self.known_address(webhook)
        if address is None:
            message = (
                "The address that Twilio can reach is not known. Tell it once: "
                f"twilio_nb.connect({self.name!r}, public_url='https://…/'), the address of this Jupyter "
                "Server as the world sees it."
            )
            raise ConfigurationError(message)
        return address

    def known_address(self, webhook: str = INBOX) -> str | None:
        """Return a webhook's address without starting anything.

        Parameters
        ----------
        webhook : str
            Name of the webhook.

        Returns
        -------
        str or None
            As `address` returns it; None while it is not known what the world sees.

        Raises
        ------
        StoreUnavailable
            If MongoDB cannot be asked for the webhook.
        """
        return self._address_of(webhook, self._secret_of(webhook))

    def _address_of(self, webhook: str, secret: str | None = None) -> str | None:
        return self._inlet.address(webhook, secret)

    def whole_address(self, webhook: str = INBOX) -> Secret | None:
        """Return a webhook's address as Twilio is to call it, which shows itself as asterisks.

        Parameters
        ----------
        webhook : str
            Name of the webhook.

        Returns
        -------
        Secret or None
            None while it is not known what the world sees. Its ``reveal()`` has the value of the webhook's secret.

        Raises
        ------
        SecretNotFound
            If that is not known.
        StoreUnavailable
            If MongoDB cannot be asked for the webhook.
        """
        return self._inlet.whole_address(webhook, self._secret_of(webhook))

    def _address_secrets(self, secret: str) -> tuple[Secret, ...]:
        """Return what an address may hold as the secret of a name: two values while it is rotated.

        Raises
        ------
        SecretNotFound
            If it is kept nowhere.
        """
        return self._access.address_secrets(secret)

    def _said_of(self, secret: str) -> list[str]:
        """Return sentences on the secret of an address."""
        return [explained(secret), *([made_up(secret)] if self._access.makes_up(secret) else [])]

    def receive(self, secret: str | None = None) -> Host:
        """Connect this kernel to the receiver, starting what must be started.

        Parameters
        ----------
        secret : str, optional
            Name of the secret that the address of a webhook is to hold, which is defined next.

        Returns
        -------
        Host
            The host of this kernel's handlers.

        Raises
        ------
        ConfigurationError
            If the receiver cannot be started, or runs another release.
        SecretNotFound
            If the auth token, with which signatures are checked, is not known, or the other secret is not.
        """
        return self._inlet.open(secret)

    def _secret_of(self, webhook: str) -> str | None:
        """Return the name of the secret that a webhook's address must hold; None if it asks for none.

        Raises
        ------
        StoreUnavailable
            If MongoDB cannot be asked.
        """
        definition = Registry(self.database).webhook(self.name, webhook)
        return definition.secret if definition else None

    def uses(self, secret: str) -> bool:
        """Tell whether a webhook that this kernel answers asks for the secret of a name."""
        return any(one.definition.secret == secret for one in self._here())

    def _rename_secret(self, name: str, new: str) -> None:
        """Have the webhooks that ask for a secret ask for it by another name, under which it must be kept already."""
        Registry(self.database).rename_secret(name, new)
        for one in self._here():
            if one.definition.secret == name:
                one.definition = replace(one.definition, secret=new)

    def _here(self) -> list[Handler]:
        host = Host.running()
        return [one for one in host.handlers() if one.service == self.name] if host else []
