"""Numbers, TwiML Applications and the account itself, as the REST API of 2010-04-01 has them."""

from typing import Any

from starlette.requests import Request

from twilio_nb.sandbox import listing
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.applications import Application
from twilio_nb.sandbox.controls import Work
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.forms import first, form, query
from twilio_nb.sandbox.messages import API_VERSION
from twilio_nb.sandbox.numbers import Number

BASE = f"/{API_VERSION}/Accounts/{{account}}"


class NumberResources:
    """What an account owns and is, over HTTP.

    Parameters
    ----------
    account : Account
        The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def table(self) -> list[tuple[str, str, Work]]:
        """Return method, path and work of each resource."""
        numbers, applications = f"{BASE}/IncomingPhoneNumbers", f"{BASE}/Applications"
        return [
            ("GET", f"{BASE}.json", self.fetch_account),
            ("GET", f"{numbers}.json", self.list_numbers),
            ("GET", f"{numbers}/{{sid}}.json", self.fetch_number),
            ("POST", f"{numbers}/{{sid}}.json", self.update_number),
            ("GET", f"{applications}.json", self.list_applications),
            ("POST", f"{applications}.json", self.create_application),
            ("GET", f"{applications}/{{sid}}.json", self.fetch_application),
            ("POST", f"{applications}/{{sid}}.json", self.update_application),
            ("DELETE", f"{applications}/{{sid}}.json", self.delete_application),
        ]

    async def fetch_account(self, request: Request) -> tuple[int, Any]:
        """Show the account."""
        return 200, self._account.record()

    async def list_numbers(self, request: Request) -> tuple[int, Any]:
        """List the account's numbers, by PhoneNumber (any part of it) and FriendlyName."""
        wanted = query(request)
        part, name = first(wanted, "PhoneNumber"), first(wanted, "FriendlyName")
        found = [
            number
            for number in self._account.numbers.values()
            if part in number.phone_number and name in ("", number.settings["friendly_name"])
        ]
        return 200, listing.page(request.url.path, wanted, "incoming_phone_numbers", found)

    async def fetch_number(self, request: Request) -> tuple[int, Any]:
        """Show a number."""
        return 200, self._number(request).record()

    async def update_number(self, request: Request) -> tuple[int, Any]:
        """Change where a number's texts go."""
        number = self._number(request)
        number.update(await form(request))
        self._account.changed()
        return 200, number.record()

    async def list_applications(self, request: Request) -> tuple[int, Any]:
        """List the account's applications, by FriendlyName."""
        wanted = query(request)
        name = first(wanted, "FriendlyName")
        found = [one for one in self._account.applications if name in ("", one.settings["friendly_name"])]
        return 200, listing.page(request.url.path, wanted, "applications", found[::-1])

    async def create_application(self, request: Request) -> tuple[int, Any]:
        """Make an application."""
        application = self._account.applications.add(await form(request))
        self._account.changed()
        return 201, application.record()

    async def fetch_application(self, request: Request) -> tuple[int, Any]:
        """Show an application."""
        return 200, self._application(request).record()

    async def update_application(self, request: Request) -> tuple[int, Any]:
        """Change an application."""
        application = self._application(request)
        application.update(await form(request))
        self._account.changed()
        return 200, application.record()

    async def delete_application(self, request: Request) -> tuple[int, Any]:
        """Delete an application."""
        self._account.applications.delete(self._application(request))
        self._account.changed()
        return 204, None

    def _number(self, request: Request) -> Number:
        number = self._account.number(request.path_params["sid"])
        if number is None:
            raise Refusal(20404, path=request.url.path)
        return number

    def _application(self, request: Request) -> Application:
        application = self._account.applications.get(request.path_params["sid"])
        if application is None:
            raise Refusal(20404, path=request.url.path)
        return application
