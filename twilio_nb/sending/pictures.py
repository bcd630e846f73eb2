"""Pictures of messages, fetched from Twilio and believed only as far as their first bytes go.

A medium's address asks for the account's credentials and answers with a redirect to a storage host, which must never
see them: https://www.twilio.com/docs/messaging/api/media-resource.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase

from twilio_nb.domain.reach import is_loopback
from twilio_nb.errors import GatewayError
from twilio_nb.sending.advice import advice
from twilio_nb.sending.deadline import Deadline, DeadlineAdapter
from twilio_nb.sending.hosts import routed
from twilio_nb.sending.refusals import unanswered

MOST = 5 * 1024 * 1024
"""Bytes of a picture; Twilio carries no larger ones by MMS."""

_REDIRECTS = 3
_CHUNK = 65_536
_WHY = {
    401: advice(None, 401),
    403: advice(None, 401),
    404: "It was deleted at Twilio, or belongs to another account.",
}
_BEGINNINGS: dict[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda content: content.startswith(b"\xff\xd8\xff"),
    "image/png": lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/gif": lambda content: content.startswith((b"GIF87a", b"GIF89a")),
    "image/webp": lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP",
}

#: What is shown; every browser knows these, and none of them can hold a script.
TYPES = tuple(_BEGINNINGS)


class Picture(NamedTuple):
    """A picture.

    Attributes
    ----------
    content_type : str
        One of `TYPES`, which its first bytes confirm.
    content : bytes
        All of it.
    """

    content_type: str
    content: bytes


def fetch(
    url: str,
    credentials: AuthBase,
    *,
    base: str | None = None,
    most: int = MOST,
    timeout: float = 10.0,
) -> Picture:
    """Fetch a picture.

    Parameters
    ----------
    url : str
        Where Twilio said it is: one of Twilio's hosts, or below `base`.
    credentials : requests.auth.AuthBase
        Those of the account; no other host gets them.
    base : str or None
        A checked API base URL that stands in for Twilio.
    most : int
        Bytes that it may have.
    timeout : float
        Seconds for everything together.

    Returns
    -------
    Picture

    Raises
    ------
    GatewayError
        If it is elsewhere, too large, no picture, or does not come.
    """
    address, known = routed(url, base), True
    with requests.Session() as session, Deadline(timeout) as deadline:
        for scheme in ("https://", "http://"):
            session.mount(scheme, DeadlineAdapter())
        # A netrc file must not add what was left out; a proxy must not read what stays on this machine.
        session.trust_env = base is None
        try:
            for _ in range(_REDIRECTS + 1):
                auth = credentials if known else _Nobody()
                with session.get(
                    address, auth=auth, timeout=timeout, stream=True, allow_redirects=False
                ) as answer:
                    if not answer.is_redirect:
                        return _read(answer, most, deadline)
                    there = urljoin(address, answer.headers["location"])
                known = known and _origin(there) == _origin(address)
                address = _followed(there, base)
        except requests.RequestException as error:
            failure = unanswered(error, creates=False, timeout=timeout)
        else:
            failure = GatewayError(
                "The picture's address leads from one to another without end; it was not shown."
            )
    # Not raised while handling the original, whose frames hold the Authorization header.
    raise failure


class _Nobody(AuthBase):
    """No credentials, also where a netrc file would have some."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _read(answer: requests.Response, most: int, deadline: Deadline) -> Picture:
    if answer.status_code != 200:  # what else it says may be without end
        message = (
            f"The picture was not handed out (HTTP {answer.status_code}). {_WHY.get(answer.status_code, '')}"
        )
        raise GatewayError(message.rstrip(), status=answer.status_code)
    said = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if said not in _BEGINNINGS:
        message = (
            f"This is {said or 'of no known type'}, which is not shown here; shown are {', '.join(TYPES)}."
        )
        raise GatewayError(message)
    content = bytearray()
    for chunk in answer.iter_content(_CHUNK):
        content += chunk
        if len(content) > most:
            message = f"The picture has more than {most / 2**20:.0f} MB and was not fetched further."
            raise GatewayError(message)
    if deadline.is_over:  # what was read until then may look like a picture
        raise requests.ReadTimeout
    if not _BEGINNINGS[said](bytes(content[:16])):
        message = f"What came calls itself {said} and does not begin like one; it was not shown."
        raise GatewayError(message)
    return Picture(said, bytes(content))


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _followed(address: str, base: str | None) -> str:
    """Return where a redirect leads, if one may go there: https, and http only from this machine to itself."""
    parts = urlsplit(address)
    local = bool(base) and is_loopback(urlsplit(base or "").hostname) and is_loopback(parts.hostname)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        message = "The picture's address leads to one without https; it was not fetched from there."
        raise GatewayError(message)
    return address
