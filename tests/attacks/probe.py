"""A probe: a request that Twilio has signed, with one thing wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.attacks.raw_requests import NOTHING, Text

NOT_OURS = (302, 403, 404, 405)
"""Not one of our paths: Jupyter asks for a login, with 403 or its page, or has no such page."""

MALFORMED = (400, NOTHING)


@dataclass(frozen=True)
class Probe:
    """A signed request with one thing wrong.

    Attributes
    ----------
    name : str
        What it tries.
    harmed : callable
        Writes it, given a signed text.
    answers : tuple of int
        The statuses of which Jupyter Server answers one.
    has_rest : bool
        Whether some of it is left, which the server must take for the next request.
    """

    name: str
    harmed: Callable[[Text], bytes]
    answers: tuple[int, ...]
    has_rest: bool = False


def with_lines(
    name: str, *lines: str, without: tuple[str, ...] = (), answers: tuple[int, ...] = (400,)
) -> Probe:
    """Probe with header lines, more of them or others."""
    return Probe(name, lambda text: text.raw(*lines, without=without), answers)
