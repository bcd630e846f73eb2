"""Where a service's texts and status callbacks come in: its addresses, and what has to run for them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from twilio_nb.domain.address_secret import shown_with, with_secret
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import RETRY_FRAGMENT, status_path, webhook_path
from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.receiving.address import public_bases
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret

if TYPE_CHECKING:
    from twilio_nb.receiving.host import Host
    from twilio_nb.sending.gateway import Gateway

logger = logging.getLogger(__name__)


class Inlet:
    """The way in of one service.

    Parameters
    ----------
    definition : ServiceDefinition
        The service.
    database : Database
        Where its texts are stored.
    tokens : callable
        Returns the auth tokens with which signatures are checked: two while one is rotated.
    secrets : callable
        Returns what an address may hold as the secret of a name: two values while one is rotated.
    gateway : callable
        Returns the way to Twilio, for replies that come late.
    """

    def __init__(
        self,
        definition: ServiceDefinition,
        database: Database,
        tokens: Callable[[], Sequence[Secret]],
        secrets: Callable[[str], Sequence[Secret]],
        gateway: Callable[[], Gateway],
    ) -> None:
        self._definition = definition
        self._database = database
        self._tokens = tokens
        self._secrets = secrets
        self._gateway = gateway
        self._is_open: bool | None = None

    def open(self, secret: str | None = None) -> Host:
        """Connect this kernel to the receiver, starting what must be started.

        Parameters
        ----------
        secret : str, optional
            Name of a secret that an address is to hold, besides those of the webhooks that are answered here.

        Returns
        -------
        Host
            The host of this kernel's handlers.

        Raises
        ------
        ConfigurationError
            If the service sends only, the receiver cannot be started, or it runs another release.
        SecretNotFound
            If the auth token is not known, or `secret` is not.
        """
        from twilio_nb.receiving.host import Host

        if self._definition.sends_only:
            raise ConfigurationError(self._definition.sends_only)

        host = Host.start()
        host.serve(
            self._definition, self._database, self._tokens(), self._gateway(), self._values(host, secret)
        )
        self._is_open = True
        return host

    def renew(self) -> None:
        """Tell the receiver of tokens that changed, if this kernel serves the service."""
        from twilio_nb.receiving.host import Host

        host = Host.running()
        if host and host.serves(self._definition.name, self._database.name):
            try:
                self.open()
            except TwilioNBError as error:
                # What was received so far still is; sending, and looking at what is wrong, must go on.
                logger.warning("The receiver keeps the tokens of %s it has: %s", self._definition.name, error)

    def address(self, webhook: str, secret: str | None = None) -> str | None:
        """Return the address of a webhook as it may be shown, or None while it is not known what the world sees.

        Parameters
        ----------
        webhook : str
            Its name.
        secret : str, optional
            Name of the secret that it must hold; its value is not in it.
        """
        base = self._base()
        if base is None:
            return None
        return shown_with(f"{base}{webhook_path(self._definition.name, webhook)}{RETRY_FRAGMENT}", secret)

    def whole_address(self, webhook: str, secret: str | None = None) -> Secret | None:
        """Return the address of a webhook as Twilio is to call it, with the value of its secret.

        Raises
        ------
        SecretNotFound
            If the secret is not known.
        """
        address = self.address(webhook)
        if address is None or secret is None:
            return None if address is None else Secret(address)
        return Secret(
            with_secret(address, self._secrets(secret)[-1].reveal())
        )  # the next one, if it is rotated

    def status_callback(self) -> str | None:
        """Return the address for status callbacks, or None where they could not be taken.

        Who configured a public address wants them, so that starts the receiver. An address that a hub
        announces to everybody does not: nothing runs before it is wanted.
        """
        from twilio_nb.receiving.host import Host

        base = self._base()
        if base and self._is_open is None and (self._definition.public_url or Host.running()):
            try:
                self.open()
            except TwilioNBError as error:
                # A text is not held up for want of callbacks; Message.refresh tells its status as well.
                logger.warning("Status callbacks cannot be taken: %s", error)
                self._is_open = False
        return (
            f"{base}{status_path(self._definition.name)}{RETRY_FRAGMENT}" if base and self._is_open else None
        )

    def _values(self, host: Host, secret: str | None) -> dict[str, Sequence[Secret]]:
        """Find what addresses must hold; only of the webhook that is being defined it has to be there."""
        here = [one.definition for one in host.handlers() if one.service == self._definition.name]
        found = {}
        for name in {one.secret for one in here} - {None, secret}:
            with contextlib.suppress(ConfigurationError):
                found[str(name)] = self._secrets(str(name))
        return found if secret is None else found | {secret: self._secrets(secret)}

    def _base(self) -> str | None:
        if self._definition.sends_only:
            return None
        if not self._definition.sandbox:
            return next(iter(public_bases(self._definition)), None)
        from twilio_nb.receiving.host import Host

        host = Host.running()
        return host.addresses.loopback if host and host.addresses else None
