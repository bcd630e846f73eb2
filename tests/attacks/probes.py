"""The probe: what a stranger may try at the public handler, as a table.

`PROBES` are requests that Twilio has signed, with a valid signature for what is sent, and with one thing wrong:
they are refused whatever the signature. `DISGUISES` are headers that might be taken for a permission, or
might take one away: without the signature they open nothing, with it they close nothing.
"""

from collections.abc import Callable

from tests.attacks.probe import MALFORMED, Probe, with_lines
from tests.attacks.probes_of_addresses import ADDRESSES
from tests.attacks.probes_of_bodies import BODIES
from tests.attacks.raw_requests import FORM, INBOX, STATUS

NO_HOST = ("Host",)
NO_SIGNATURE = ("X-Twilio-Signature",)
NO_TYPE = ("Content-Type",)
WEBSOCKET = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")


def _signature(name: str, altered: Callable[[str], str]) -> Probe:
    return Probe(
        f"signature {name}",
        lambda text: text.raw(f"X-Twilio-Signature: {altered(text.signature)}", without=NO_SIGNATURE),
        (403,),
    )


HEADERS = [
    with_lines("upgrade to a websocket", *WEBSOCKET),
    Probe("upgrade of a GET to a websocket", lambda text: text.as_get().raw(*WEBSOCKET), (400,)),
    with_lines("upgrade to h2c", *H2C),
    with_lines("upgrade among other connection options", "Connection: keep-alive, uPGRADE"),
    with_lines("upgrade without the connection option", "Upgrade: websocket"),
    with_lines("a header without a colon", "Content-Type", answers=MALFORMED),
    with_lines("a header without a name", ": x", answers=MALFORMED),
    with_lines("a space before the colon", "Transfer-Encoding : chunked", answers=MALFORMED),
    with_lines("a folded header", "X: y", " Transfer-Encoding: chunked", answers=MALFORMED),
    with_lines("a NUL in a header", "User-Agent: a\0b", answers=MALFORMED),
    with_lines(
        "a carriage return in a header", "User-Agent: a\rX-Twilio-Nb-Remote: 127.0.0.1", answers=MALFORMED
    ),
    with_lines("a header of 100 kB", "X: " + "x" * 100_000, answers=MALFORMED),
    with_lines("ten thousand headers", *(f"X-{n}: y" for n in range(10_000)), answers=MALFORMED),
    with_lines("no host", without=NO_HOST, answers=MALFORMED),
    with_lines("two hosts", "Host: evil.example", answers=MALFORMED),
    with_lines("a host with a path", "Host: evil.example/x", without=NO_HOST, answers=MALFORMED),
    with_lines("a host with user info", "Host: a@evil.example", without=NO_HOST, answers=MALFORMED),
    with_lines("a host with a space", "Host: evil.example x", without=NO_HOST, answers=MALFORMED),
    _signature("missing its end", lambda signature: signature[:-1]),
    _signature("with something after it", lambda signature: f"{signature}="),
    _signature("in other letters", str.swapcase),
    _signature("twice", lambda signature: f"{signature}\r\nX-Twilio-Signature: {signature}"),
    _signature("that is empty", lambda signature: ""),
    _signature("of nobody", lambda signature: "A" * 27 + "="),
    _signature("in quotes", lambda signature: f'"{signature}"'),
    with_lines(
        "a signature for SHA-256",
        "X-Twilio-Webhooks-Signature-Settings: key=x,algorithm=HMAC_SHA256",
        answers=(403,),
    ),
    Probe("a signature for another path", lambda text: text.to(STATUS).raw(target=text.target), (403,)),
    Probe("a signature for a query", lambda text: text.to(f"{INBOX}?a=1").raw(target=text.target), (403,)),
]

PROBES = [*ADDRESSES, *HEADERS, *BODIES]

DISGUISES = {
    "an evil host": (("Host: evil.example",), NO_HOST),
    "the host of the hub": (("Host: 127.0.0.1:8081",), NO_HOST),
    "an empty host": (("Host:",), NO_HOST),
    "an evil origin": (("Origin: https://evil.example",), ()),
    "no origin": (("Origin: null",), ()),
    "a browser's other entrance": (("Sec-Fetch-Entrance: cross-entrance", "Sec-Fetch-Mode: navigate"), ()),
    "a wrong Jupyter token": (("Authorization: token wrong",), ()),
    "an empty Jupyter token": (("Authorization: token ",), ()),
    "a wrong bearer": (("Authorization: Bearer wrong",), ()),
    "a wrong password": (("Authorization: Basic YW5uOndyb25n",), ()),
    "a wrong cookie": (("Cookie: username-127-0-0-1-8888=2|1:0|wrong; _xsrf=x",), ()),
    "a check against forgery": (("X-XSRFToken: x", "Referer: https://evil.example"), ()),
    "somebody else's forwarding": (
        ("X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http"),
        (),
    ),
    "a real address": (("X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1;host=evil.example"), ()),
    "our own header": (("X-Twilio-Nb-Remote: 127.0.0.1",), ()),
    "another method": (("X-HTTP-Method-Override: GET", "X-Method-Override: DELETE"), ()),
    "another path": (("X-Original-URL: /api/contents", "X-Rewrite-URL: /api/contents"), ()),
    "a charset": ((f"Content-Type: {FORM}; charset=utf-7",), NO_TYPE),
    "an expectation": (("Expect: 100-continue",), ()),
    "a removal of the signature": (("Connection: close, X-Twilio-Signature",), ()),
    "a stream of events": (("Accept: text/event-stream",), ()),
    "a connection that is kept": (("Connection: keep-alive",), ()),
}
