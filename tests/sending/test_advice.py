"""Advice on Twilio's error codes."""

import pytest

from twilio_nb.sending.advice import ADVICE, advice


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_every_advice_is_a_sentence(code: int) -> None:
    assert ADVICE[code][0].isupper()
    assert ADVICE[code][-1] in ".)"
    assert 10000 <= code < 100000


def test_a_status_alone_helps_where_there_is_no_code() -> None:
    assert advice(None, 429) == ADVICE[20429]
    assert advice(None, 418) == advice(99999) == advice(None) == ""
