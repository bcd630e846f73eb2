"""Codes in words."""

import pytest

from twilio_nb.domain.reasons import REASONS, reason
from twilio_nb.sending.advice import ADVICE


@pytest.mark.parametrize(
    ("code", "words"), [(30003, "30003 handset unreachable"), (39999, "39999"), (None, "no code given")]
)
def test_a_code_is_shown_with_what_it_means(code: int | None, words: str) -> None:
    assert reason(code) == words


def test_every_failure_that_has_advice_has_words() -> None:
    failures = {code for code in ADVICE if 30000 <= code < 35000 or code >= 63000}

    assert failures - set(REASONS) == set()


def test_words_fit_beside_a_bar() -> None:
    assert [code for code, words in REASONS.items() if len(words) > 34] == []
