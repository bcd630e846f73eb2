"""Was this request signed with one of our tokens? https://www.twilio.com/docs/usage/security

Twilio signs the address exactly as it is configured there, so the addresses to try are given; nothing of
the request but its query is trusted to tell one.
"""

import hmac
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator, add_port, get_signature_algorithm, remove_port

from twilio_nb.errors import SignatureError
from twilio_nb.storage.secrets import Secret

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"


class _Form(dict[str, list[str]]):
    """Parameters in the shape that Twilio's validator reads repeated names from."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def verify(
    urls: Iterable[str],
    form: Sequence[tuple[str, str]],
    *,
    signature: str | None,
    settings: str | None = None,
    tokens: Sequence[Secret],
) -> str:
    """Find the address that the request was signed for.

    Parameters
    ----------
    urls : iterable of str
        Addresses, query included, at which Twilio may know this webhook; without user info and fragment,
        which Twilio does not sign.
    form : sequence of (str, str)
        The decoded parameters of a POST, blank values and repeated names included; empty for a GET, whose
        parameters are in the address.
    signature : str or None
        The header ``X-Twilio-Signature``.
    settings : str or None, optional
        The header ``X-Twilio-Webhooks-Signature-Settings``, which names another algorithm.
    tokens : sequence of Secret
        The secrets to try: the auth token, two while one is rotated, and the secrets of shared keys, which
        webhooks may be signed with instead (then with the algorithm that `settings` names).

    Returns
    -------
    str
        The one of `urls` that was signed.

    Raises
    ------
    SignatureError
        If none was, with none of the tokens.

    Examples
    --------
    >>> verify([url], [("Body", "Hello")], signature="L/OH5YylLD5NRKLltdqwSvS0BnU=", tokens=[token])
    'https://example.com/twilio/service/myTwilio/incoming_webhook/inbox'
    """
    if not signature:
        message = f"The request has no {SIGNATURE_HEADER}. Only requests signed by Twilio are taken."
        raise SignatureError(message)
    given = signature.encode("utf-8", "replace")
    parameters = _Form()
    for name, value in form:
        parameters.setdefault(name, []).append(value)
    algorithm = get_signature_algorithm(settings or "")
    validators = [RequestValidator(token.reveal()) for token in tokens]
    for url in urls:
        # With bodySHA256 the signature covers the address alone and says nothing of a form, so that a
        # signed JSON request could be sent again with a form of anybody's choice. Texts never have it.
        address, mark, query = url.partition("?")
        if query and any(name == "bodySHA256" for name, _ in parse_qsl(query, keep_blank_values=True)):
            continue
        for spelling in _spellings(address):
            for validator in validators:
                # Not validate(): it computes two signatures for every request, and compares them in Python.
                try:
                    expected = validator.compute_signature(spelling + mark + query, parameters, algorithm)
                except ValueError:  # an algorithm that this release of twilio does not know
                    continue
                if hmac.compare_digest(expected.encode(), given):
                    return url
    message = "The signature fits none of the addresses under which Twilio may know this webhook."
    raise SignatureError(message)


@lru_cache(maxsize=1024)  # a service has few addresses; their queries are the sender's, and may be long
def _spellings(url: str) -> list[str]:
    """Return the address as it is, then without and with its port: Twilio is known to sign either."""
    try:
        parts = urlsplit(url)
        return list(dict.fromkeys((url, remove_port(parts), add_port(parts))))
    except ValueError:  # a port out of range
        return [url]
