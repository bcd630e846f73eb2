"""What is signed is the address as it is configured, letter by letter, and what the form says."""

from urllib.parse import quote, urlencode

import pytest

from tests.attacks.signed_site import BASES, INBOX, Site, text
from tests.attacks.vectors import sign


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
