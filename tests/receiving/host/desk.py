"""A service of a host whose texts a test posts itself, to see what is answered, logged and stored."""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from tests import planted
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import webhook_path
from twilio_nb.domain.twiml import parse
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.database import Database
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret


def eventually(condition: Callable[[], Any], patience: float = 20) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)
    return found


@dataclass(frozen=True)
class Exchange:
    """What Twilio was answered, and what was kept of it."""

    status: int
    kind: str
    body: str
    entry: dict[str, Any]
    handling: dict[str, Any]

    @property
    def texted(self) -> list[str]:
        return [message.body for message in parse(self.body)]


class Desk:
    """A service whose texts are posted as Twilio posts them, signed, to a receiver of the host's own."""

    def __init__(self, host: Host, database: Database) -> None:
        self.host = host
        self.database = database
        self.name = "s" + secrets.token_hex(4)
        self.token = planted.token()
        self.log = MessageLog(database)
        definition = ServiceDefinition(self.name, "AC" + "0" * 32, sandbox=True)
        gateway = Gateway(definition.account_sid, Secret(self.token), api_url="http://127.0.0.1:9")
        self._addresses = host.serve(definition, database, [Secret(self.token)], gateway)

    def handler(self, function: Callable[..., Any], **options: Any) -> Handler:
        """Put a function into service as a webhook of its own."""
        handler = Handler(
            function, self.name, "w" + secrets.token_hex(4), **({"respond_result": True} | options)
        )
        Registry(self.database).save_webhook(handler.definition)
        self.host.register(handler, self.database)
        return handler

    def post(self, webhook: str, query: str = "", **fields: str) -> Exchange:
        """Post the manual's text, or another one."""
        url = f"{self._addresses.loopback}{webhook_path(self.name, webhook)}{query}"
        form = {
            "MessageSid": "SM" + secrets.token_hex(16),
            "From": "+15558675309",
            "To": "+18057166646",
            "Body": "Hello! How are you?",
        } | fields
        signature = RequestValidator(self.token).compute_signature(url, form)
        request = urllib.request.Request(url, urlencode(form).encode(), {"X-Twilio-Signature": signature})
        try:
            response = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body, sid = response.read().decode(), form["MessageSid"]
            entries = self.entries(sid)
            stored = self.log.get(sid)
            assert stored is not None
            kind = response.headers["Content-Type"]
            return Exchange(response.status, kind, body, entries[0], stored["handling"])

    def entries(self, sid: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for the log to have so many entries about a text; the newest first."""

        def found() -> list[dict[str, Any]]:
            return [one for one in LogBook(self.database).find(self.name, limit=None) if one["sid"] == sid]

        return list(eventually(lambda: len(entries := found()) >= count and entries))

    def answer(self, function: Callable[..., Any], **options: Any) -> Exchange:
        """Have a function answer the manual's text."""
        return self.post(self.handler(function, **options).name)
