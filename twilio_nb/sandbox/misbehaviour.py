"""A REST API that is slow, refuses, fails, hangs or hangs up, when it was told to."""

import asyncio
import math
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.faults import Fault, Faults
from twilio_nb.sandbox.rest import answer

CONCURRENCY = "101"
"""What the header of a 429 claims: Twilio's limits differ from account to account."""


class Misbehaviour:
    """Stands between the server and the application, for the request's effect to come before the fault or not.

    Parameters
    ----------
    app : ASGIApp
        What behaves.
    faults : Faults
        What goes wrong.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or not."""
        fault = self._faults.take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        held: list[Message] = []
        if fault.after:

            async def hold(message: Message) -> None:
                held.append(message)

            await self._app(scope, receive, hold)
        if fault.fault == "slow":
            await asyncio.sleep(fault.seconds)
            if not held:
                await self._app(scope, receive, send)
            for message in held:
                await send(message)
        elif fault.fault == "close":
            # ASGI has no word for this; uvicorn's `send` belongs to the object that holds the connection.
            cast(Any, send).__self__.transport.close()
        elif fault.fault == "hang":
            while (await receive())["type"] != "http.disconnect":
                pass
        else:
            await _refuse(fault, scope, receive, send)


async def _refuse(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    refusal = Refusal(20429 if fault.fault == "429" else 20500)
    response = answer(refusal.status, refusal.body())
    if fault.fault == "429":
        response.headers["Retry-After"] = str(math.ceil(fault.seconds))
        response.headers["Twilio-Concurrent-Requests"] = CONCURRENCY
    await response(scope, receive, send)
