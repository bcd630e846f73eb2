"""From where an address can be reached, as far as it says so itself."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name or address never leaves this machine.

    Parameters
    ----------
    host : str or None
        As in a URL.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("example.org")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def hindrance(url: str, api_url: str | None = None) -> str | None:
    """Say why Twilio cannot reach an address, or should not.

    Parameters
    ----------
    url : str
        An http or https address.
    api_url : str or None
        What stands in for Twilio; where that is on this machine, it reaches this machine.

    Returns
    -------
    str or None
        A clause such as ``"127.0.0.1 is this machine only"``; None if nothing is against it.

    Examples
    --------
    >>> hindrance("http://localhost:8888/")
    'localhost is this machine only'
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or host.endswith(".localhost"):
        return None if api_url and is_loopback(urlsplit(api_url).hostname) else f"{host} is this machine only"
    try:
        inside = not ipaddress.ip_address(host).is_global
    except ValueError:
        inside = "." not in host or host.endswith((".local", ".internal", ".lan", ".home.arpa"))
    if inside:
        return f"{host} is an address of your own network"
    return "it is http, which anybody on the way can read and change" if parts.scheme == "http" else None
