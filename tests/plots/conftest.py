"""Texts to draw."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.analysis.made import ANN, BOB, texts

MONDAY = datetime(2024, 1, 1, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def day_of_texts() -> pd.DataFrame:
    """Provide texts of two days in UTC, and of one in Vienna."""
    return texts(
        {"body": "STOP", "time": MONDAY},
        {"body": "ok", "direction": "outbound-reply", "time": MONDAY + timedelta(minutes=5)},
        {"body": "start", "time": MONDAY + timedelta(hours=1)},
        {"body": "hi", "from": BOB, "time": MONDAY + timedelta(hours=2)},
        {"direction": "outbound-api", "status": "undelivered", "error_code": 30003, "to": ANN}
        | {"time": MONDAY + timedelta(hours=3)},
        {"direction": "outbound-api", "status": "failed", "time": MONDAY + timedelta(hours=3)},
        {"direction": "outbound-api", "status": "queued", "time": MONDAY + timedelta(hours=3)},
    )
