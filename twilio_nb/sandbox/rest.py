"""The door to the REST APIs, and to the controls: who may enter, and in which form the answers leave."""

import base64
import binascii
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.controls import Controls, Work
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.message_resources import BASE as MESSAGES
from twilio_nb.sandbox.message_resources import FILES, MessageResources
from twilio_nb.sandbox.number_resources import NumberResources
from twilio_nb.sandbox.service_resources import ServiceResources


class Api:
    """Every resource of the account that can be reached.

    Parameters
    ----------
    account : Account
        What is served.
    delivery : Delivery
        Takes what is sent.
    controls : Controls
        What stands below ``/sandbox/``.
    """

    def __init__(self, account: Account, delivery: Delivery, controls: Controls) -> None:
        self._account = account
        self._messages = MessageResources(account, delivery)
        self._table = [
            *self._messages.table(),
            *NumberResources(account).table(),
            *ServiceResources(account).table(),
            *controls.table(),
            *account.credentials.table(),
        ]
        self._concurrent = 0

    def routes(self) -> list[Route]:
        """Return the routes; all but those of files ask for the account's credentials before they do anything."""
        files = f"{MESSAGES}/{{sid}}/Media/{{media}}"
        return [
            *(
                Route(path, self._answering(work, counts=not path.startswith("/sandbox/")), methods=[method])
                for method, path, work in self._table
            ),
            Route(files, self._leading, methods=["GET"]),
            Route(FILES, self._serving, methods=["GET"]),
        ]

    async def _leading(self, request: Request) -> Response:
        try:
            if self._account.media_needs_login:
                self._authenticate(request)
            return await self._messages.lead(request)
        except Refusal as refusal:
            return answer(refusal.status, refusal.body())

    async def _serving(self, request: Request) -> Response:
        try:
            return await self._messages.serve(request)
        except Refusal as refusal:
            return answer(refusal.status, refusal.body())

    def _answering(self, work: Work, *, counts: bool) -> Callable[[Request], Awaitable[Response]]:
        """Make an endpoint that authenticates, works, and answers as Twilio does.

        It counts among the concurrent requests unless it is a control, of which Twilio would not know.
        """

        async def endpoint(request: Request) -> Response:
            started = time.perf_counter()
            self._concurrent += counts
            try:
                self._authenticate(request)
                status, content = await work(request)
            except Refusal as refusal:
                status, content = refusal.status, refusal.body()
            finally:
                self._concurrent -= counts
            response = answer(status, content)
            response.headers["Twilio-Concurrent-Requests"] = str(self._concurrent + 1)
            response.headers["Twilio-Request-Duration"] = f"{time.perf_counter() - started:.3f}"
            return response

        return endpoint

    def _authenticate(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        accepted = self._account.credentials.accept(user, password, request.url.path)
        if scheme.lower() != "basic" or not accepted:
            raise Refusal(20003)
        if request.path_params.get("account", self._account.sid) != self._account.sid:
            raise Refusal(20404, path=request.url.path)


def answer(status: int, content: Any) -> Response:
    """Return an answer with Twilio's headers; None for an empty one."""
    headers = {
        "Twilio-Request-Id": "RQ" + uuid.uuid4().hex,
        "X-Api-Domain": "api.twilio.com",
        "X-Home-Region": "us1",
    }
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if content is None:
        return Response(status_code=status, headers=headers)
    return Response(json.dumps(content), status_code=status, headers=headers, media_type="application/json")
