"""A send as one document, the way the retired service took it: ``{"to": …, "from": …, "body": …}``."""

from collections.abc import Mapping
from typing import Any

from twilio_nb.errors import ConfigurationError

_NAMES = {"to": "to", "from": "from_", "body": "body", "mediaUrl": "media_url", "media_url": "media_url"}


def arguments(document: Mapping[str, Any], **beside: Any) -> dict[str, Any]:
    """Return what a document says as the arguments of ``Service.send``.

    Parameters
    ----------
    document : mapping
        ``to``, ``from``, ``body`` and ``mediaUrl``, each also with a capital, as the service's old samples have it.
    **beside
        The other arguments of the call; all None.

    Returns
    -------
    dict
        ``to``, ``body``, ``from_`` and ``media_url``; None for what is not given.

    Raises
    ------
    ConfigurationError
        If a name is not known or given twice, there is no recipient, or something stands beside the document.
    """
    if doubled := [name for name, value in beside.items() if value is not None]:
        message = f"A send as a document takes no {doubled[0]!r} beside it; put it into the document."
        raise ConfigurationError(message)
    found: dict[str, Any] = {}
    for key, value in document.items():
        name = _NAMES.get(key[:1].lower() + key[1:]) if isinstance(key, str) else None
        if name is None or name in found:
            fault = "does not belong into" if name is None else "stands twice in"
            message = (
                f"{str(key)[:60]!r} {fault} a send; expected each at most once: to, from, body, mediaUrl."
            )
            raise ConfigurationError(message)
        found[name] = value
    if "to" not in found:
        message = "The document of a send has no recipient; add 'to': '+15558675309'."
        raise ConfigurationError(message)
    return {"to": None, "body": None, "from_": None, "media_url": None} | found
