"""Against the vectors that Twilio publishes, and against its own library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from twilio_nb.sandbox.signature import sign


def call(caller: str) -> list[tuple[str, str]]:
    return [
        ("Digits", "1234"),
        ("To", "+18005551212"),
        ("From", caller),
        ("Caller", caller),
        ("CallSid", "CA1234567890ABCDE"),
    ]


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        ("https://example.com/myapp.php?foo=1&bar=2", call("+14158675310"), "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", call("+14158675309"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ],
)
def test_published_vectors_hold(url: str, form: list[tuple[str, str]], signature: str) -> None:
    assert sign("12345", url, form) == signature


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_any_form_is_signed_as_twilio_checks_it(form: dict[str, str]) -> None:
    url = "https://example.com:8443/a?b=c"
    assert RequestValidator("token").validate(url, form, sign("token", url, form.items()))


def test_a_pair_that_occurs_twice_counts_once_and_values_of_a_name_are_sorted() -> None:
    url = "https://example.com/"
    assert sign("t", url, [("a", "2"), ("a", "1"), ("a", "2")]) == sign("t", url, [("a", "1"), ("a", "2")])
    assert sign("t", url, [("a", "1"), ("a", "2")]) == sign("t", url + "a1a2")
