"""A history large enough to be measured."""

from datetime import UTC, datetime

import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.synthetic.documents import documents
from twilio_nb.synthetic.history import Past, draw

UNTIL = int(datetime(2026, 11, 5, 19, 30, tzinfo=UTC).timestamp() * 1000)
ACCOUNT_SID = "AC" + "0" * 32
NUMBERS = ["+15550100001", "+15550100002"]


@pytest.fixture(scope="session")
def until() -> int:
    return UNTIL


@pytest.fixture(scope="session")
def past() -> Past:
    return draw(seed=7, days=120, people=5000, count=60_000, until=UNTIL)


@pytest.fixture(scope="session")
def written(past: Past) -> list[Document]:
    """The documents of `past`."""
    return list(documents(past, service="s", account_sid=ACCOUNT_SID, numbers=NUMBERS))
