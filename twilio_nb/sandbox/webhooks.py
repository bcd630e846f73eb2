"""The account's calls out: signed, bounded, repeated as the address asks, and to this machine only."""

import asyncio
import ipaddress
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.numbers import is_url
from twilio_nb.sandbox.signature import sign

if TYPE_CHECKING:
    import aiohttp

LARGEST_ANSWER = 64 * 1024
PAUSE = 0.1
"""Seconds between two attempts; Twilio does not publish its own."""

Form = Sequence[tuple[str, str]]


class CallFailed(Exception):
    """A webhook that gave no usable answer.

    Attributes
    ----------
    code : int
        Twilio's code for it, such as 11200.
    cause : str
        Which retry policy covers it: ct, rt, 4xx, 5xx, or none.
    """

    def __init__(self, code: int, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.cause = cause


@dataclass(frozen=True)
class Answer:
    """What a webhook answered with a status of 2xx."""

    content_type: str
    text: str


@dataclass(frozen=True)
class Overrides:
    """What the fragment of a webhook's address sets, such as ``#rc=2&rp=ct,5xx``.

    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides

    Attributes
    ----------
    connect, read, total : float
        Seconds: ``ct``, ``rt``, ``tt`` (milliseconds in the fragment). The total includes retries.
    retries : int
        ``rc``.
    policy : frozenset of str
        ``rp``: what is retried; connections that fail unless told otherwise.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = field(default_factory=lambda: frozenset({"ct"}))

    @classmethod
    def of(cls, url: str) -> "Overrides":
        """Read the fragment of an address; what makes no sense there is passed over."""
        given = {key: values[0] for key, values in parse_qs(url.partition("#")[2]).items()}

        def seconds(key: str, low: int, default: float) -> float:
            text = given.get(key, "")
            return min(max(int(text), low), 15_000) / 1000 if text.isdecimal() else default

        retries = given.get("rc", "")
        return cls(
            connect=min(seconds("ct", 100, cls.connect), 10.0),
            read=seconds("rt", 100, cls.read),
            total=seconds("tt", 100, cls.total),
            retries=min(int(retries), 5) if retries.isdecimal() else cls.retries,
            policy=frozenset(given["rp"].split(",")) if "rp" in given else frozenset({"ct"}),
        )

    def cover(self, failure: CallFailed) -> bool:
        """Whether this failure is one to retry."""
        return bool(failure.cause) and bool({"all", failure.cause} & self.policy)


class Caller:
    """Calls webhooks as Twilio does, over connections that it keeps.

    Parameters
    ----------
    account : Account
        Whose token signs.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session:
            await self._session.close()

    async def call(self, url: str, form: Form, method: str = "POST") -> Answer:
        """Call an address and return what it answered.

        Parameters
        ----------
        url : str
            As configured. Fragment and user name are neither signed nor sent.
        form : sequence of (str, str)
            The fields; with GET they become part of the query, and of what is signed.
        method : {"POST", "GET"}, optional
            The HTTP method.

        Raises
        ------
        CallFailed
            If the address lies outside this machine, or gave no answer of 2xx in time.
        """
        overrides = Overrides.of(url)
        target = _called(url)
        if method == "GET":
            target += ("&" if "?" in target else "?") + urlencode(form)
            form = ()
        headers = {
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "X-Home-Region": "us1",
            "X-Twilio-Signature": sign(self._account.token, target, form),
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        try:
            async with asyncio.timeout(overrides.total):
                for attempts_left in range(overrides.retries, -1, -1):
                    try:
                        return await self._attempt(target, form, method, headers, overrides)
                    except CallFailed as failure:
                        if not attempts_left or not overrides.cover(failure):
                            raise
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            pass
        msg = f"No answer within {overrides.total:g} seconds."
        raise CallFailed(11200, msg, "rt")

    async def _attempt(
        self, url: str, form: Form, method: str, headers: dict[str, str], overrides: Overrides
    ) -> Answer:
        import aiohttp  # a fifth of a second, not wanted before the first call
        from yarl import URL

        session = self._session = self._session or aiohttp.ClientSession(
            # The certificate of a server on this machine proves nothing that its address does not.
            connector=aiohttp.TCPConnector(ssl=False, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        timeout = aiohttp.ClientTimeout(sock_connect=overrides.connect, sock_read=overrides.read)
        try:
            async with session.request(
                method,
                URL(url, encoded=True),  # sent letter by letter as it was signed
                data=urlencode(form) if method == "POST" else None,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,  # a redirect could lead off this machine
            ) as response:
                content = await _read(response)
                status, kind = response.status, response.headers.get("Content-Type", "")
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            msg = f"Could not connect ({type(error).__name__})."
            raise CallFailed(11205, msg, "ct") from error
        except aiohttp.ServerTimeoutError as error:
            msg = f"No answer within {overrides.read:g} seconds."
            raise CallFailed(11200, msg, "rt") from error
        except aiohttp.ClientError as error:
            msg = f"The connection broke before the answer was whole ({type(error).__name__})."
            raise CallFailed(11200, msg, "ct") from error
        if not 200 <= status < 300:
            msg = f"The webhook answered {status} where 2xx was expected."
            raise CallFailed(11200, msg, f"{status // 100}xx" if status >= 400 else "")
        if len(content) > LARGEST_ANSWER:
            msg = f"The answer is longer than {LARGEST_ANSWER // 1024} KiB."
            raise CallFailed(11750, msg)
        return Answer(kind, content.decode(errors="replace"))


def _called(url: str) -> str:
    """Return the address to sign and call, without fragment and user name; refuse one off this machine."""
    target = re.sub(r"^(https?://)[^/?#]*@", r"\1", url.partition("#")[0])
    host = urlsplit(target).hostname if is_url(target) else None
    try:
        local = host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        local = False
    if not local:
        msg = (
            f"The sandbox calls this machine only and did not call {host or 'this address'}; "
            "give it an address such as http://127.0.0.1:8888/…."
        )
        raise CallFailed(11210, msg)
    return target


async def _read(response: "aiohttp.ClientResponse") -> bytes:
    """Read the content, or enough of it to see that it is too long."""
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            break
    return content
