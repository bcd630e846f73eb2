"""Texts of a table are searched, filtered and sorted, whatever they hold."""

from typing import Any

import pytest

from tests.analysis.made import ANN, BOB, OURS, texts
from twilio_nb.analysis.choosing import SORTS, Choice, between, chosen
from twilio_nb.errors import ConfigurationError

FRAME = texts(
    {"body": "Hello (world) .*", "webhook": "echo"},
    {"body": "ÄPFEL", "from": BOB, "num_segments": 3},
    {"direction": "outbound-reply", "body": "apples", "webhook": "echo"},
    {"direction": "outbound-api", "body": None, "status": "failed", "to": BOB},
    {"body": "hello again", "num_segments": None},
)


def found(**choice: Any) -> list[int]:
    return [int(position) for position in chosen(FRAME, Choice(**choice))]


def test_everything_comes_newest_first_or_oldest_first() -> None:
    assert found() == [4, 3, 2, 1, 0]
    assert found(descending=False) == [0, 1, 2, 3, 4]


def test_a_search_is_literal_and_ignores_upper_and_lower_case() -> None:
    assert found(search="HELLO") == [4, 0]
    assert found(search="(world) .*") == [0]
    assert found(search="äpfel") == [1]
    assert found(search="no such thing") == []


def test_a_search_finds_numbers_as_people_write_them() -> None:
    assert found(search="+1 (555) 000-1111") == [3, 1]


def test_filters_narrow_what_is_found() -> None:
    assert found(direction="inbound") == [4, 1, 0]
    assert found(direction="outbound") == [3, 2]
    assert found(status="failed") == [3]
    assert found(webhook="echo", direction="inbound") == [0]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SORTS)
def test_sorting_loses_no_text_and_puts_what_is_null_last(sort: str, descending: bool) -> None:
    order = found(sort=sort, descending=descending)

    assert sorted(order) == [0, 1, 2, 3, 4]
    values = FRAME[sort].iloc[order]
    known = values.dropna()
    assert values.head(len(known)).notna().all()
    expected = known.str.casefold() if str(known.dtype) == "string[pyarrow]" else known
    assert expected.is_monotonic_decreasing if descending else expected.is_monotonic_increasing


def test_what_is_alike_stays_in_the_order_of_time() -> None:
    assert found(sort="direction", descending=False)[:3] == [4, 1, 0]


def test_another_column_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be sorted by 'payload'"):
        found(sort="payload")


def test_a_thread_is_what_two_addresses_wrote_to_each_other() -> None:
    assert between(FRAME, OURS, ANN).tolist() == [0, 2, 4]
    assert between(FRAME, OURS, BOB).tolist() == [1, 3]
    assert between(FRAME, ANN, OURS).tolist() == []


def test_no_texts_are_no_trouble() -> None:
    assert chosen(texts(), Choice(search="x", direction="inbound", sort="body")).tolist() == []


def test_a_period_has_its_first_moment_and_not_its_last() -> None:
    moments = [int(one.timestamp() * 1000) for one in FRAME["time"]]

    assert found(since=moments[1], until=moments[3]) == [2, 1]
    assert found(since=moments[3]) == [4, 3]
    assert found(until=moments[1]) == [0]


def test_a_text_without_a_time_is_in_no_period() -> None:
    frame = FRAME.assign(time=FRAME["time"].where(FRAME.index > 0))

    assert 0 not in chosen(frame, Choice(until=2**52))
    assert 0 in chosen(frame, Choice())


def test_whose_name_is_searched_for_is_found_by_the_address() -> None:
    assert [int(one) for one in chosen(FRAME, Choice(search="Bob"), {BOB})] == [3, 1]
