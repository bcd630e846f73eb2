"""Signatures against vectors that were made without our code, alone and through the real receiver."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.attacks import vectors
from tests.attacks.vectors import (
    JSON,
    OURS,
    PUBLISHED,
    SHARED_KEY,
    SHARED_KEY_HEADER,
    TOKEN,
    Pairs,
    Vector,
    sign,
)
from tests.receiving.conftest import Kernel, Receiver, Reply
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import SignatureError
from twilio_nb.receiving.signature import SETTINGS_HEADER, SIGNATURE_HEADER, verify
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.mongod import Mongod
from twilio_nb.storage.secrets import Secret

FORM = "application/x-www-form-urlencoded"
BASES = {
    "vectors": "https://hub.example.org/user/ann/",
    "vectors-port": "https://hub.example.org:8443/user/ann/",
    "vectors-http": "http://hub.example.org:8080/user/ann",
}
HUB = "https://hub.example.org/user/ann/"
INBOX = f"{HUB}twilio/service/vectors/incoming_webhook/inbox"


def names(vector: Vector) -> str:
    return vector.name


def passes(url: str, pairs: Pairs, signature: str, settings: str | None = None, token: str = TOKEN) -> bool:
    try:
        return verify([url], pairs, signature=signature, settings=settings, tokens=[Secret(token)]) == url
    except SignatureError:
        return False


class Site:
    """Services whose public addresses and tokens are those of the vectors."""

    def __init__(self, receiver: Receiver, database: Database) -> None:
        self.receiver = receiver
        self.log = MessageLog(database)
        self.kernel = Kernel(receiver)
        for name, base in BASES.items():
            definition = ServiceDefinition(name, "AC" + "0" * 32, public_url=base).to_document()
            tokens = [TOKEN, SHARED_KEY]
            self.kernel.tell("service", definition=definition, database=database.name, tokens=tokens)
        self.kernel.tell("ping")
        self.kernel.hear("pong")

    def send(
        self,
        url: str,
        body: bytes,
        signature: str | None,
        settings: str | None = None,
        content_type: str = FORM,
        method: str = "POST",
    ) -> Reply:
        """Send what was signed for `url` to where a proxy would hand it on."""
        parts = urlsplit(url)
        target = parts.path.removeprefix("/user/ann") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": content_type} if method == "POST" else {}
        headers |= {SIGNATURE_HEADER: signature} if signature else {}
        headers |= {SETTINGS_HEADER: settings} if settings else {}
        return self.receiver.request(method, target, body, headers, socket_name="webhooks.sock")

    def post(self, url: str, pairs: Pairs, signature: str | None, settings: str | None = None) -> int:
        return self.send(url, urlencode(pairs).encode(), signature, settings).status

    def stored(self, pairs: Pairs) -> list[list[str]] | None:
        document = self.log.get(dict(pairs)["MessageSid"])
        return document["payload"] if document else None


@pytest.fixture(scope="module")
def site(receiver: Receiver, mongod: Mongod) -> Iterator[Site]:
    database = Database.open(f"test_{secrets.token_hex(6)}")
    made = Site(receiver, database)
    yield made
    made.kernel.close()
    database.drop()
    database.close()


def text(*more: tuple[str, str]) -> Pairs:
    sid = ("MessageSid", "SM" + secrets.token_hex(16))
    return [sid, ("From", "+15558675309"), ("To", "+18057166646"), ("Body", "Hello"), *more]


@pytest.mark.parametrize("vector", [*PUBLISHED, *OURS], ids=names)
def test_a_vector_s_signature_is_right_and_no_other(vector: Vector) -> None:
    assert sign(vector.url, vector.pairs, vector.token, vector.algorithm) == vector.signature
    good = (vector.url, vector.pairs, vector.signature, vector.settings, vector.token)
    assert passes(*good)
    assert not passes(vector.url + "/", *good[1:])
    assert not passes(vector.url, [*vector.pairs, ("Extra", "")], *good[2:])
    assert not passes(*good[:3], None if vector.settings else SHARED_KEY_HEADER, vector.token)
    assert not passes(*good[:4], token=vector.token + "6")


@pytest.mark.parametrize("vector", OURS, ids=names)
def test_a_vector_passes_the_receiver_and_is_stored_as_it_came(site: Site, vector: Vector) -> None:
    assert site.post(vector.url, vector.pairs, vector.signature[::-1], vector.settings) == 403
    assert site.stored(vector.pairs) is None

    assert site.post(vector.url, vector.pairs, vector.signature, vector.settings) == 200

    assert site.stored(vector.pairs) == [list(pair) for pair in vector.pairs]


@pytest.mark.parametrize(
    "signed",
    [
        INBOX.replace("hub.", "ann:secret@hub."),
        INBOX + "#rc=2&rp=ct,5xx",
        INBOX + "?",
        INBOX + "/",
        INBOX.replace("hub.", "HUB."),
        INBOX.replace("https", "http"),
        INBOX.replace("https", "HTTPS"),
        INBOX.replace("org/", "org:8443/"),
        INBOX.replace("/user/ann", ""),
        INBOX.replace("inbox", "other"),
        INBOX.replace("/vectors/", "/vectors-port/"),
        INBOX + "?a=1",
    ],
)
def test_what_is_signed_for_another_address_is_refused(site: Site, signed: str) -> None:
    pairs = text()

    assert site.post(INBOX, pairs, sign(signed, pairs)) == 403
    assert site.stored(pairs) is None


@pytest.mark.parametrize(
    ("seen", "signed", "status"),
    [
        # Texts' callbacks keep their port. Twilio's libraries take an address with and without it, and so do we:
        # the port of another service on the host is not thereby opened, since the address is configured.
        ("vectors-port", "org:8443", 200),
        ("vectors-port", "org", 200),
        ("vectors-port", "org:443", 403),
        ("vectors-port", "org:8444", 403),
        ("vectors", "org:443", 200),
        ("vectors", "org:80", 403),
        ("vectors-http", "org", 200),
        ("vectors-http", "org:80", 403),
    ],
)
def test_a_port_is_kept_or_left_out_and_never_another(
    site: Site, seen: str, signed: str, status: int
) -> None:
    pairs = text()
    scheme = BASES[seen].partition(":")[0]
    url = f"{scheme}://hub.example.{signed}/user/ann/twilio/service/{seen}/incoming_webhook/inbox"

    assert site.post(url, pairs, sign(url, pairs)) == status


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("?a=b%20c", "?a=b+c"),
        ("?a=it's", "?a=it%27s"),
        ("?a=1&b=2", "?b=2&a=1"),
        ("?a=%c3", "?a=%C3"),
        ("?a", "?a="),
    ],
)
def test_a_query_that_is_written_in_another_way_is_another(site: Site, signed: str, sent: str) -> None:
    pairs = text()
    signature = sign(INBOX + signed, pairs)

    assert site.post(INBOX + sent, pairs, signature) == 403
    assert site.post(INBOX + signed, pairs, signature) == 200


def test_how_the_body_is_encoded_does_not_matter_but_what_it_says(site: Site) -> None:
    pairs = text(("Note", "a b+ü"))
    signature = sign(INBOX, pairs)
    trimmed = urlencode(pairs).replace("Hello", "Hello+").encode()
    spelled = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs).replace("Note", "%4Eote")

    assert site.send(INBOX, trimmed, signature).status == 403
    assert site.send(INBOX, spelled.encode(), signature).status == 200
    assert site.stored(pairs) == [list(pair) for pair in pairs]


@pytest.mark.parametrize(
    ("header", "algorithm", "token", "status"),
    [
        (SHARED_KEY_HEADER, "sha256", SHARED_KEY, 200),
        ("algorithm=HMAC_SHA256", "sha256", SHARED_KEY, 200),
        (SHARED_KEY_HEADER, "sha256", "another", 403),
        (SHARED_KEY_HEADER, "sha1", SHARED_KEY, 403),
        (None, "sha256", SHARED_KEY, 403),
        ("key=1,algorithm=HMAC_SHA512", "sha512", SHARED_KEY, 403),
        ("key=1,algorithm=NONE", "sha1", TOKEN, 403),
        ("", "sha1", TOKEN, 200),
    ],
)
def test_a_shared_key_is_one_more_secret_of_the_service(
    site: Site, header: str | None, algorithm: str, token: str, status: int
) -> None:
    pairs = text()

    assert site.post(INBOX, pairs, sign(INBOX, pairs, token, algorithm), header) == status


@pytest.mark.parametrize(
    "query", ["bodySHA256=", "a=1&bodySHA256=", "body%53HA256=", "bodySHA256=0&bodySHA256="]
)
def test_a_signed_json_request_opens_nothing_to_forms(site: Site, query: str) -> None:
    assert RequestValidator(TOKEN).validate(JSON.url, {}, JSON.signature), "as {} its body goes unchecked"
    assert not passes(JSON.url, [], JSON.signature)
    url = f"{INBOX}?{query}{vectors.BODY_HASH}"
    json = b'{"property": "value", "boolean": true}'

    assert site.send(url, json, sign(url, []), content_type="application/json").status == 400
    assert site.post(url, text(), sign(url, [])) == 403
    assert site.send(url, b"", sign(url, [])).status == 403
    # Not even with a form that is signed as well: whoever made that, it was not Twilio.
    pairs = text()
    assert site.post(url, pairs, sign(url, pairs)) == 403
    assert site.stored(pairs) is None


def test_a_signed_address_opens_nothing_to_a_form(site: Site) -> None:
    pairs = text()
    url = f"{INBOX}?{urlencode(pairs)}"
    signature = sign(url, [])

    assert site.post(url, text(), signature) == 403
    assert site.send(url, b"", signature).status == 400, "signed, and no text"
    assert site.stored(pairs) is None
    assert site.send(url, b"", signature, method="GET").status == 200
    assert site.stored(pairs) == [list(pair) for pair in pairs]


NAMES = st.text(st.characters(codec="utf-8"), max_size=6)
PAIRS = st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8"), max_size=12)), max_size=6)


@st.composite
def changes(draw: st.DrawFn) -> Callable[[str, Pairs, str], tuple[str, Pairs, str]]:
    """Something that is different from what was signed: one letter, one pair, the address or the token."""
    kind = draw(st.sampled_from(["value", "name", "drop", "add", "path", "query", "token"]))
    place, letter = draw(st.integers(0, 99)), draw(st.characters(codec="utf-8"))

    def change(url: str, pairs: Pairs, token: str) -> tuple[str, Pairs, str]:
        n = place % len(pairs)
        name, value = pairs[n]
        return {
            "value": (
                url,
                [*pairs[:n], (name, value[: place % (len(value) + 1)] + letter), *pairs[n + 1 :]],
                token,
            ),
            "name": (url, [*pairs[:n], (name + letter, value), *pairs[n + 1 :]], token),
            "drop": (url, [*pairs[:n], *pairs[n + 1 :]], token),
            "add": (url, [*pairs, (name, value + letter)], token),
            "path": (url.replace("/inbox", f"/inbox{place}"), pairs, token),
            "query": (f"{url}?{place}", pairs, token),
            "token": (url, pairs, token + letter),
        }[kind]

    return change


@settings(deadline=None)
@given(pairs=PAIRS, more=PAIRS, change=changes())
def test_any_form_passes_and_any_change_to_it_does_not(pairs: Pairs, more: Pairs, change: Any) -> None:
    form = [*pairs, ("Body", "Hello"), *more]
    url, altered, token = change(INBOX, form, TOKEN)
    # What is signed has no delimiters: ("Body", "Hello") and ("BodyH", "ello") are the same to every library.
    assume((vectors.canonical(url, altered), token) != (vectors.canonical(INBOX, form), TOKEN))

    assert passes(INBOX, form, sign(INBOX, form))
    assert not passes(url, altered, sign(INBOX, form), token=token)


@settings(max_examples=40, deadline=None)
@given(pairs=PAIRS, more=PAIRS, change=changes())
def test_any_text_passes_the_receiver_and_none_that_was_changed(
    site: Site, pairs: Pairs, more: Pairs, change: Any
) -> None:
    form = text() + [pair for pair in [*pairs, *more] if pair[0] not in ("MessageSid", "From", "To")]
    url, altered, token = change(INBOX, form, TOKEN)
    assume((vectors.canonical(url, altered), token) != (vectors.canonical(INBOX, form), TOKEN))

    refused = site.post(url, altered, sign(INBOX, form)) if token == TOKEN else 403
    assert refused in (403, 404)
    assert site.post(INBOX, form, sign(INBOX, form, token)) == (200 if token == TOKEN else 403)
    assert site.post(INBOX, form, sign(INBOX, form)) == 200
    assert site.stored(form) == [list(pair) for pair in form]
