"""Signatures against vectors that were made without our code, alone and through the real receiver."""

from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.attacks import vectors
from tests.attacks.signed_site import INBOX, Site, passes, text
from tests.attacks.vectors import (
    JSON,
    OURS,
    PUBLISHED,
    SHARED_KEY,
    SHARED_KEY_HEADER,
    TOKEN,
    Vector,
    sign,
)


def names(vector: Vector) -> str:
    return vector.name


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
    site.forget(vector.pairs)
    assert site.post(vector.url, vector.pairs, vector.signature[::-1], vector.settings) == 403
    assert site.stored(vector.pairs) is None

    assert site.post(vector.url, vector.pairs, vector.signature, vector.settings) == 200

    assert site.stored(vector.pairs) == [list(pair) for pair in vector.pairs]


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
