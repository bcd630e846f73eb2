"""Names, and the webhook addresses that are made of them."""

import re
import unicodedata
from urllib.parse import urlsplit

from twilio_nb.errors import ConfigurationError, ServiceAlreadyExists

#: The webhook every service has without defining it: it stores texts and asks nobody.
INBOX = "inbox"

#: What handlers call MongoDB by, among the services.
DATA_SOURCE = "mongodb-atlas"

#: Appended to every webhook address shown or sent to Twilio: repeat a delivery twice, on failed
#: connections and on 5xx. It is no part of what Twilio signs.
#: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
RETRY_FRAGMENT = "#rc=2&rp=ct,5xx"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
AUTH_TOKEN = re.compile(r"(SK)?[0-9a-fA-F]{32}")
TOKEN_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])")
"""What looks like an auth token anywhere in a text; the digits of a SID have two letters before them."""


def check_name(name: object, kind: str) -> str:
    """Return a name unchanged, if it can stand in an address and in a file's name.

    Parameters
    ----------
    name : str
        A candidate: 1 to 64 ASCII letters, digits, ``_`` or ``-``.
    kind : str
        What is named, for the message: "service", "webhook".

    Returns
    -------
    str
        The same name.

    Raises
    ------
    ServiceAlreadyExists
        If a service or a sandbox is to be called as MongoDB is.
    ConfigurationError
        If it is anything else.

    Examples
    --------
    >>> check_name("saveText", "webhook")
    'saveText'
    """
    if not isinstance(name, str):
        message = (
            f"A value of type {type(name).__name__} cannot name a {kind}; give a text, such as 'my-{kind}'."
        )
        raise ConfigurationError(message)
    if AUTH_TOKEN.fullmatch(name):
        message = (
            f"That cannot name a {kind}, because it looks like an auth token, which does not belong into a "
            "notebook: choose a name, keep the token with twilio_nb.secrets.set(name), and clear this cell."
        )
        raise ConfigurationError(message)
    if name == DATA_SOURCE and kind in ("service", "sandbox"):
        message = (
            f"{name!r} is what handlers call MongoDB by, context.services.get({name!r}), so it cannot name a {kind}; "
            "choose another name."
        )
        raise ServiceAlreadyExists(message)
    if _NAME.fullmatch(name):
        return name
    if odd := re.search(r"[^A-Za-z0-9_-]", name):
        found = f"it holds {odd.group()!r}"
    else:
        found = f"it has {len(name)} characters"
    message = f"{name[:80]!r} cannot name a {kind}: {found}; use 1 to 64 ASCII letters, digits, '_' or '-'."
    raise ConfigurationError(message)


def usable_name(text: str, kind: str) -> str:
    """Return a name from elsewhere as one that can be used here.

    Parameters
    ----------
    text : str
        A name, such as one that an older tool let pass, with blanks in it.
    kind : str
        What is named, for the message.

    Returns
    -------
    str
        The same name where `check_name` takes it, else without accents, with ``-`` for what does not fit, and cut to
        64 characters; where nothing is left it is what is named.

    Raises
    ------
    ConfigurationError
        If it looks like an auth token.

    Examples
    --------
    >>> usable_name("tw1 service", "rule"), usable_name("enquête", "webhook")
    ('tw1-service', 'enquete')
    """
    if _NAME.fullmatch(text):
        return check_name(text, kind)
    parts = unicodedata.normalize("NFKD", text.strip())
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return check_name(re.sub(r"[^A-Za-z0-9_-]+", "-", plain)[:64].lstrip("-") or kind, kind)


def check_secret_name(name: str) -> str:
    """Return a secret's name unchanged, if it can be one.

    Parameters
    ----------
    name : str
        A candidate, as for `check_name`, the first character a letter or a digit. The ending ``_next``, or
        ``-next``, is kept for the token that comes next in a rotation: the environment's variable for it would be
        the same.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    ConfigurationError
        If it is anything else.

    Examples
    --------
    >>> check_secret_name("my-service")
    'my-service'
    """
    if check_name(name, "secret")[0] in "_-":
        message = (
            f"{name!r} cannot name a secret: it begins with {name[0]!r}; begin with a letter or a digit. A service "
            "names its secret with connect(…, secret='…')."
        )
        raise ConfigurationError(message)
    if re.search(r"[_-]next$", name, re.IGNORECASE):
        message = (
            f"{name!r} cannot name a secret: its ending is kept for the token that comes next in a rotation. "
            "Choose another name; a service names its secret with connect(…, secret='…')."
        )
        raise ConfigurationError(message)
    return name


def webhook_path(service: str, webhook: str) -> str:
    """Return the path, relative to a base URL, at which texts for a webhook arrive.

    Parameters
    ----------
    service, webhook : str
        Their names.

    Returns
    -------
    str
        The tail that the retired service used, so that only the host changes in Twilio's console.

    Examples
    --------
    >>> webhook_path("myTwilio", "saveText")
    'twilio/service/myTwilio/incoming_webhook/saveText'
    """
    return f"twilio/service/{service}/incoming_webhook/{webhook}"


def status_path(service: str) -> str:
    """Return the path, relative to a base URL, at which status callbacks of a service arrive.

    Parameters
    ----------
    service : str
        Its name.

    Returns
    -------
    str
        The path, without a leading slash.

    Examples
    --------
    >>> status_path("myTwilio")
    'twilio/service/myTwilio/status'
    """
    return f"twilio/service/{service}/status"


def base_url(text: str) -> str:
    """Return a public address as the base of others, ending in a slash.

    Parameters
    ----------
    text : str
        An http or https address.

    Returns
    -------
    str
        The same, without blanks around it.

    Raises
    ------
    ConfigurationError
        If it is none, or holds a user, a query or a fragment; it is not quoted, for it may hold a password.

    Examples
    --------
    >>> base_url("https://example.org/user/ann")
    'https://example.org/user/ann/'
    """
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or parts.username or parts.password or parts.query or parts.fragment:
        message = (
            "That public address cannot be the base of a webhook's: expected http(s)://host/path/, "
            "without user, query or fragment, e.g. 'https://example.org/user/ann/'."
        )
        raise ConfigurationError(message)
    return parts.geturl().rstrip("/") + "/"
