"""Signatures, against vectors that are not ours and against Twilio's own validator."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MultiDict
from twilio.request_validator import RequestValidator

from twilio_nb.errors import SignatureError
from twilio_nb.receiving.signature import verify
from twilio_nb.storage.secrets import Secret

TOKEN = "12345"
# https://www.twilio.com/docs/usage/security#validating-requests, and the tests of twilio-python
EXAMPLE_URL = "https://example.com/myapp.php?foo=1&bar=2"
EXAMPLE_FORM = [
    ("Digits", "1234"),
    ("To", "+18005551212"),
    ("From", "+14158675310"),
    ("Caller", "+14158675310"),
    ("CallSid", "CA1234567890ABCDE"),
]
EXAMPLE_SIGNATURE = "L/OH5YylLD5NRKLltdqwSvS0BnU="
MYCOMPANY_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
URL = "https://hub.example.org/user/ann/twilio/service/s/incoming_webhook/w"


def signature(url: str, form: list[tuple[str, str]], token: str = TOKEN, algorithm: str = "sha1") -> str:
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), algorithm).digest()).decode()


def check(
    url: str, form: list[tuple[str, str]], signature: str | None, *tokens: str, settings: str | None = None
) -> str:
    secrets = [Secret(token) for token in tokens or (TOKEN,)]
    return verify([url], form, signature=signature, settings=settings, tokens=secrets)


def refused(
    url: str, form: list[tuple[str, str]], signature: str | None, *tokens: str, settings: str | None = None
) -> bool:
    try:
        check(url, form, signature, *tokens, settings=settings)
    except SignatureError:
        return True
    return False


def test_the_published_examples_verify() -> None:  # VLD-03
    assert check(EXAMPLE_URL, EXAMPLE_FORM, EXAMPLE_SIGNATURE) == EXAMPLE_URL
    mycompany = EXAMPLE_URL.replace("example.com", "mycompany.com")
    form = [(name, value.replace("+14158675310", "+14158675309")) for name, value in EXAMPLE_FORM]
    assert check(mycompany, form, MYCOMPANY_SIGNATURE) == mycompany


@pytest.mark.parametrize(
    "form",
    [
        [("Body", ""), ("FromCity", "")],
        [("Body", "  spaces \n and lines\r\n ")],
        [("Body", "Ünïcode ☎ 😀")],
        [("Body", "a+b %20 & = ?")],
        [("b", "1"), ("B", "2"), ("a", "3")],
        [("Extra", "b"), ("Extra", "a"), ("Extra", "a")],
        [],
    ],
)
def test_blank_repeated_and_odd_values_are_signed_as_they_are(form: list[tuple[str, str]]) -> None:  # WHP-03
    assert check(URL, form, signature(URL, form)) == URL


@pytest.mark.parametrize(
    "altered",
    [
        [("Body", "Hellp")],
        [("Body", "Hello"), ("More", "")],
        [("body", "Hello")],
        [("Body", "Hello ")],
        [],
    ],
)
def test_other_parameters_are_refused(altered: list[tuple[str, str]]) -> None:
    given_signature = signature(URL, [("Body", "Hello")])

    assert refused(URL, altered, given_signature)


@pytest.mark.parametrize(
    "other",
    [
        URL + "/",
        URL.replace("https", "http"),
        URL.replace("hub.", "HUB."),
        URL + "?a=1",
        URL.replace("/w", "/v"),
        URL.replace("org/", "org:8443/"),
    ],
)
def test_another_address_is_refused(other: str) -> None:
    assert refused(URL, [("Body", "Hello")], signature(other, [("Body", "Hello")]))


@pytest.mark.parametrize(
    ("signed_url", "seen"),
    [
        (URL, URL.replace("org/", "org:443/")),
        (URL.replace("org/", "org:443/"), URL),
        (URL.replace("org/", "org:8443/"), URL.replace("org/", "org:8443/")),
    ],
)
def test_the_port_may_be_signed_or_not(signed_url: str, seen: str) -> None:
    assert check(seen, [("Body", "Hello")], signature(signed_url, [("Body", "Hello")])) == seen


@pytest.mark.parametrize("given_signature", [None, "", "=", "Zm9v", "\udcff", "ü" * 28, "A" * 100_000])
def test_what_is_no_signature_is_refused(given_signature: str | None) -> None:
    assert refused(URL, [("Body", "Hello")], given_signature)


def test_an_address_with_an_impossible_port_is_refused_and_not_an_error() -> None:
    assert refused("https://example.org:99999999/", [("Body", "Hello")], signature(URL, []))


def test_while_a_token_is_rotated_both_are_good() -> None:
    form = [("Body", "Hello")]

    assert check(URL, form, signature(URL, form, "old"), "new", "old") == URL
    assert check(URL, form, signature(URL, form, "new"), "new", "old") == URL
    assert refused(URL, form, signature(URL, form, "older"), "new", "old")
    with pytest.raises(SignatureError):
        verify([URL], form, signature=signature(URL, form, ""), tokens=[])


def test_the_algorithm_that_the_header_names_is_used() -> None:
    form = [("Body", "Hello")]
    shared_key = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    sha256 = signature(URL, form, algorithm="sha256")

    assert check(URL, form, sha256, settings=shared_key) == URL
    assert refused(URL, form, sha256)
    assert refused(URL, form, signature(URL, form), settings=shared_key)
    assert refused(URL, form, sha256, settings="algorithm=NONE")


def test_a_signed_json_request_is_no_key_to_forms() -> None:
    url = f"{URL}?bodySHA256={hashlib.sha256(b'{}').hexdigest()}"
    good = signature(url, [])
    assert RequestValidator(TOKEN).validate(url, {}, good), "Twilio's own validator lets it through"

    assert refused(url, [], good)
    assert refused(url, [("Body", "Hello")], signature(url, [("Body", "Hello")]))


def test_the_address_that_was_signed_is_told() -> None:
    other = URL.replace("hub", "www")

    found = verify([other, URL], EXAMPLE_FORM, signature=signature(URL, EXAMPLE_FORM), tokens=[Secret(TOKEN)])

    assert found == URL


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
FORMS = st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8"), max_size=12)), max_size=6)


@given(form=FORMS, altered=FORMS)
def test_twilio_s_own_validator_agrees(form: list[tuple[str, str]], altered: list[tuple[str, str]]) -> None:
    validator = RequestValidator(TOKEN)
    given_signature = validator.compute_signature(URL, MultiDict(form))

    assert check(URL, form, given_signature) == URL
    assert refused(URL, altered, given_signature) != validator.validate(
        URL, MultiDict(altered), given_signature
    )
