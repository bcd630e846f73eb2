"""Where requests to Twilio go: to Twilio's hosts, or all of them to one other base URL.

The library builds addresses from Twilio's own host names, and follows absolute addresses that an
answer contains. So each address is checked and rebuilt here, just before it is called: no answer can
lead the credentials to another host.
"""

import re
from urllib.parse import SplitResult, urlsplit

from twilio_nb.domain.reach import is_loopback
from twilio_nb.errors import ConfigurationError, GatewayError

# No user, no port, no backslash: every parser then agrees on which host this is.
_TWILIO = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+){0,2}\.twilio\.com")


def checked_base(api_url: str) -> str:
    """Return an API base URL without its trailing slash, or refuse it.

    Parameters
    ----------
    api_url : str
        What stands in for ``https://api.twilio.com`` and for all of Twilio's other hosts.

    Raises
    ------
    ConfigurationError
        Unless it is https, or http on the loopback interface, and holds no user name, query or fragment.
    """
    try:
        parts = urlsplit(api_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    except ValueError:  # such as brackets or a port that are none
        safe = False
    plain = re.fullmatch(r"https?://[^\s\\@?#]+", api_url) is not None
    if not (safe and plain and parts.hostname):
        shown = re.sub(r"//[^/]*@", "//", api_url)
        message = (
            f"The API base URL {shown!r} cannot be used: the credentials would travel unprotected. "
            "Give an https:// address, or http://127.0.0.1:PORT, without user name and query."
        )
        raise ConfigurationError(message)
    return api_url.rstrip("/")


def routed(url: str, base: str | None) -> str:
    """Return the address to call instead of `url`.

    Parameters
    ----------
    url : str
        An address the library built, or took from an answer.
    base : str or None
        A checked API base URL that stands in for all of Twilio's hosts; None to call Twilio itself.

    Raises
    ------
    GatewayError
        If the host is not one of Twilio's.
    """
    if base and url.startswith(f"{base}/"):  # what stands in for Twilio may call itself by its own name
        return url
    parts = _split(url)
    authority = parts.netloc.lower()
    if parts.scheme != "https" or not _TWILIO.fullmatch(authority):
        message = (
            f"An answer pointed to {parts.scheme}://{parts.hostname or ''}, which is none of Twilio's hosts; "
            "nothing was sent there. Check the service's API base URL."
        )
        raise GatewayError(message)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base or f'https://{authority}'}/{parts.path.lstrip('/')}{query}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.hostname
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts
