"""Probes of the first line: method, path, target, version, query."""

from collections.abc import Callable

from tests.attacks.probe import MALFORMED, NOT_OURS, Probe
from tests.attacks.raw_requests import INBOX, NOTHING, STATUS, Text

METHODS = ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post", "POSTS")
PATHS = (
    f"{INBOX}/",
    f"{INBOX}/../../../../../api/status",
    f"{INBOX}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/api/status",
    f"{INBOX}%2f..%2finbox",
    f"{INBOX}/..%2f..%2f..%2f..%2f..%2fapi%2fstatus",
    f"{INBOX};x=1",
    f"{INBOX}%00",
    f"{INBOX}%0a",
    f"{INBOX}%0d%0aX-Twilio-Nb-Remote:%20127.0.0.1",
    f"{INBOX}%20",
    f"{INBOX}%3fa=1",
    f"{INBOX}%23a",
    f"{INBOX}#a",
    f"{INBOX}.json",
    f"{INBOX}\\..\\inbox",
    f"{INBOX}\xe4",
    INBOX.replace("inbox", "inbo%78"),
    INBOX.replace("inbox", "%69nbox"),
    INBOX.replace("inbox", "..%2finbox"),
    INBOX.replace("inbox", "x" * 65),
    INBOX.replace("inbox", ""),
    INBOX.replace("twilio/", "twilio/./"),
    INBOX.replace("twilio/", "twilio//"),
    INBOX.replace("twilio/", "/twilio/"),
    INBOX.replace("twilio/", "twilio/../twilio/"),
    INBOX.replace("twilio/", "api/../twilio/"),
    INBOX.replace("twilio/", "files/%2e%2e/twilio/"),
    INBOX.replace("twilio/", "TWILIO/"),
    INBOX.replace("twilio/", "twilio%2f"),
    INBOX.replace("twilio/", "twilio-nb/"),
    INBOX.replace("twilio/", "proxy/absolute/80/twilio/"),
    f"{STATUS}/../incoming_webhook/inbox",
    f"{STATUS}/",
)
VERSIONS = ("HTTP/2.0", "HTTP/0.9", "HTTP/11", "http/1.1", "HTTP/1.1x", "")


def _method(name: str) -> Probe:
    return Probe(f"method {name}", lambda text: text.raw(method=name), (405,))


def _path(path: str) -> Probe:
    return Probe(f"path {path}", lambda text: text.to(path).raw(), NOT_OURS)


def _target(name: str, target: Callable[[Text], str]) -> Probe:
    return Probe(f"target, {name}", lambda text: text.raw(target=target(text)), (*NOT_OURS, *MALFORMED))


def _query(name: str, query: str, *answers: int) -> Probe:
    return Probe(f"query with {name}", lambda text: text.to(f"{INBOX}?{query}").raw(), answers or (400,))


def _version(version: str) -> Probe:
    return Probe(f"version {version}", lambda text: text.raw(version=version), MALFORMED)


ADDRESSES = [
    *map(_method, METHODS),
    Probe(
        "method overridden by a header",
        lambda text: text.raw("X-HTTP-Method-Override: POST", method="PUT"),
        (405,),
    ),
    *map(_path, PATHS),
    _target("absolute, of somebody else", lambda text: f"http://evil.example{text.target}"),
    _target("absolute, of this server", lambda text: f"http://127.0.0.1:{text.entrance.port}{text.target}"),
    _target("absolute, as it is signed", lambda text: text.entrance.public + text.path),
    _target("of another scheme", lambda text: f"file://{text.target}"),
    _target("without a scheme", lambda text: f"//evil.example{text.target}"),
    _target("an authority", lambda text: f"127.0.0.1:{text.entrance.port}"),
    _target("an asterisk", lambda text: "*"),
    _target("without a slash", lambda text: text.target.lstrip("/")),
    _target("behind user info", lambda text: f"@127.0.0.1{text.target}"),
    _target("the path twice", lambda text: text.target + text.target),
    _target("two of them", lambda text: f"{text.target} {text.target}"),
    _target("behind two spaces", lambda text: f" {text.target}"),
    _target("with a tabulator", lambda text: f"{text.target}\tx"),
    _target("with a NUL", lambda text: f"{text.target}\0"),
    _target("with a carriage return", lambda text: f"{text.target}\rx"),
    *map(_version, VERSIONS),
    Probe("the preface of HTTP/2", lambda text: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + text.raw(), MALFORMED),
    _query("a space", "a b"),
    _query("a tabulator", "a\tb"),
    _query("what is not ASCII", "a=\xe4"),
    Probe(
        "query with a fragment",
        lambda text: text.to(f"{INBOX}?a=1").raw(target=f"{text.target}?a=1#b"),
        (400,),
    ),
    Probe("query that is not signed", lambda text: text.raw(target=f"{text.target}?a=1"), (403,)),
    Probe(
        "query with a wrong Jupyter token",
        lambda text: text.raw(target=f"{text.target}?token=wrong"),
        (403,),
    ),
    _query("more than the limit", "a=" + "x" * 65536, 400, 413, NOTHING),
]
