"""Histories: one large enough to be measured, and a smaller one whose documents are read."""

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
    return draw(seed=7, days=120, people=15_000, count=250_000, until=UNTIL)


@pytest.fixture(scope="session")
def written() -> list[Document]:
    """Documents, the oldest first."""
    past = draw(seed=7, days=120, people=3000, count=30_000, until=UNTIL)
    return list(documents(past, service="s", account_sid=ACCOUNT_SID, numbers=NUMBERS))
