"""What no Twilio has: the controls that play the world around the account, below ``/sandbox/``.

And its console, for what has no API at Twilio.
"""

import asyncio
import base64
import binascii
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request

from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.sandbox import media as files
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.exchanges import shown
from twilio_nb.sandbox.faults import EXPECTED as FAULT
from twilio_nb.sandbox.faults import Faults
from twilio_nb.sandbox.media import Media
from twilio_nb.sandbox.numbers import Number
from twilio_nb.sandbox.outcomes import EXPECTED as OUTCOME
from twilio_nb.sandbox.outcomes import Outcomes
from twilio_nb.sandbox.phones import Phones
from twilio_nb.sandbox.whatsapp import SENDER, channel

Work = Callable[[Request], Awaitable[tuple[int, Any]]]

_TEXT = "the body is {from, to, body, media: [{content_type, content}]} as JSON; content is in Base64"
_CONSOLE = "the body is {media_needs_login: true or false, whatsapp: {SmsUrl, …}} as JSON"
_TIME = "the body is {seconds} as JSON, at most 100 days"
_LONGEST = 100 * 24 * 3600


class Controls:
    """The far end of the account, told over HTTP what to do.

    Parameters
    ----------
    account : Account
        What is texted.
    phones : Phones
        Who texts it.
    outcomes : Outcomes
        How its messages end.
    faults : Faults
        What its REST API does wrong.
    """

    def __init__(self, account: Account, phones: Phones, outcomes: Outcomes, faults: Faults) -> None:
        self._account = account
        self._phones = phones
        self._outcomes = outcomes
        self._faults = faults

    def table(self) -> list[tuple[str, str, Work]]:
        """Return method, path and work of each control."""
        return [
            ("POST", "/sandbox/texts", self.text),
            ("GET", "/sandbox/phones", self.news),
            ("GET", "/sandbox/phones/{number}", self.conversation),
            ("GET", "/sandbox/notifications", self.notifications),
            ("GET", "/sandbox/console", self.console),
            ("POST", "/sandbox/console", self.set_up),
            ("POST", "/sandbox/time", self.skip),
            ("POST", "/sandbox/behaviour", self.misbehave),
            ("POST", "/sandbox/deliveries", self.deliver),
            ("GET", "/sandbox/behaviour", self.behaviour),
            ("DELETE", "/sandbox/behaviour", self.behave),
        ]

    async def text(self, request: Request) -> tuple[int, Any]:
        """Text a number from a phone: ``{from, to, body, media}``, each of them optional."""
        given = await _given(request, _TEXT)
        from_ = given.get("from") or self._account.phone
        to, body = given.get("to"), given.get("body") or ""
        if not isinstance(from_, str) or not isinstance(body, str):
            raise Refusal(20001, what=_TEXT)
        number = self._number(to or (SENDER if channel(from_) else next(iter(self._account.numbers))))
        media = [self._media(one) for one in _listed(given.get("media"))]
        if channel(from_) != channel(number.phone_number):
            raise Refusal(21910)
        if not body and not media:
            raise Refusal(21602)
        if len(body) > BODY_LIMIT:
            raise Refusal(21617)
        if len(media) > files.MOST:
            raise Refusal(21623)
        if sum(len(one.content or b"") for one in media) > files.LARGEST[channel(from_)]:
            raise Refusal(20001, what="the files of one message have at most 5 MB together, 16 on WhatsApp")
        exchange = await self._phones.text(from_, number, body, media)
        return 200, exchange.record()

    def _number(self, address: Any) -> Number:
        if address == SENDER:
            return self._account.whatsapp.number
        number = self._account.numbers.get(address) if isinstance(address, str) else None
        if number is None:
            known = ", ".join([*self._account.numbers, SENDER])
            raise Refusal(20001, what=f"to={address} is none of the account's numbers: {known}")
        return number

    def _media(self, given: Any) -> Media:
        try:
            content_type = given.get("content_type")
            content = base64.b64decode(given["content"], validate=True)
            return files.sent(self._account, content_type and str(content_type), content)
        except (AttributeError, KeyError, TypeError, binascii.Error):
            raise Refusal(20001, what=_TEXT) from None

    async def console(self, request: Request) -> tuple[int, Any]:
        """Show what can be set in Twilio's console only."""
        return 200, {
            "media_needs_login": self._account.media_needs_login,
            "whatsapp": self._account.whatsapp.record(),
        }

    async def set_up(self, request: Request) -> tuple[int, Any]:
        """Set it: ``{media_needs_login, whatsapp}``; of WhatsApp the parameters of a number's update."""
        given = await _given(request, _CONSOLE)
        login = given.get("media_needs_login", self._account.media_needs_login)
        whatsapp = given.get("whatsapp", {})
        if type(login) is not bool or not isinstance(whatsapp, dict):
            raise Refusal(20001, what=_CONSOLE)
        self._account.whatsapp.number.update({name: [str(value)] for name, value in whatsapp.items()})
        self._account.media_needs_login = login
        self._account.changed()
        return await self.console(request)

    async def skip(self, request: Request) -> tuple[int, Any]:
        """Let time pass: ``{seconds}``. Scheduled messages go out, WhatsApp's windows close."""
        seconds: Any = (await _given(request, _TIME)).get("seconds")
        if type(seconds) not in (int, float) or not 0 <= seconds <= _LONGEST:
            raise Refusal(20001, what=_TIME)
        self._account.clock.skip(seconds)
        return 204, None

    async def conversation(self, request: Request) -> tuple[int, Any]:
        """Show what a phone sent and received, oldest first: all, or the last `limit` of it, `before` a message."""
        phone, wanted = request.path_params["number"], request.query_params
        messages = self._phones.conversation(phone)
        if before := wanted.get("before"):
            messages = list(itertools.takewhile(lambda message: message.sid != before, messages))
        limit = wanted.get("limit") or str(len(messages))
        if not limit.isdecimal():
            raise Refusal(20001, what="limit is a number")
        earlier = max(0, len(messages) - int(limit))
        shown_ones = [shown(message) for message in messages[earlier:]]
        return 200, {"phone": phone, "messages": shown_ones, "earlier": earlier}

    async def news(self, request: Request) -> tuple[int, Any]:
        """Show what is new on any phone `since` a place, as soon as there is something, or nothing after a while."""
        found = asyncio.ensure_future(self._account.news.after(request.query_params.get("since", "")))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({found, gone}, return_when=asyncio.FIRST_COMPLETED)
            messages, place, lost = found.result() if found.done() else ([], "", False)
        finally:
            found.cancel()
            gone.cancel()
        return 200, {"messages": [shown(message) for message in messages], "place": place, "lost": lost}

    async def notifications(self, request: Request) -> tuple[int, Any]:
        """Show what went wrong, newest first."""
        return 200, {"notifications": [n.record() for n in reversed(self._account.notifications)]}

    async def misbehave(self, request: Request) -> tuple[int, Any]:
        """Let the REST API fail: ``{fault, after, seconds, times, sends}``, see `Faults.tell`."""
        return 200, self._faults.tell(await _given(request, FAULT))

    async def deliver(self, request: Request) -> tuple[int, Any]:
        """Let messages end otherwise: ``{to, error_code, status, callbacks, times}``, see `Outcomes.tell`."""
        return 200, self._outcomes.tell(await _given(request, OUTCOME))

    async def behaviour(self, request: Request) -> tuple[int, Any]:
        """Show what was told and is not used up."""
        return 200, {"fault": self._faults.left(), "deliveries": self._outcomes.left()}

    async def behave(self, request: Request) -> tuple[int, Any]:
        """Forget all faults and outcomes that were told."""
        self._faults.clear()
        self._outcomes.clear()
        return 204, None


async def _given(request: Request, expected: str) -> Mapping[str, Any]:
    """Read a request's JSON object; nothing at all is an empty one."""
    try:
        given = json.loads(await request.body() or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(20001, what=expected)
    return given


async def _gone(request: Request) -> None:
    """Wait until who asks has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _listed(given: Any) -> list[Any]:
    if given is not None and not isinstance(given, list):
        raise Refusal(20001, what=_TEXT)
    return given or []
