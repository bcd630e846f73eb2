"""Messaging Services and their numbers, as the messaging API has them in its version 1."""

from typing import Any

from starlette.requests import Request

from twilio_nb.sandbox import listing
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.controls import Work
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.forms import first, form, query
from twilio_nb.sandbox.services import Membership, MessagingService

BASE = "/v1/Services"


class ServiceResources:
    """The Messaging Services of an account over HTTP.

    Parameters
    ----------
    account : Account
        Whose they are.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def table(self) -> list[tuple[str, str, Work]]:
        """Return method, path and work of each resource."""
        numbers = f"{BASE}/{{service}}/PhoneNumbers"
        return [
            ("GET", BASE, self.list),
            ("POST", BASE, self.create),
            ("GET", f"{BASE}/{{service}}", self.fetch),
            ("POST", f"{BASE}/{{service}}", self.update),
            ("DELETE", f"{BASE}/{{service}}", self.delete),
            ("GET", numbers, self.list_numbers),
            ("POST", numbers, self.attach),
            ("GET", f"{numbers}/{{sid}}", self.fetch_number),
            ("DELETE", f"{numbers}/{{sid}}", self.detach),
        ]

    async def list(self, request: Request) -> tuple[int, Any]:
        """List the services, newest first."""
        services = list(self._account.services)[::-1]
        return 200, listing.page_of_v1(self._url(request), query(request), "services", services)

    async def create(self, request: Request) -> tuple[int, Any]:
        """Make a service."""
        service = self._account.services.add(await form(request))
        self._account.changed()
        return 201, service.record()

    async def fetch(self, request: Request) -> tuple[int, Any]:
        """Show a service."""
        return 200, self._service(request).record()

    async def update(self, request: Request) -> tuple[int, Any]:
        """Change a service."""
        service = self._service(request)
        service.update(await form(request))
        self._account.changed()
        return 200, service.record()

    async def delete(self, request: Request) -> tuple[int, Any]:
        """Delete a service."""
        self._account.services.delete(self._service(request))
        self._account.changed()
        return 204, None

    async def list_numbers(self, request: Request) -> tuple[int, Any]:
        """List the numbers of a service, newest first."""
        numbers = list(self._service(request).pool.values())[::-1]
        return 200, listing.page_of_v1(self._url(request), query(request), "phone_numbers", numbers)

    async def attach(self, request: Request) -> tuple[int, Any]:
        """Put a number into a service; in one service at most."""
        service, sid = self._service(request), first(await form(request), "PhoneNumberSid")
        number = self._account.number(sid)
        if number is None:
            raise Refusal(21421, what=sid)
        if self._account.services.of(number) is not None:
            raise Refusal(21712 if sid not in service.pool else 21710, what=number.phone_number)
        member = service.attach(number)
        self._account.changed()
        return 201, member.record()

    async def fetch_number(self, request: Request) -> tuple[int, Any]:
        """Show a number of a service."""
        return 200, self._member(request).record()

    async def detach(self, request: Request) -> tuple[int, Any]:
        """Take a number out of a service; it stays the account's."""
        self._service(request).detach(self._member(request).number)
        self._account.changed()
        return 204, None

    def _url(self, request: Request) -> str:
        return f"{self._account.url}{request.url.path}"

    def _service(self, request: Request) -> MessagingService:
        service = self._account.services.get(request.path_params["service"])
        if service is None:
            raise Refusal(20404, path=request.url.path)
        return service

    def _member(self, request: Request) -> Membership:
        member = self._service(request).pool.get(request.path_params["sid"])
        if member is None:
            raise Refusal(20404, path=request.url.path)
        return member
