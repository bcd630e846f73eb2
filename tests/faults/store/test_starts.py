"""Eight processes that want a mongod at the same moment, twenty times."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.store.crowd import Crowd

pytestmark = pytest.mark.alone

USERS, ROUNDS = 8, 20
HOUSES = 4  # in which the rounds go on side by side, since most of a round is waiting for the end


def test_of_eight_that_start_at_once_all_get_the_same_mongod_and_none_is_left_after(
    own_surroundings: Path, ledger: Any
) -> None:
    def rounds(house: int) -> float:
        with Crowd(own_surroundings / str(house)) as crowd:
            ends = []
            for number in range(ROUNDS // HOUSES):
                # Each second time the database has to be made.
                crowd.come(USERS, crowd.root / f"data-{number // 2}")
                served = crowd.served(USERS * (number + 1))[-USERS:]
                assert len(served) == USERS
                assert [process.pid for process in crowd.named("mongod")] == list(set(served))
                ends.append(crowd.leave(signal.SIGKILL if number % 2 else signal.SIGTERM))
            return max(ends)

    with ThreadPoolExecutor(HOUSES) as threads:
        longest = max(threads.map(rounds, range(HOUSES)))

    ledger(f"{USERS} processes start at once, {ROUNDS} times; until none is left", well=longest)
