"""Statuses have one order, whatever the order in which they come."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.statuses import Status, advances


def after(words: list[str]) -> str | None:
    """Where a message stands after callbacks with these words."""
    status: str | None = None
    for word in words:
        status = word if advances(status, word) else status
    return status


@given(st.lists(st.sampled_from([word.value for word in Status]), min_size=1), st.randoms())
def test_any_order_and_repetition_of_callbacks_ends_in_the_same_status(words: list[str], random: Any) -> None:
    shuffled = [*words, *random.choices(words, k=3)]
    random.shuffle(shuffled)

    assert after(shuffled) == after(words)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("accepted", "queued"),
        ("scheduled", "canceled"),
        ("queued", "sending"),
        ("sending", "sent"),
        ("queued", "sent"),
        ("sent", "delivered"),
        ("sent", "undelivered"),
        ("sent", "failed"),
        ("delivered", "read"),
        ("undelivered", "delivered"),
        (None, "queued"),
        (None, "a word of next year"),
        ("a word of next year", "queued"),
    ],
)
def test_a_status_moves_on_and_never_back(old: str | None, new: str) -> None:
    assert advances(old, new)
    assert old is None or not advances(new, old)


@pytest.mark.parametrize("final", ["delivered", "undelivered", "failed", "canceled", "read", "received"])
def test_nothing_that_is_not_final_follows_what_is(final: str) -> None:
    underway = [
        "receiving",
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "partially_delivered",
        "?",
        final,
    ]

    assert not any(advances(final, word) for word in underway)
