"""Requests on the wire: signed, to this machine only, with redirects, passwords and cookies as Twilio has them."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.cookies import Cookies, Pair
from twilio_nb.sandbox.overrides import OFF_THIS_MACHINE, CallFailed, Overrides
from twilio_nb.sandbox.settings import is_url
from twilio_nb.sandbox.signature import sign

if TYPE_CHECKING:
    import aiohttp

MOST_REDIRECTS = 10
"""Redirects in a row; Twilio does not publish its own."""

Form = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """One request, but for what differs from attempt to attempt.

    Attributes
    ----------
    user : str
        What stood before the ``@`` of the address, shown to whoever asks for it.
    pair : (str, str) or None
        The two numbers whose cookies go along.
    largest : int
        Bytes of an answer that are read; what is longer is cut just behind.
    """

    url: str
    form: Form
    method: str
    token: str
    user: str
    pair: Pair | None
    largest: int


@dataclass(frozen=True)
class Raw:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire:
    """Keeps connections, and makes requests over them.

    Parameters
    ----------
    account : Account
        Whose token signs.
    clock : callable
        Tells the age of cookies, in seconds.
    """

    def __init__(self, account: Account, clock: Callable[[], float]) -> None:
        self._account = account
        self._cookies = Cookies(clock)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session:
            await self._session.close()

    async def follow(self, call: Call, overrides: Overrides) -> Raw:
        """Make one attempt, redirects included, and return an answer of 2xx.

        Raises
        ------
        CallFailed
            If none came.
        """
        for _ in range(MOST_REDIRECTS + 1):
            raw = await self._attempt(call, overrides)
            if not 300 <= raw.status < 400:
                return _successful(raw)
            if raw.status not in (301, 302, 303, 307) or "Location" not in raw.headers:
                msg = f"The webhook answered {raw.status}, which is no redirect that can be followed."
                raise CallFailed(11216, msg)
            try:
                location = urljoin(call.url, raw.headers["Location"])
            except ValueError:
                msg = "The webhook redirected to what is no address."
                raise CallFailed(11216, msg) from None
            url, _user = called(location)
            user = call.user if urlsplit(url)[:2] == urlsplit(call.url)[:2] else ""
            form, method = (call.form, call.method) if raw.status == 307 else ((), "GET")
            call = replace(call, url=url, form=form, method=method, user=user)
        msg = f"The webhook redirected more than {MOST_REDIRECTS} times."
        raise CallFailed(11215, msg)

    async def _attempt(self, call: Call, overrides: Overrides) -> Raw:
        """Make one request; a second one with the user name if the server asks for it."""
        import aiohttp  # a fifth of a second, not wanted before the first call

        try:
            raw = await self._request(call, overrides, {})
            challenge = raw.headers.get("WWW-Authenticate", "").lower()
            if raw.status == 401 and call.user and challenge.startswith("basic"):
                user, _, password = map(unquote, call.user.partition(":"))
                credentials = aiohttp.BasicAuth(user, password, encoding="utf-8").encode()
                raw = await self._request(call, overrides, {"Authorization": credentials})
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            msg = f"Could not connect ({type(error).__name__})."
            raise CallFailed(11205, msg, "ct") from error
        except aiohttp.ServerTimeoutError as error:
            msg = f"No answer within {overrides.read:g} seconds."
            raise CallFailed(11200, msg, "rt") from error
        except aiohttp.ClientError as error:
            msg = f"The connection broke before the answer was whole ({type(error).__name__})."
            raise CallFailed(11200, msg, "ct") from error
        return raw

    async def _request(self, call: Call, overrides: Overrides, headers: dict[str, str]) -> Raw:
        import aiohttp
        from yarl import URL

        url = URL(call.url, encoded=True)  # sent letter by letter as it was signed
        session = self._session = self._session or aiohttp.ClientSession(
            # The certificate of a server on this machine proves nothing that its address does not.
            connector=aiohttp.TCPConnector(ssl=False, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        if call.method == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        if cookies := self._cookies.sent(call.pair, url):
            headers |= {"Cookie": cookies}
        async with session.request(
            call.method,
            url,
            data=urlencode(call.form) if call.method == "POST" else None,
            headers=headers
            | {
                "Accept": "*/*",
                "I-Twilio-Idempotency-Token": call.token,
                "User-Agent": "TwilioProxy/1.1",
                "X-Home-Region": "us1",
                "X-Twilio-Signature": sign(self._account.token, call.url, call.form),
            },
            timeout=aiohttp.ClientTimeout(sock_connect=overrides.connect, sock_read=overrides.read),
            allow_redirects=False,  # one could lead off this machine
        ) as response:
            content = await _read(response, call.largest)
            self._cookies.received(call.pair, response)
            return Raw(response.status, response.headers, content)


def _successful(raw: Raw) -> Raw:
    if not 200 <= raw.status < 300:
        msg = f"The webhook answered {raw.status} where 2xx was expected."
        raise CallFailed(11200, msg, f"{raw.status // 100}xx")
    return raw


def called(url: str) -> tuple[str, str]:
    """Return the address to sign and call, and the user name it had; refuse one off this machine."""
    parts = re.fullmatch(r"(https?://)(?:([^/?#]*)@)?([^#]*)(?:#.*)?", url, re.DOTALL)
    target, user = (parts[1] + parts[3], parts[2] or "") if parts else ("", "")
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
        raise CallFailed(OFF_THIS_MACHINE, msg)
    return target, user


async def _read(response: "aiohttp.ClientResponse", largest: int) -> bytes:
    """Read the content, or enough of it to see that it is too long."""
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > largest:
            break
    return bytes(content)
