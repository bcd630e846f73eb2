"""Webhook requests as Twilio sends them, signed, ready to go over the wire."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlencode, urlsplit

FIELDS = {
    "ToCountry": "US",
    "ToState": "CA",
    "SmsMessageSid": "",
    "NumMedia": "0",
    "ToCity": "",
    "FromZip": "94105",
    "SmsSid": "",
    "FromState": "CA",
    "SmsStatus": "received",
    "FromCity": "SAN FRANCISCO",
    "Body": "Hello! How are you doing today?",
    "FromCountry": "US",
    "To": "+18057166646",
    "ToZip": "",
    "NumSegments": "1",
    "MessageSid": "",
    "AccountSid": "AC" + "0" * 32,
    "From": "+15558675309",
    "ApiVersion": "2010-04-01",
}


def requests(url: str, token: str, count: int, *, at: str | None = None, headers: str = "") -> list[bytes]:
    """Return requests that post a text each, with a SID of its own.

    Parameters
    ----------
    url : str
        The address that is signed.
    token : str
        What they are signed with.
    count : int
        How many.
    at : str, optional
        Where they are sent, if that is another address than the signed one.
    headers : str, optional
        More header lines, each ending in CRLF.

    Returns
    -------
    list of bytes
    """
    return [request(url, token, at=at, headers=headers) for _ in range(count)]


def request(url: str, token: str, *, at: str | None = None, headers: str = "", **fields: str) -> bytes:
    """Return a request that posts a text, with a SID of its own and these fields of its form.

    Parameters
    ----------
    url, token, at, headers
        As for `requests`.
    **fields
        Such as ``Body="Hi"``.

    Returns
    -------
    bytes
    """
    parts = urlsplit(at or url)
    sid = "SM" + secrets.token_hex(16)
    form = FIELDS | {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid} | fields
    signed = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    body = urlencode(form)
    return (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        f"X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {secrets.token_hex(16)}\r\n"
        f"{headers}\r\n{body}"
    ).encode()
