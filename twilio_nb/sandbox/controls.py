"""What no Twilio has: the controls that play the world around the account, below ``/sandbox/``."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request

from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.exchanges import shown
from twilio_nb.sandbox.faults import EXPECTED as FAULT
from twilio_nb.sandbox.faults import Faults
from twilio_nb.sandbox.numbers import is_url
from twilio_nb.sandbox.outcomes import EXPECTED as OUTCOME
from twilio_nb.sandbox.outcomes import Outcomes
from twilio_nb.sandbox.phones import Phones
from twilio_nb.sandbox.sends import MOST_MEDIA

Work = Callable[[Request], Awaitable[tuple[int, Any]]]

_TEXT = "the body is {from, to, body, media_url: []} as JSON"


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
            ("GET", "/sandbox/phones/{number}", self.conversation),
            ("GET", "/sandbox/notifications", self.notifications),
            ("POST", "/sandbox/behaviour", self.misbehave),
            ("POST", "/sandbox/deliveries", self.deliver),
            ("GET", "/sandbox/behaviour", self.behaviour),
            ("DELETE", "/sandbox/behaviour", self.behave),
        ]

    async def text(self, request: Request) -> tuple[int, Any]:
        """Text a number from a phone: ``{from, to, body, media_url}``, each of them optional."""
        given = await _given(request, _TEXT)
        from_ = given.get("from") or self._account.phone
        to = given.get("to") or next(iter(self._account.numbers))
        body, media = given.get("body") or "", given.get("media_url") or []
        if not isinstance(media, list) or not all(isinstance(v, str) for v in (from_, to, body, *media)):
            raise Refusal(20001, what=_TEXT)
        if to not in self._account.numbers:
            raise Refusal(
                20001, what=f"to={to} is none of the account's numbers: {', '.join(self._account.numbers)}"
            )
        if not body and not media:
            raise Refusal(21602)
        if len(body) > BODY_LIMIT:
            raise Refusal(21617)
        if len(media) > MOST_MEDIA:
            raise Refusal(21623)
        if not all(map(is_url, media)):
            raise Refusal(21620)
        exchange = await self._phones.text(from_, self._account.numbers[to], body, media)
        return 200, exchange.record()

    async def conversation(self, request: Request) -> tuple[int, Any]:
        """Show what a phone sent and received, oldest first."""
        phone = request.path_params["number"]
        messages = [shown(message) for message in self._phones.conversation(phone)]
        return 200, {"phone": phone, "messages": messages}

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
