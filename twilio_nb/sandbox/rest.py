"""The REST API of 2010-04-01 over HTTP; the same door leads to the controls."""

import base64
import binascii
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twilio_nb.sandbox import listing
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.controls import Controls, Work
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.numbers import Number
from twilio_nb.sandbox.sends import accept

BASE = f"/{API_VERSION}/Accounts/{{account}}"


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
        self._delivery = delivery
        self._controls = controls
        self._concurrent = 0

    def routes(self) -> list[Route]:
        """Return the routes; each asks for the account's credentials before it does anything."""
        table: list[tuple[str, str, Work]] = [
            ("GET", f"{BASE}.json", self.fetch_account),
            ("POST", f"{BASE}/Messages.json", self.create_message),
            ("GET", f"{BASE}/Messages.json", self.list_messages),
            ("GET", f"{BASE}/Messages/{{sid}}.json", self.fetch_message),
            ("POST", f"{BASE}/Messages/{{sid}}.json", self.update_message),
            ("DELETE", f"{BASE}/Messages/{{sid}}.json", self.delete_message),
            ("GET", f"{BASE}/IncomingPhoneNumbers.json", self.list_numbers),
            ("GET", f"{BASE}/IncomingPhoneNumbers/{{sid}}.json", self.fetch_number),
            ("POST", f"{BASE}/IncomingPhoneNumbers/{{sid}}.json", self.update_number),
            *self._controls.table(),
            *self._account.credentials.table(),
        ]
        return [Route(path, self._answering(work), methods=[method]) for method, path, work in table]

    async def fetch_account(self, request: Request) -> tuple[int, Any]:
        """Show the account."""
        return 200, self._account.record()

    async def create_message(self, request: Request) -> tuple[int, Any]:
        """Send a message."""
        message = accept(self._account, await _form(request))
        record = message.record()
        self._delivery.dispatch(message)
        return 201, record

    async def list_messages(self, request: Request) -> tuple[int, Any]:
        """List messages, newest first, by To, From, DateSent, DateSent< and DateSent>."""
        query = _query(request)
        to, from_ = query.get("To", [""])[0], query.get("From", [""])[0]
        found = [
            message
            for message in self._account.messages
            if to in ("", message.to)
            and from_ in ("", message.from_)
            and listing.within(message.sent, query, "DateSent")
        ]
        return 200, listing.page(request.url.path, query, "messages", found[::-1])

    async def fetch_message(self, request: Request) -> tuple[int, Any]:
        """Show a message."""
        return 200, self._message(request).record()

    async def update_message(self, request: Request) -> tuple[int, Any]:
        """Redact a message, or cancel one that has not been sent."""
        message, form = self._message(request), await _form(request)
        if form.get("Body", [""])[0]:
            raise Refusal(20001, what="Body can only be redacted, with an empty value")
        status = form.get("Status", [""])[0]
        if status not in ("", "canceled"):
            raise Refusal(20001, what="Status can only become canceled")
        if status and message.status != "queued":
            raise Refusal(30409)
        if "Body" in form:
            message.body = ""
        if status:
            self._delivery.cancel(message)
        return 200, message.record()

    async def delete_message(self, request: Request) -> tuple[int, Any]:
        """Delete a message."""
        self._account.messages.delete(self._message(request).sid)
        return 204, None

    async def list_numbers(self, request: Request) -> tuple[int, Any]:
        """List the account's numbers, by PhoneNumber (any part of it) and FriendlyName."""
        query = _query(request)
        part, name = query.get("PhoneNumber", [""])[0], query.get("FriendlyName", [""])[0]
        found = [
            number
            for number in self._account.numbers.values()
            if part in number.phone_number and name in ("", number.settings["friendly_name"])
        ]
        return 200, listing.page(request.url.path, query, "incoming_phone_numbers", found)

    async def fetch_number(self, request: Request) -> tuple[int, Any]:
        """Show a number."""
        return 200, self._number(request).record()

    async def update_number(self, request: Request) -> tuple[int, Any]:
        """Change where a number's texts go."""
        number = self._number(request)
        number.update(await _form(request))
        self._account.changed()
        return 200, number.record()

    def _message(self, request: Request) -> Message:
        message = self._account.messages.get(request.path_params["sid"])
        if message is None:
            raise Refusal(20404, path=request.url.path)
        return message

    def _number(self, request: Request) -> Number:
        for number in self._account.numbers.values():
            if number.sid == request.path_params["sid"]:
                return number
        raise Refusal(20404, path=request.url.path)

    def _answering(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        """Make an endpoint that authenticates, works, and answers as Twilio does."""

        async def endpoint(request: Request) -> Response:
            started = time.perf_counter()
            self._concurrent += 1
            try:
                self._authenticate(request)
                status, content = await work(request)
            except Refusal as refusal:
                status, content = refusal.status, refusal.body()
            finally:
                self._concurrent -= 1
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


async def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)


def _query(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.url.query, keep_blank_values=True)
