"""Twilio's guard against two programs that answer each other for ever."""

from collections.abc import Callable

LIMIT, WINDOW = 30, 30.0
"""Replies between two numbers, each within so many seconds of the one before: https://www.twilio.com/docs/api/errors/14107.

The page has named other limits over the years, 15 and 20 among them.
"""


class LoopGuard:
    """Counts the replies of each conversation.

    Parameters
    ----------
    clock : callable
        Tells seconds, and never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counts: dict[frozenset[str], tuple[int, float]] = {}
        self._held: dict[frozenset[str], float] = {}

    def stops(self, one: str, other: str) -> bool:
        """Count a reply, and tell whether it is one too many (14107).

        Parameters
        ----------
        one, other : str
            The two numbers; which of them sends does not matter.

        Returns
        -------
        bool
            True for what follows the limit, and for everything in the 30 s after.
        """
        now = self._clock()
        pair = frozenset({one, other})
        if now < self._held.get(pair, 0.0):
            return True
        count, last = self._counts.get(pair, (0, now))
        count = count + 1 if now - last < WINDOW else 1
        if count > LIMIT:
            self._held[pair] = now + WINDOW
            del self._counts[pair]
            return True
        self._counts[pair] = count, now
        return False
