"""Advice on Twilio's error codes."""

import re

import pytest

from twilio_nb.sending.advice import ADVICE, advice

LISTED = """
20003 20404 20429 21211 21212 21408 21602 21603 21604 21606 21608 21610 21611 30001 21612 21614 21617 21620 21623
21703 21704 30002 30003 30004 30005 30006 30007 30008 30022 30034 30032 30036 30044 30450 35111 35115 35117 35118
63003 63007 63015 63016 63017 63018 63024 63038
"""


@pytest.mark.parametrize("code", [int(code) for code in LISTED.split()])
def test_every_code_that_people_meet_has_advice(code: int) -> None:
    said = advice(code)

    assert said[0].isupper()
    assert re.search(r"[.)]$", said)
    assert 15 < len(said) <= 200


def test_no_two_codes_have_the_same_advice() -> None:
    assert len(set(ADVICE.values())) == len(ADVICE)


def test_a_status_alone_helps_where_there_is_no_code() -> None:
    assert advice(None, 429) == ADVICE[20429]
    assert advice(None, 418) == advice(99999) == advice(None) == ""


def test_wrong_credentials_may_have_any_of_five_causes() -> None:
    for cause in ("SID and token", "rotated", "region", "test credentials", "suspended"):
        assert cause in advice(20003)


@pytest.mark.parametrize(
    ("to", "country"),
    [
        ("+4915112345678", "Germany (+49)"),
        ("whatsapp:+447400123456", "Britain (UK) (+44)"),
        ("+12042345678", "Canada (+1)"),
        ("+15005550003", "United States (+1)"),
        ("+88213300655", "the recipient's country"),
        ("nobody", "the recipient's country"),
        (None, "the recipient's country"),
    ],
)
def test_a_country_that_is_not_allowed_is_named_with_the_page_to_allow_it(
    to: str | None, country: str
) -> None:
    said = advice(21408, to=to)

    assert f"Allow {country} in the console" in said
    assert "geo-permissions" in said
