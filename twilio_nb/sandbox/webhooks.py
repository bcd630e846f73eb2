"""The account's calls out: bounded in size and time, and repeated as the address asks."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.cookies import Pair
from twilio_nb.sandbox.overrides import CallFailed, Overrides
from twilio_nb.sandbox.wire import Call, Form, Raw, Wire, called

LARGEST_ANSWER = 64 * 1024
PAUSE = 0.1
"""Seconds between two attempts; Twilio does not publish its own."""


@dataclass(frozen=True)
class Answer:
    """What a webhook answered with a status of 2xx."""

    content_type: str
    text: str


class Caller:
    """Calls webhooks as Twilio does, over connections that it keeps.

    Parameters
    ----------
    account : Account
        Whose token signs.
    clock : callable, optional
        Tells the age of cookies, in seconds; by default the account's.
    """

    def __init__(self, account: Account, clock: Callable[[], float] | None = None) -> None:
        self._wire = Wire(account, clock or account.clock)

    async def close(self) -> None:
        """Close the kept connections."""
        await self._wire.close()

    async def call(self, url: str, form: Form, method: str = "POST", pair: Pair | None = None) -> Answer:
        """Call an address and return what it answered.

        Parameters
        ----------
        url : str
            As configured. Fragment and user name are not signed; the user name is sent only to a
            server that asks for it with 401.
        form : sequence of (str, str)
            The fields; with GET they become part of the query, and of what is signed.
        method : {"POST", "GET"}, optional
            The HTTP method.
        pair : (str, str), optional
            The phone and the number whose conversation this is: each pair has cookies of its own.

        Raises
        ------
        CallFailed
            If the address lies outside this machine, or gave no answer of 2xx in time.
        """
        target, user = called(url)
        if method == "GET":
            target += ("&" if "?" in target else "?") + urlencode(form)
            form = ()
        call = Call(target, form, method, str(uuid.uuid4()), user, pair, LARGEST_ANSWER)
        return _answer(await self._patiently(call, Overrides.of(url)))

    async def fetch(self, url: str, largest: int) -> tuple[str, bytes]:
        """Fetch a file of a message.

        Parameters
        ----------
        url : str
            Where it is.
        largest : int
            Bytes that it may have.

        Returns
        -------
        content_type : str
            Its MIME type, without parameters.
        content : bytes
            The file.

        Raises
        ------
        CallFailed
            If the address lies outside this machine (11210), gave no answer of 2xx in time, or a longer
            one (11751).
        """
        target, user = called(url)
        call = Call(target, (), "GET", str(uuid.uuid4()), user, None, largest)
        raw = await self._patiently(call, Overrides.of(url))
        if len(raw.content) > largest:
            msg = f"The file is longer than {largest:,} bytes."
            raise CallFailed(11751, msg)
        return raw.headers.get("Content-Type", "").partition(";")[0].strip().lower(), raw.content

    async def _patiently(self, call: Call, overrides: Overrides) -> Raw:
        """Call an address as often as it asks for, and as long as there is time."""
        try:
            async with asyncio.timeout(overrides.total):
                for attempts_left in range(overrides.retries, -1, -1):
                    try:
                        return await self._wire.follow(call, overrides)
                    except CallFailed as failure:
                        if not attempts_left or not overrides.cover(failure):
                            raise
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            pass
        msg = f"No answer within {overrides.total:g} seconds."
        raise CallFailed(11200, msg, "rt")


def _answer(raw: Raw) -> Answer:
    if len(raw.content) > LARGEST_ANSWER:
        msg = f"The answer is longer than {LARGEST_ANSWER // 1024} KiB."
        raise CallFailed(11750, msg)
    if raw.content.strip() and "Content-Type" not in raw.headers:
        msg = "The answer has no Content-Type; TwiML is text/xml."
        raise CallFailed(11200, msg)
    return Answer(raw.headers.get("Content-Type", ""), raw.content.decode(errors="replace"))
