"""Messages and their media, as the REST API of 2010-04-01 has them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from twilio_nb.sandbox import listing
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.controls import Work
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.forms import first, form, query
from twilio_nb.sandbox.media import Media
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.sends import accept

BASE = f"/{API_VERSION}/Accounts/{{account}}/Messages"
FILES = "/media/{key}"
"""Where the files themselves are: at Twilio on another host, whose addresses nobody can guess."""


class MessageResources:
    """The messages of an account over HTTP.

    Parameters
    ----------
    account : Account
        Whose they are.
    delivery : Delivery
        Takes what is sent.
    """

    def __init__(self, account: Account, delivery: Delivery) -> None:
        self._account = account
        self._delivery = delivery

    def table(self) -> list[tuple[str, str, Work]]:
        """Return method, path and work of each resource."""
        media = f"{BASE}/{{sid}}/Media"
        return [
            ("POST", f"{BASE}.json", self.create),
            ("GET", f"{BASE}.json", self.list),
            ("GET", f"{BASE}/{{sid}}.json", self.fetch),
            ("POST", f"{BASE}/{{sid}}.json", self.update),
            ("DELETE", f"{BASE}/{{sid}}.json", self.delete),
            ("GET", f"{media}.json", self.list_media),
            ("GET", f"{media}/{{media}}.json", self.fetch_media),
            ("DELETE", f"{media}/{{media}}.json", self.delete_media),
        ]

    async def create(self, request: Request) -> tuple[int, Any]:
        """Send a message."""
        message = accept(self._account, await form(request))
        record = message.record()
        self._delivery.dispatch(message)
        return 201, record

    async def list(self, request: Request) -> tuple[int, Any]:
        """List messages, newest first, by To, From, DateSent, DateSent< and DateSent>."""
        wanted = query(request)
        to, from_ = first(wanted, "To"), first(wanted, "From")
        found = [
            message
            for message in self._account.messages
            if to in ("", message.to)
            and from_ in ("", message.from_)
            and listing.within(message.sent, wanted, "DateSent")
        ]
        return 200, listing.page(request.url.path, wanted, "messages", found[::-1])

    async def fetch(self, request: Request) -> tuple[int, Any]:
        """Show a message."""
        return 200, self._message(request).record()

    async def update(self, request: Request) -> tuple[int, Any]:
        """Redact a message, or cancel one that is scheduled."""
        message, given = self._message(request), await form(request)
        if first(given, "Body"):
            raise Refusal(20001, what="Body can only be redacted, with an empty value")
        status = first(given, "Status")
        if status not in ("", "canceled"):
            raise Refusal(20001, what="Status can only become canceled")
        if status and message.status != "scheduled":
            raise Refusal(30409)
        if "Body" in given:
            message.body = ""
        if status:
            self._delivery.cancel(message)
        return 200, message.record()

    async def delete(self, request: Request) -> tuple[int, Any]:
        """Delete a message, its media with it."""
        self._account.messages.delete(self._message(request).sid)
        return 204, None

    async def list_media(self, request: Request) -> tuple[int, Any]:
        """List the files of a message, newest first, by DateCreated, DateCreated< and DateCreated>."""
        wanted = query(request)
        media = self._message(request).media[::-1]
        found = [one for one in media if listing.within(one.created, wanted, "DateCreated")]
        return 200, listing.page(request.url.path, wanted, "media_list", found)

    async def fetch_media(self, request: Request) -> tuple[int, Any]:
        """Show what is known of a file."""
        return 200, self._media(request).record()

    async def delete_media(self, request: Request) -> tuple[int, Any]:
        """Delete a file; its message stays, and the count of its media."""
        self._message(request).media.remove(self._media(request))
        return 204, None

    async def lead(self, request: Request) -> Response:
        """Lead to a file; with or without login, as the account has it."""
        media = self._media(request)
        return RedirectResponse(media.source if media.content is None else FILES.format(key=media.key), 307)

    async def serve(self, request: Request) -> Response:
        """Serve a file to whoever knows its address."""
        for message in self._account.messages:
            for media in message.media:
                if media.key == request.path_params["key"] and media.content is not None:
                    headers = {"X-Content-Type-Options": "nosniff"}
                    return Response(media.content, media_type=media.content_type, headers=headers)
        raise Refusal(20404, path=request.url.path)

    def _message(self, request: Request) -> Message:
        message = self._account.messages.get(request.path_params["sid"])
        if message is None:
            raise Refusal(20404, path=request.url.path)
        return message

    def _media(self, request: Request) -> Media:
        for media in self._message(request).media:
            if media.sid == request.path_params["media"]:
                return media
        raise Refusal(20404, path=request.url.path)
