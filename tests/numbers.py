"""Numbers of phones that no other test, and no other try of the same test, has texted."""

import secrets


def number() -> str:
    """Return one."""
    return numbers(1)[0]


def numbers(count: int) -> list[str]:
    """Return several, in their order."""
    first = secrets.randbelow(100_000 - count)
    return [f"+155584{first + n:05d}" for n in range(count)]
