"""Signatures that are checked in: Twilio's own published ones, and ours, made by hand from its description.

"Take the full URL exactly as you configured it, from the protocol through the end of the query string.
Sort the POST parameters by name, append each name and value without delimiters, and sign the string with
HMAC-SHA1 and your auth token": https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hmac
from dataclasses import dataclass

Pairs = list[tuple[str, str]]

TOKEN = "12345"
SHARED_KEY = "s3cret-of-a-shared-key"
SHARED_KEY_HEADER = "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"


def canonical(url: str, pairs: Pairs) -> str:
    """The string that is signed. Pairs that are the same count once, as in all of Twilio's libraries."""
    return url + "".join(name + value for name, value in sorted(set(pairs)))


def sign(url: str, pairs: Pairs, token: str = TOKEN, algorithm: str = "sha1") -> str:
    digest = hmac.new(token.encode(), canonical(url, pairs).encode(), algorithm).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class Vector:
    """A signed request: what was signed, and the signature."""

    name: str
    url: str
    pairs: Pairs
    signature: str
    token: str = TOKEN
    settings: str | None = None

    @property
    def algorithm(self) -> str:
        return "sha256" if self.settings else "sha1"


MYCOMPANY = "https://mycompany.com/myapp.php?foo=1&bar=2"
BODY_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
"""Of ``{"property": "value", "boolean": true}``."""
CALL = [("Digits", "1234"), ("To", "+18005551212"), ("CallSid", "CA1234567890ABCDE")]
CALLER = [*CALL, ("From", "+14158675309"), ("Caller", "+14158675309")]

PUBLISHED = [
    Vector(
        "the documentation's example",
        "https://example.com/myapp.php?foo=1&bar=2",
        [*CALL, ("From", "+14158675310"), ("Caller", "+14158675310")],
        "L/OH5YylLD5NRKLltdqwSvS0BnU=",
    ),
    Vector("the libraries' example", MYCOMPANY, CALLER, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    Vector(
        "a name three times, two values",
        MYCOMPANY,
        [
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ],
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
    ),
    Vector(
        "the standard https port",
        MYCOMPANY.replace(".com", ".com:443"),
        CALLER,
        "kvajT1Ptam85bY51eRf/AJRuM3w=",
    ),
    Vector(
        "the standard http port",
        MYCOMPANY.replace(".com", ".com:80").replace("https", "http"),
        CALLER,
        "0ZXoZLH/DfblKGATFgpif+LLRf4=",
    ),
    Vector(
        "another http port",
        MYCOMPANY.replace(".com", ".com:1234").replace("https", "http"),
        CALLER,
        "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
    ),
]
JSON = Vector("a JSON request", f"{MYCOMPANY}&bodySHA256={BODY_HASH}", [], "a9nBmqA0ju/hNViExpshrM61xv4=")

_HUB = "https://hub.example.org/user/ann/twilio/service/{}/incoming_webhook/inbox"


def _text(number: int, *pairs: tuple[str, str]) -> Pairs:
    basic = [("MessageSid", f"SM{number:032x}"), ("From", "+15558675309"), ("To", "+18057166646")]
    return [*basic, ("Body", "Hello"), *pairs]


OURS = [
    Vector("a text", _HUB.format("vectors"), _text(1), "iMnxK2E5mG34S9FI4Y1sE7cA8b8="),
    Vector(
        "blank values",
        _HUB.format("vectors"),
        _text(2, ("FromCity", ""), ("FromZip", "")),
        "TVN9eDFkIwcU7ssVtrs48Oivw6g=",
    ),
    Vector(
        "repeated names",
        _HUB.format("vectors"),
        _text(3, ("E", "b"), ("E", "a"), ("E", "a")),
        "5i3qex7cDb8awwGQLpCoRosXIdg=",
    ),
    Vector(
        "unicode and emoji",
        _HUB.format("vectors"),
        _text(4, ("ProfileName", "Ünï ☎ 😀 👩‍👩‍👧"), ("Ключ", "да")),
        "c+9riEGfpfJ86CSIUe4hS/NnbqQ=",
    ),
    Vector(
        "names in the order of their bytes",
        _HUB.format("vectors"),
        _text(5, ("b", "1"), ("B", "2"), ("_", "3"), ("Body2", "4")),
        "3HHCflWfZFFvGllV35zPlPc9RsE=",
    ),
    Vector(
        "delimiters",
        _HUB.format("vectors"),
        _text(6, ("Note", "a+b %20 & = ; ? # / \\ \"'<>")),
        "Yfw89hjg5qBjiJGmsdK3HO7K+OQ=",
    ),
    Vector(
        "spaces and lines",
        _HUB.format("vectors"),
        _text(7, ("Note", " \r\n\t lines \n ")),
        "DLYYh595zYlkAy8XIlJrgu0ufcA=",
    ),
    Vector(
        "a query", _HUB.format("vectors") + "?a=1&b=%20+%2B%C3%BC&c", _text(8), "IOkAp1o8P+H2GjM4oR1slThKEDM="
    ),
    Vector(
        "a port",
        _HUB.format("vectors-port").replace("org/", "org:8443/"),
        _text(9),
        "tx85zwiyfJFCa+2KwB8KG6zdBmE=",
    ),
    Vector(
        "http and a port",
        _HUB.format("vectors-http").replace("org/", "org:8080/").replace("https", "http"),
        _text(10),
        "fdTFV39w+CGS4r+AbIEtqP5SiwU=",
    ),
    Vector(
        "the standard port, signed",
        _HUB.format("vectors").replace("org/", "org:443/"),
        _text(11),
        "+BDvGVO01RIo2OKda9SEUzgJPyQ=",
    ),
    Vector(
        "a shared key",
        _HUB.format("vectors"),
        _text(12),
        "6F0AyyPbfpbtLJLrG40oI9Ks99vy2kR2r2fl41OLIjA=",
        SHARED_KEY,
        SHARED_KEY_HEADER,
    ),
]
