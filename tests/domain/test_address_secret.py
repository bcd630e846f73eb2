"""The secret in an address: what is taken out of a query, and what stays."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.address_secret import PARAMETER, shown_with, taken_out, with_secret
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.errors import ConfigurationError

ADDRESS = "https://example.org/twilio/service/s/incoming_webhook/vote#rc=2&rp=ct,5xx"

pairs = st.text(alphabet="secrtSECRT=%374+;? é", max_size=12)
"""What may stand between two ``&``: the name itself too, in several spellings."""


@pytest.mark.parametrize(
    ("query", "rest", "values"),
    [
        ("secret=hello&someParam=42", "someParam=42", ["hello"]),
        ("someParam=4%32&secret=hello&b=+%20", "someParam=4%32&b=+%20", ["hello"]),
        ("secret=hello", "", ["hello"]),
        ("a=1&&secret=hello&", "a=1&&", ["hello"]),
        ("%73ecret=a%26b+c", "", ["a&b c"]),
        ("secret", "", [""]),
        ("secret=a&secret=b", "", ["a", "b"]),
        ("Secret=a&secrets=b&x=secret=c", "Secret=a&secrets=b&x=secret=c", []),
        ("", "", []),
    ],
)
def test_the_pair_is_taken_out_and_nothing_else(query: str, rest: str, values: list[str]) -> None:  # VLD-01
    assert taken_out(query) == (rest, values)


@given(st.lists(pairs, max_size=6).map("&".join))
def test_what_is_left_is_the_query_without_its_secrets_letter_for_letter(query: str) -> None:  # VLD-01
    rest, values = taken_out(query)

    read = parse_qsl(query, keep_blank_values=True)
    assert values == [value for name, value in read if name == PARAMETER]
    assert parse_qsl(rest, keep_blank_values=True) == [pair for pair in read if pair[0] != PARAMETER]
    assert taken_out(rest) == (rest, [])
    left = iter(query.split("&"))
    assert all(pair in left for pair in rest.split("&"))  # in the same order


@given(pairs.filter(lambda pair: taken_out(pair)[1] == []), st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_was_put_into_an_address_is_taken_out_again(other: str, secret: str) -> None:  # VLD-01
    address = with_secret(ADDRESS, secret)
    parts = urlsplit(address)

    assert parts.fragment == "rc=2&rp=ct,5xx"
    assert address.isascii()
    assert taken_out(parts.query) == ("", [secret])
    assert taken_out(f"{other}&{parts.query}") == (other, [secret])


def test_an_address_is_shown_with_the_name_of_its_secret() -> None:  # WHC-12
    assert shown_with(ADDRESS, "voteKey") == ADDRESS.replace("#", "?secret=<voteKey>#")
    assert shown_with(ADDRESS, None) == ADDRESS


def test_a_webhook_names_its_secret_as_a_secret_can_be_named() -> None:  # WHC-12
    assert WebhookDefinition("hotline", "vote", secret="voteKey").to_document()["secret"] == "voteKey"
    for name in ("what is this", "", "x_next"):
        with pytest.raises(ConfigurationError, match="cannot name a secret"):
            WebhookDefinition("hotline", "vote", secret=name)
