"""Conversations are pairs of addresses: what was said last, what waits for an answer, and for how long."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twilio_nb
from tests.analysis.history import ANNA, BERT, NOON, OURS, came, frame_of, rows, went
from twilio_nb.analysis.conversations import conversations

ADDRESSES = st.sampled_from([OURS, ANNA, BERT, f"whatsapp:{ANNA}", None])
TEXTS = st.lists(
    st.builds(
        lambda seconds, way, sender, to: (
            came(str(seconds), to=to, direction=way)
            | {"from": sender, "time": None if seconds is None else NOON + timedelta(seconds=seconds)}
        ),
        st.sampled_from([None, 0, 1, 2, 3, 60]),
        st.sampled_from(["inbound", "outbound-api", "outbound-reply", "sideways", None]),
        ADDRESSES,
        ADDRESSES,
    ),
    max_size=25,
)


def minutes(count: float) -> pd.Timedelta:
    return pd.Timedelta(minutes=count)


def test_a_conversation_tells_how_much_was_said_and_what_last() -> None:
    (only,) = conversations(
        frame_of(came("Hi", 0), went("Hello Anna", 1), came("Bye", 5), came("?", 6))
    ).to_dict("records")

    assert only == {
        "ours": OURS,
        "theirs": ANNA,
        "texts": 4,
        "received": 3,
        "sent": 1,
        "first": NOON,
        "last": NOON + timedelta(minutes=6),
        "last_direction": "inbound",
        "last_body": "?",
        "unanswered": 2,
        "waiting_since": NOON + timedelta(minutes=5),
        "our_response": minutes(1),
        "their_response": minutes(4),
    }


def test_the_newest_conversation_comes_first() -> None:
    found = conversations(frame_of(came("a", 0, BERT), came("b", 1, ANNA), came("c", 2, BERT)))

    assert rows(found, "theirs", "last_body") == [(BERT, "c"), (ANNA, "b")]


def test_each_channel_and_each_number_of_ours_has_its_own_conversation() -> None:
    found = conversations(
        frame_of(
            came("a", 0),
            came("b", 1, f"whatsapp:{ANNA}", to=f"whatsapp:{OURS}"),
            went("c", 2, **{"from": "+15558675311"}),
        )
    )

    assert rows(found, "ours", "theirs", "unanswered") == [
        ("+15558675311", ANNA, 0),
        (f"whatsapp:{OURS}", f"whatsapp:{ANNA}", 1),
        (OURS, ANNA, 1),
    ]


def test_the_middle_response_counts_each_text_that_was_answered() -> None:
    asked = [came("1", 0), came("2", 8), went("both", 10), came("3", 20), went("soon", 21), came("4", 30)]

    (found,) = rows(conversations(frame_of(*asked)), "our_response", "their_response", "unanswered")

    assert found == (minutes(2), minutes(9.5), 1)  # of 10, 2 and 1 minutes; of 10 and 9


def test_who_never_answered_has_no_response_time() -> None:
    found = conversations(frame_of(went("a", 0), went("b", 1)))

    assert rows(found, "our_response", "their_response", "waiting_since") == [(None, None, None)]


def test_at_the_same_time_what_came_in_is_the_earlier() -> None:
    found = conversations(frame_of(went("answer", 1), came("question", 1)))

    assert rows(found, "last_body", "unanswered", "our_response") == [("answer", 0, minutes(0))]


@pytest.mark.parametrize(
    "odd", [{"time": None}, {"from": None}, {"to": None}, {"direction": None}, {"direction": "sideways"}]
)
def test_a_text_without_time_address_or_direction_is_in_no_conversation(odd: dict[str, Any]) -> None:
    found = conversations(frame_of(came("odd", 3) | odd, came("a", 0)))

    assert rows(found, "theirs", "texts", "last_body") == [(ANNA, 1, "a")]


def test_a_text_without_a_body_may_be_the_last() -> None:
    found = conversations(frame_of(came("a", 0), came("picture", 1) | {"body": None}))

    assert rows(found, "last_body", "texts") == [(None, 2)]


def test_no_texts_are_no_conversations_of_the_same_columns() -> None:
    some, none = conversations(frame_of(came())), conversations(frame_of())

    assert len(none) == 0
    assert none.dtypes.equals(some.dtypes)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_conversations_and_response_times_are_what_a_loop_over_all_texts_finds(
    documents: list[dict[str, Any]],
) -> None:
    found = conversations(frame_of(*documents))

    assert {row[:2]: row[2:] for row in rows(found)} == by_hand(documents)
    waits = twilio_nb.summary(frame_of(*documents), "response_time")["texts"]
    assert (waits.sum(), waits.iloc[-1]) == (found["received"].sum(), found["unanswered"].sum())


def by_hand(documents: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What `conversations` is to find, in plain loops."""
    pairs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in documents:
        inbound = one["direction"] == "inbound"
        if None in (one["time"], one["from"], one["to"], one["direction"]) or one["direction"] == "sideways":
            continue
        pair = (one["to"], one["from"]) if inbound else (one["from"], one["to"])
        pairs.setdefault(pair, []).append(one)
    return {pair: _told(said) for pair, said in pairs.items()}


def _told(said: list[dict[str, Any]]) -> tuple[Any, ...]:
    said = sorted(said, key=lambda one: (one["time"], one["direction"] != "inbound"))
    waits: dict[bool, list[timedelta]] = {True: [], False: []}
    unanswered = []
    for n, one in enumerate(said):
        inbound = one["direction"] == "inbound"
        answers = [later for later in said[n:] if (later["direction"] == "inbound") != inbound]
        if answers:
            waits[inbound].append(answers[0]["time"] - one["time"])
        elif inbound:
            unanswered.append(one)
    received = sum(one["direction"] == "inbound" for one in said)
    last = said[-1]
    return (
        *(len(said), received, len(said) - received, said[0]["time"], last["time"]),
        *("inbound" if last["direction"] == "inbound" else "outbound", last["body"], len(unanswered)),
        *(unanswered[0]["time"] if unanswered else None, _middle(waits[True]), _middle(waits[False])),
    )


def _middle(waits: list[timedelta]) -> timedelta | None:
    waits = sorted(waits)
    return (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) / 2 if waits else None
