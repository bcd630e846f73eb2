"""The sandbox as an ASGI application."""

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.controls import Controls
from twilio_nb.sandbox.delivery import PACE, Delivery
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.faults import Faults
from twilio_nb.sandbox.misbehaviour import Misbehaviour
from twilio_nb.sandbox.phones import Phones
from twilio_nb.sandbox.rest import Api, answer
from twilio_nb.sandbox.webhooks import Caller

log = logging.getLogger("twilio_nb.sandbox")


def application(account: Account, pace: float = PACE) -> ASGIApp:
    """Put an account on the wire.

    Parameters
    ----------
    account : Account
        What is served.
    pace : float, optional
        Seconds a message spends in each state before it is delivered.

    Returns
    -------
    ASGIApp
        To be run by any ASGI server that runs lifespans.
    """
    caller = Caller(account)
    delivery = Delivery(account, caller, pace)
    faults = Faults()
    controls = Controls(account, Phones(account, caller, delivery), delivery.outcomes, faults)
    api = Api(account, delivery, controls)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # Takes a fifth of a second, which the first webhook should not wait for, nor the first request.
        warming = asyncio.create_task(asyncio.to_thread(importlib.import_module, "aiohttp"))
        yield
        warming.cancel()
        await delivery.close()
        await caller.close()

    handlers = {404: _unknown, 405: _unsuitable, Exception: _broken}
    app = Starlette(routes=api.routes(), lifespan=lifespan, exception_handlers=handlers)
    return Misbehaviour(app, faults)


def _unknown(request: Request, error: Exception) -> Response:
    return _refused(Refusal(20404, path=request.url.path))


def _unsuitable(request: Request, error: Exception) -> Response:
    return _refused(Refusal(20004))


def _broken(request: Request, error: Exception) -> Response:
    log.error("%s %s failed.", request.method, request.url.path, exc_info=error)
    return _refused(Refusal(20500))


def _refused(refusal: Refusal) -> Response:
    return answer(refusal.status, refusal.body())
