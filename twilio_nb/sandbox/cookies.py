"""The cookies of a conversation: each pair of numbers has its own, https://www.twilio.com/docs/messaging/twiml."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import ClientResponse, CookieJar
    from yarl import URL

IDLE = 4 * 3600.0
"""Seconds without a word after which the cookies of a pair are forgotten."""

Pair = tuple[str, str]


class Cookies:
    """What webhooks asked to be reminded of.

    Parameters
    ----------
    clock : callable
        Tells seconds, and never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._jars: dict[Pair, tuple[float, CookieJar]] = {}

    def sent(self, pair: Pair | None, url: "URL") -> str:
        """Return the header for a request of this conversation to this address; may be empty."""
        now = self._clock()
        self._jars = {one: kept for one, kept in self._jars.items() if now - kept[0] < IDLE}
        if pair not in self._jars:
            return ""
        jar = self._jars[pair][1]
        self._jars[pair] = now, jar
        return "; ".join(f"{name}={cookie.coded_value}" for name, cookie in jar.filter_cookies(url).items())

    def received(self, pair: Pair | None, response: "ClientResponse") -> None:
        """Keep the cookies of an answer."""
        if pair is None or not response.cookies:
            return
        from aiohttp import CookieJar

        jar = self._jars[pair][1] if pair in self._jars else CookieJar(unsafe=True)  # of addresses, too
        jar.update_cookies(response.cookies, response.url)
        self._jars[pair] = self._clock(), jar
