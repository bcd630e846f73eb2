"""What is said beside an error in which words of a text were left out."""

import pytest

from twilio_nb.domain.entries import HIDDEN, hidden


@pytest.mark.parametrize("written", ["ValueError: invalid literal: '…'", "a\n… no …, said …5309"])
def test_where_words_were_left_out_it_is_said_how_to_see_them(written: str) -> None:
    assert hidden(written) == HIDDEN


@pytest.mark.parametrize(
    "written", [None, "", "KeyError: 'x'", "no room for …5309", "a\n… 1234 characters …\nb"]
)
def test_of_numbers_and_what_was_too_long_nothing_is_said(written: str | None) -> None:
    assert hidden(written) == ""
