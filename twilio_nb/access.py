"""How a service gets at Twilio: its token, found when it is wanted, and the gateway that uses it."""

from __future__ import annotations

import hmac

from twilio_nb.domain.address_secret import gives_away
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret, are_one, find_secret, find_secrets


class Access:
    """One service's credentials.

    Parameters
    ----------
    definition : ServiceDefinition
        The service.
    token : Secret or None
        Its token, where that is known and not to be looked for: a simulated account's.
    """

    def __init__(self, definition: ServiceDefinition, token: Secret | None = None) -> None:
        self._definition = definition
        self._given = self._token = token
        self._gateway: Gateway | None = None

    @property
    def token(self) -> Secret:
        """The auth token, or the API key's secret.

        Raises
        ------
        SecretNotFound
            If it is kept nowhere.
        """
        if self._token is None:
            self._token = find_secret(self._definition.secret, own=self._definition.api_key is not None)
        return self._token

    @property
    def tokens(self) -> tuple[Secret, ...]:
        """The token as it is kept now, and while it is rotated the next one."""
        if self._given is not None:
            return (self._given,)
        if self._definition.api_key is not None:  # another secret would belong to another key
            return find_secrets(self._definition.secret, own=True, anew=True)[:1]
        return find_secrets(self._definition.secret, anew=True)

    def address_secrets(self, name: str) -> tuple[Secret, ...]:
        """Return what an address may hold as the secret of a name, and while it is rotated the next one.

        A simulated account has one of its own making where none is kept, as it has a token.

        Raises
        ------
        SecretNotFound
            If it is kept nowhere.
        ConfigurationError
            If it is the auth token.
        """
        token = self._definition.secret
        if are_one(name, token):
            raise ConfigurationError(gives_away(name, token, self._definition.name))
        try:
            return find_secrets(name, own=True, anew=True)
        except SecretNotFound:
            if self._given is None:
                raise
        return (Secret(hmac.new(self._given.reveal().encode(), name.encode(), "sha256").hexdigest()),)

    def makes_up(self, name: str) -> bool:
        """Tell whether this is a simulated account that makes the secret of a name up, as none is kept."""
        if self._given is None:
            return False
        try:
            find_secrets(name, own=True)
        except SecretNotFound:
            return True
        except ConfigurationError:  # the file of secrets is open to others, which `address_secrets` says
            pass
        return False

    @property
    def gateway(self) -> Gateway:
        """Twilio's REST API for the account."""
        if self._gateway is None:
            self._gateway = Gateway(
                self._definition.account_sid,
                self.token,
                api_key=self._definition.api_key,
                api_url=self._definition.api_url,
                renewed=lambda: self.tokens,
            )
        return self._gateway

    def renew(self) -> None:
        """Find the secret anew when it is wanted next."""
        self._token, self._gateway = self._given, None
