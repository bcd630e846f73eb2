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
    parts = urlsplit(at or url)
    return [_request(parts.netloc, parts.path, url, token.encode(), headers) for _ in range(count)]


def _request(host: str, path: str, url: str, token: bytes, headers: str) -> bytes:
    sid = "SM" + secrets.token_hex(16)
    form = FIELDS | {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid}
    signed = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token, signed.encode(), hashlib.sha1)).decode()
    body = urlencode(form)
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        f"X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {secrets.token_hex(16)}\r\n"
        f"{headers}\r\n{body}"
    ).encode()
