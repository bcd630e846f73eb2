"""``services/<name>/config.json``: a Twilio service, without its token.

A file that holds the auth token itself is refused: the token belongs under a secret's name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from twilio_nb.domain.configuration import files
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import TOKEN_IN_TEXT, check_secret_name
from twilio_nb.domain.sids import check_account_sid
from twilio_nb.errors import ConfigurationError

_EXPECTED = 'expected {"name": …, "type": "twilio", "config": {"sid": "AC…"}, "secret_config": {"auth_token": "NAME"}}'
_TYPE = "twilio"
_VERSION = 1
_PLACEHOLDER = re.compile(r"\s*(<.*>|\{.*\}|%\(.*\)|replace.?me|)\s*", re.IGNORECASE | re.DOTALL)
_INLINE = (
    "That file holds the auth token itself, which belongs in no file and no notebook; nothing of it was taken. Take "
    "the token out, paste the rest again, and enter the token in the password field. Where others could read the file, "
    "replace the token in Twilio's console."
)


class TokenFound(ConfigurationError):
    """A file holds the auth token itself, and must not be kept anywhere."""


@dataclass(frozen=True)
class ServiceConfiguration:
    """What a service's `config.json` says.

    Attributes
    ----------
    name : str
        The service's name, as it can be used here.
    account_sid : str or None
        The account; None where the file has a placeholder.
    secret : str or None
        Name of the secret that holds the auth token; None where the file names none.
    notes : tuple of str
        Sentences on what is missing, or was changed.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/reference/config/v20210101/services/

    Examples
    --------
    >>> ServiceConfiguration.from_config({"name": "hotline", "type": "twilio", "config": {"sid": ""}}).name
    'hotline'
    """

    name: str
    account_sid: str | None
    secret: str | None
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_config(cls, document: Mapping[str, Any]) -> Self:
        """Read a service.

        Parameters
        ----------
        document : mapping
            The file's content.

        Returns
        -------
        ServiceConfiguration
            What it says.

        Raises
        ------
        TokenFound
            If it holds an auth token.
        ConfigurationError
            If it is none, or is of another kind of service.
        """
        _refuse_whole_app(document)
        config, secret_config = files.part(document, "config"), files.part(document, "secret_config")
        secret = files.wording(secret_config, "auth_token") or ""
        if config.get("auth_token") or TOKEN_IN_TEXT.search(secret):
            raise TokenFound(_INLINE)
        kind = document.get("type")
        if kind not in (None, _TYPE) or not isinstance(document.get("name"), str):
            found = f"of the type {kind!r}" if isinstance(kind, str) and kind != _TYPE else "without a name"
            message = f"That is no Twilio service, but something {found}; {_EXPECTED}."
            raise ConfigurationError(message)
        name, notes = files.named(document, "service")
        sid: str | None = str(config.get("sid") or "").strip()
        if _PLACEHOLDER.fullmatch(sid or ""):
            sid = None
            notes.append("The file has no Account SID; enter it.")
        else:
            check_account_sid(sid or "", name)
        if _PLACEHOLDER.fullmatch(secret):
            secret = ""
            notes.append("The file names no secret, so the auth token is kept under the service's name.")
        notes += files.unknown(document, ("name", "type", "config", "secret_config"))
        return cls(name, sid, check_secret_name(secret) if secret else None, tuple(notes))

    @classmethod
    def of(cls, definition: ServiceDefinition) -> Self:
        """Return what the file of a service says; its sender and its addresses have no place in it.

        Raises
        ------
        ConfigurationError
            If it uses an API key, of which such a file knows nothing.
        """
        if definition.api_key is not None:
            message = (
                "A config.json has no place for an API key; write it for a service that uses the auth token."
            )
            raise ConfigurationError(message)
        return cls(definition.name, definition.account_sid, definition.secret)

    def to_config(self) -> dict[str, Any]:
        """Return the file's content: name, type, account, the name of the secret."""
        secret = {} if self.secret is None else {"secret_config": {"auth_token": self.secret}}
        return {
            "name": self.name,
            "type": _TYPE,
            "config": {"sid": self.account_sid or ""},
            **secret,
            "version": _VERSION,
        }


def read_service(text: str | bytes) -> ServiceConfiguration:
    """Read a service's file as a person pastes it.

    Parameters
    ----------
    text : str or bytes
        The file's content.

    Returns
    -------
    ServiceConfiguration
        What it says.

    Raises
    ------
    TokenFound
        If an auth token is anywhere in it, also where it is no JSON.
    ConfigurationError
        As of `files.read` and `ServiceConfiguration.from_config`.

    Examples
    --------
    >>> read_service('{"name": "hotline", "type": "twilio", "config": {"sid": ""}}').name
    'hotline'
    """
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if TOKEN_IN_TEXT.search(plain):
        raise TokenFound(_INLINE)
    document = files.read(plain, f"paste the whole of a service's config.json: {_EXPECTED}")
    return ServiceConfiguration.from_config(document)


def _refuse_whole_app(document: Mapping[str, Any]) -> None:
    services = document.get("services")
    if not isinstance(services, dict):  # secrets.json, and the single file of 2017
        return
    if any(_holds_token(one) for one in services.values()):
        raise TokenFound(_INLINE)
    message = f"That is the file of a whole app; take the config.json of one of its services: {_EXPECTED}."
    raise ConfigurationError(message)


def _holds_token(part: object) -> bool:
    if isinstance(part, dict):
        return any((key == "auth_token" and value) or _holds_token(value) for key, value in part.items())
    return False
