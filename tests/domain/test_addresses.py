"""Addresses are normalised where the meaning is certain, and refused with a suggestion where it is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.addresses import correspondent, masked, masked_in, recipient, sender
from twilio_nb.errors import InvalidAddress


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("+15558675309", "+15558675309"),
        (" +1 (555) 867-5309 ", "+15558675309"),
        ("+1.555.867.5309", "+15558675309"),
        ("＋１５５５８６７５３０９", "+15558675309"),
        ("\u202a+1 555\u2011867\u20115309\u202c", "+15558675309"),  # as copied from a page
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+39 06 698 1234", "+39066981234"),  # Italy keeps its zero
        ("whatsapp:+1 555 867 5309", "whatsapp:+15558675309"),
        ("WhatsApp:+15558675309", "whatsapp:+15558675309"),
        ("rcs:+15558675309", "rcs:+15558675309"),
        ("messenger:123456", "messenger:123456"),
    ],
)
def test_an_international_number_is_written_as_twilio_wants_it(text: str, address: str) -> None:
    assert recipient(text) == address


@pytest.mark.parametrize("last", range(5309, 5320))
def test_the_numbers_of_twilios_examples_pass_although_nobody_has_them(last: int) -> None:
    assert recipient(f"+1555867{last}") == f"+1555867{last}"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("555-867-5309", "'+15558675309'"),
        ("(555) 867 5309", "'+15558675309'"),
        ("15558675309", "'+15558675309'"),
        (15558675309, "'+15558675309'"),
        ("0014155552671", "'+14155552671'"),
        ("011 44 7911 123456", "'+447911123456'"),
        ("447911123456", "'+447911123456'"),
        ("tel:+15558675309", "'+15558675309'"),
        ("+15558675309abc", "'+15558675309'"),
        ("+1555\n8675309", "'+15558675309'"),
        ("whatsapp:5558675309", "'whatsapp:+15558675309'"),
    ],
)
def test_a_number_that_is_not_international_is_refused_with_the_nearest_that_is(
    text: Any, nearest: str
) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        recipient(text)

    assert f"did you mean {nearest}?" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+1555867530", "too short"),
        ("+155586753099", "too long"),
        ("+1 867 5309", "lacks its area's code"),
        ("+999123456789", "no country has that code"),
        ("+15558675309 ext 5", "more than a number"),
        ("+1-800-FLOWERS", "more than a number"),
        ("hello", "does not start with '+'"),
        ("12345", "does not start with '+'"),
        ("MG" + "0" * 32, "does not start with '+'"),
        ("", "does not start with '+'"),
        (None, "does not start with '+'"),
        (float("nan"), "does not start with '+'"),
        ("whatsapp:joe", "does not start with '+'"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason_and_an_example(text: Any, found: str) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        recipient(text)

    assert found in str(refusal.value)
    assert "+15558675309" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("+1 555 867 5310", "+15558675310"),
        ("12345", "12345"),
        ("My Cafe", "My Cafe"),
        ("MG" + "0a" * 16, "MG" + "0a" * 16),
        ("whatsapp:+15558675310", "whatsapp:+15558675310"),
        ("rcs:brand_agent", "rcs:brand_agent"),
        ("messenger:987", "messenger:987"),
    ],
)
def test_a_sender_is_a_number_a_short_code_a_name_a_service_or_a_channel(
    text: str, address: str
) -> None:  # SND-09
    assert sender(text) == address


@pytest.mark.parametrize(
    "text", ["", "ein zu langer Name", "MG" + "0" * 31, "Café", "--", None, float("nan"), "12"]
)
def test_what_is_no_sender_is_refused_with_what_one_can_be(text: Any) -> None:
    with pytest.raises(InvalidAddress, match="expected"):
        sender(text)


def test_a_sender_without_its_plus_is_refused_with_the_nearest_number() -> None:
    with pytest.raises(InvalidAddress, match=r"did you mean '\+15558675310'\?"):
        sender("555-867-5310")


def test_a_refusal_quotes_no_more_than_the_beginning() -> None:
    with pytest.raises(InvalidAddress) as refusal:
        recipient("x" * 10_000)

    assert len(str(refusal.value)) < 250


@given(st.text())
def test_any_text_is_an_address_or_refused_and_an_address_stays_itself(text: str) -> None:
    for check in (recipient, sender):
        try:
            address = check(text)
        except InvalidAddress:
            continue
        assert check(address) == address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+15558675309", "…5309"),
        ("whatsapp:+15558675309", "…5309"),
        ("12345", "…2345"),
        ("1234", "…"),
        ("Cafe", "…"),
    ],
)
def test_a_masked_address_shows_four_digits_at_most(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_of_the_numbers_in_a_sentence_a_log_gets_the_last_digits() -> None:
    said = "The 'To' number +15558675309 is not reachable from whatsapp:+4915112345678 (code 21612)."

    assert masked_in(said) == "The 'To' number …5309 is not reachable from whatsapp:…5678 (code 21612)."


@pytest.mark.parametrize("stored", ["(unknown)", '{"$gt":""}', "72645", "MyCafe", "+15558675309"])
def test_texts_of_any_sender_are_looked_for_as_they_are_stored(stored: str) -> None:
    assert correspondent(stored) == stored


def test_a_number_without_its_plus_is_not_looked_for_in_vain() -> None:
    assert correspondent("+1 555 867-5309") == "+15558675309"
    with pytest.raises(InvalidAddress, match=r"\+"):
        correspondent("555-867-5309")
