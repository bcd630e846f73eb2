"""Which address the world sees: what Twilio signs, and what our answers name.

It comes from configuration only. A Host header is the sender's to choose, so it is never asked.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import RETRY_FRAGMENT, status_path

PUBLIC_MOUNT = "twilio/"
"""Where the two public paths begin below a base address."""

PAGES_MOUNT = "twilio-nb/"
"""Where jupyter-server-proxy serves the receiver below a base address, to callers with a Jupyter login."""

HUB_VARIABLE = "JUPYTERHUB_PUBLIC_URL"


def base_address(url: str) -> str:
    """Return an address as one that a path can be appended to, in the form that Twilio signs.

    Parameters
    ----------
    url : str
        An ``http`` or ``https`` address.

    Returns
    -------
    str
        Without user info, query and fragment, its path ending in a slash; scheme, host, port and path are
        kept as they are written.

    Raises
    ------
    ValueError
        If it is no such address.

    Examples
    --------
    >>> base_address("https://ann:secret@hub.example.org/user/ann#rc=2")
    'https://hub.example.org/user/ann/'
    """
    parts = urlsplit(url.strip())
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or not host:
        message = "The address is no http or https URL with a host."
        raise ValueError(message)
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/") + "/", "", ""))


def public_bases(definition: ServiceDefinition | None, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the base addresses under which the world reaches a service, the best first.

    Parameters
    ----------
    definition : ServiceDefinition or None
        The service; None for what holds whatever the service.
    environ : Mapping, optional
        The environment, where JupyterHub names its public address.

    Returns
    -------
    list of str
        The configured public address, else JupyterHub's; empty when neither is known.

    Examples
    --------
    >>> public_bases(None, {"JUPYTERHUB_PUBLIC_URL": "https://hub.example.org/user/ann/"})
    ['https://hub.example.org/user/ann/']
    """
    for url in (definition.public_url if definition else None, environ.get(HUB_VARIABLE)):
        if url:
            try:
                return [base_address(url)]
            except ValueError:
                continue
    return []


def bases(definition: ServiceDefinition, loopback: str | None) -> list[str]:
    """Return the base addresses that a service's requests may be signed for.

    Parameters
    ----------
    definition : ServiceDefinition
        The service.
    loopback : str or None
        The loopback base address of this receiver. It counts for sandbox services, and for them alone.

    Returns
    -------
    list of str
        Base addresses, each ending in a slash.

    Examples
    --------
    >>> bases(sandbox_definition, "http://127.0.0.1:8888/")
    ['http://127.0.0.1:8888/']
    """
    if definition.sandbox:
        return [loopback] if loopback else []
    return public_bases(definition)


def status_callback(base: str, service: str, sid: str, n: int) -> str:
    """Return where Twilio shall report on the n-th reply to a text.

    Parameters
    ----------
    base : str
        The base address that the text was signed for.
    service : str
        Name of the service.
    sid : str
        SID of the text that is answered.
    n : int
        Number of the reply, from 0.

    Returns
    -------
    str
        The address, which asks Twilio to repeat what could not be taken.

    Examples
    --------
    >>> status_callback("https://example.org/", "myTwilio", "SM00000000000000000000000000000000", 0)
    'https://example.org/twilio/service/myTwilio/status?reply=SM00000000000000000000000000000000.0#rc=2&rp=ct,5xx'
    """
    return f"{base}{status_path(service)}?reply={sid}.{n}{RETRY_FRAGMENT}"
