"""A stage for each module: its tests break one part after the other, and leave all well."""

from collections.abc import Iterator

import pytest

from tests.faults.parts.stage import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened
