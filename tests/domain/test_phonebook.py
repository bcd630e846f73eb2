"""Numbers as people keep them in lists."""

import pytest

from twilio_nb.domain.phonebook import as_stored, e164, known_region, region_of
from twilio_nb.errors import InvalidAddress


@pytest.mark.parametrize(
    ("value", "region", "expected"),
    [
        ("+1 (555) 867-5309", None, "+15558675309"),
        ("whatsapp:+15558675309", None, "+15558675309"),
        ("'+15558675309", None, "+15558675309"),
        ("0015558675309", None, "+15558675309"),
        ("＋1５558675309", None, "+15558675309"),
        ("\u202a+15558675309\u202c", None, "+15558675309"),
        ("555-867-5309", "US", "+15558675309"),
        (5558675309, "US", "+15558675309"),
        (1.5558675309e10, "US", "+15558675309"),
        ("15558675309.0", "US", "+15558675309"),
        ("1.5558675309E10", "US", "+15558675309"),
        ("0171 2345678", "DE", "+491712345678"),
        (1712345678.0, "DE", "+491712345678"),
        (447911123456.0, "US", "+447911123456"),
        ("12345", None, "12345"),
        (72727.0, None, "72727"),
    ],
)
def test_a_number_is_read_however_it_is_kept(value: object, region: str | None, expected: str) -> None:
    assert e164(value, region) == expected


@pytest.mark.parametrize(
    ("value", "region", "reason"),
    [
        ("555 867 5309", None, "names no country"),
        (15558675309.0, None, "names no country"),
        ("1.55587E+10", "US", "last digits are lost"),
        ("call me", "US", "no number has that form in US"),
        ("+1555", None, "no number has that form"),
        (None, "US", "no number"),
        (float("nan"), "US", "no number"),
        (" ", "US", "no number"),
        (True, "US", "of another kind"),
        (-15558675309, "US", "of another kind"),
        (155586753.5, "US", "of another kind"),
        (float("inf"), "US", "of another kind"),
    ],
)
def test_what_cannot_be_read_says_why(value: object, region: str | None, reason: str) -> None:
    with pytest.raises(InvalidAddress, match=reason):
        e164(value, region)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("whatsapp:+15558675309", "+15558675309"), ("+1555 867 5309", "+15558675309"), ("MyCafe", "MyCafe")],
)
def test_a_stored_address_is_its_number_or_stays_itself(address: str, expected: str) -> None:
    assert as_stored(address) == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (["+15558675309", "+15558675310", "MyCafe"], "US"),
        (["+491712345678"], "DE"),
        (["+491712345678", "+15558675309"], None),
        (["12345"], None),
        ([], None),
    ],
)
def test_numbers_of_one_country_tell_the_region(numbers: list[str], expected: str | None) -> None:
    assert region_of(numbers) == expected


def test_a_region_that_is_none_is_refused() -> None:
    assert known_region("de") == "DE"
    with pytest.raises(InvalidAddress, match="two letters"):
        known_region("Germany")
