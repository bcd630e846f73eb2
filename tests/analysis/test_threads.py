"""A service's conversations, and the thread of one of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.analysis.history import ANNA, BERT, NOON, came, rows, went
from twilio_nb.errors import ConfigurationError, InvalidAddress
from twilio_nb.service import Service

Stored = Callable[..., Service]


@pytest.fixture
def service(stored: Stored) -> Service:
    return stored(
        came("1", 0), came("2", 1, BERT), went("3", 2), came("4", 3, f"whatsapp:{ANNA}"), went("5", 4, BERT)
    )


def test_a_service_has_the_conversations_of_its_texts(service: Service, stored: Stored) -> None:
    stored(came("another service's", 9))

    assert rows(service.conversations(), "theirs", "last_body", "unanswered") == [
        (BERT, "5", 0),
        (f"whatsapp:{ANNA}", "4", 1),
        (ANNA, "3", 0),
    ]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({"since": NOON + timedelta(minutes=3)}, [BERT, f"whatsapp:{ANNA}"]),
        ({"until": NOON + timedelta(minutes=1)}, [ANNA]),
        ({"with_": "+1 555-867-0001"}, [ANNA]),
    ],
)
def test_conversations_are_those_of_the_texts_that_are_chosen(
    service: Service, which: dict[str, Any], found: list[str]
) -> None:
    assert service.conversations(**which)["theirs"].to_list() == found


def test_a_service_without_texts_has_no_conversations(stored: Stored) -> None:
    assert len(stored().conversations()) == 0


def test_a_thread_has_the_texts_from_and_to_a_number_oldest_first(service: Service) -> None:
    assert service.thread("+1 (555) 867-0001")["body"].to_list() == ["1", "3"]
    assert service.thread(f"whatsapp:{ANNA}")["body"].to_list() == ["4"]
    assert service.thread(BERT, limit=1, columns=["direction", "body"]).to_dict("records") == [
        {"direction": "outbound-api", "body": "5"}
    ]
    assert service.thread(BERT, since=NOON + timedelta(minutes=2))["body"].to_list() == ["5"]


def test_a_thread_of_no_number_is_refused(service: Service) -> None:
    with pytest.raises(InvalidAddress, match="did you mean"):
        service.thread("555 867 0001")
    with pytest.raises(ConfigurationError):
        service.thread(ANNA, since=datetime(2026, 1, 1))  # noqa: DTZ001


def test_conversations_are_found_among_odd_documents(stored: Stored) -> None:
    service = stored(
        came() | {"from": 5, "to": ["a"]}, went(time="yesterday"), came(time=None) | {"body": 7}, {"_id": "x"}
    )

    assert len(service.conversations(until=datetime(2030, 1, 1, tzinfo=UTC))) == 0
