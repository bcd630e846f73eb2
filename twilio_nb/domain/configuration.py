"""The retired service's `config.json`: how a Twilio service was kept in an exported app.

It was written by hand and by several generations of tools, so it is read leniently and written in one form. A file
that holds the auth token itself is refused: the token belongs under a secret's name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import check_secret_name
from twilio_nb.domain.sids import check_account_sid
from twilio_nb.errors import ConfigurationError

_TYPE = "twilio"
_VERSION = 1
_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])")
_PLACEHOLDER = re.compile(r"\s*(<.*>|\{.*\}|replace.?me|)\s*", re.IGNORECASE | re.DOTALL)
_INLINE = (
    "That file holds the auth token itself, which belongs in no file and no notebook; nothing of it was taken. Take "
    "the token out, paste the rest again, and enter the token in the password field. Where others could read the file, "
    "replace the token in Twilio's console."
)
_EXPECTED = 'expected {"name": …, "type": "twilio", "config": {"sid": "AC…"}, "secret_config": {"auth_token": "NAME"}}'


class TokenFound(ConfigurationError):
    """A file holds the auth token itself, and must not be kept anywhere."""


@dataclass(frozen=True)
class Configuration:
    """What a `config.json` says of a service.

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
    """

    name: str
    account_sid: str | None
    secret: str | None
    notes: tuple[str, ...] = ()


def read_configuration(text: str) -> Configuration:
    """Read a `config.json`.

    Parameters
    ----------
    text : str
        The file's content. Keys that are not known are passed over.

    Returns
    -------
    Configuration
        What it says.

    Raises
    ------
    TokenFound
        If it holds an auth token, wherever.
    ConfigurationError
        If it is none, or is of another kind of service.

    Examples
    --------
    >>> read_configuration('{"name": "hotline", "type": "twilio", "config": {"sid": ""}}').name
    'hotline'
    """
    if _TOKEN.search(text):  # also one in what is no JSON
        raise TokenFound(_INLINE)
    document = _document(text)
    config, secret_config = _part(document, "config"), _part(document, "secret_config")
    secret = secret_config.get("auth_token")
    if config.get("auth_token"):
        raise TokenFound(_INLINE)
    kind = document.get("type")
    if kind not in (None, _TYPE) or not isinstance(document.get("name"), str):
        found = f"of the type {kind!r}" if isinstance(kind, str) and kind != _TYPE else "without a name"
        message = f"That is no Twilio service, but something {found}; {_EXPECTED}."
        raise ConfigurationError(message)
    notes = []
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", document["name"].strip())[:64] or "myTwilio"
    if name != document["name"]:
        notes.append(
            f"Its name is {name!r} here, where names are 1 to 64 ASCII letters, digits, '_' and '-'."
        )
    sid: str | None = str(config.get("sid") or "").strip()
    if _PLACEHOLDER.fullmatch(sid or ""):
        sid = None
        notes.append("The file has no Account SID; enter it.")
    else:
        check_account_sid(sid or "", name)
    if not secret or _PLACEHOLDER.fullmatch(str(secret)):
        secret = None
        notes.append("The file names no secret, so the auth token is kept under the service's name.")
    return Configuration(name, sid, check_secret_name(str(secret)) if secret else None, tuple(notes))


def write_configuration(definition: ServiceDefinition) -> str:
    """Write a service as a `config.json`; the auth token is not in it, only the name of its secret.

    Parameters
    ----------
    definition : ServiceDefinition
        The service. Its sender and addresses have no place in such a file.

    Returns
    -------
    str
        JSON, always in the same order.

    Raises
    ------
    ConfigurationError
        If it uses an API key, of which such a file knows nothing.

    Examples
    --------
    >>> print(write_configuration(ServiceDefinition("hotline", "AC" + "0" * 32)).splitlines()[1].strip())
    "name": "hotline",
    """
    if definition.api_key is not None:
        message = (
            "A config.json has no place for an API key; write it for a service that uses the auth token."
        )
        raise ConfigurationError(message)
    document = {
        "name": definition.name,
        "type": _TYPE,
        "config": {"sid": definition.account_sid},
        "secret_config": {"auth_token": definition.secret},
        "version": _VERSION,
    }
    return json.dumps(document, indent=4) + "\n"


def _document(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text.strip().removeprefix("\ufeff"))
    except ValueError as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        message = f"That is no JSON{where}; paste the whole of a service's config.json: {_EXPECTED}."
        raise ConfigurationError(message) from None  # the error holds the text, and that perhaps a token
    if not isinstance(document, dict):
        message = f"That is no service's config.json; {_EXPECTED}."
        raise ConfigurationError(message)
    services = document.get("services")
    if isinstance(services, dict):  # secrets.json, and the single file of 2017
        if any(_holds_token(one) for one in services.values()):
            raise TokenFound(_INLINE)
        message = (
            f"That is the file of a whole app; paste the config.json of one of its services: {_EXPECTED}."
        )
        raise ConfigurationError(message)
    return document


def _holds_token(part: object) -> bool:
    if isinstance(part, dict):
        return any((key == "auth_token" and value) or _holds_token(value) for key, value in part.items())
    return False


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, dict) else {}
