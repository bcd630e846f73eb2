"""Waiting for what has to come by itself."""

import time
from collections.abc import Callable
from typing import Any


def eventually(condition: Callable[[], Any], patience: float = 20) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it never came to be within {patience} s"
        time.sleep(0.02)
    return found


def seconds(condition: Callable[[], Any], patience: float = 20) -> float:
    """Return the seconds until something is true."""
    began = time.monotonic()
    eventually(condition, patience)
    return time.monotonic() - began
