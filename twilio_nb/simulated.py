"""The service of a simulated account, whose numbers point to this notebook by themselves."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import TwilioNBError
from twilio_nb.far_end import FarEnd
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret


class SandboxService(Service):
    """The service of a sandbox account, whose numbers follow the webhook defined last."""

    def __init__(
        self, definition: ServiceDefinition, database: Database, token: Secret, far_end: FarEnd
    ) -> None:
        super().__init__(definition, database, token)
        self._far_end = far_end
        self._webhook = INBOX
        self._address: str | None = None  # without the secret that may be in it
        self._stay_put = self.receive().on_addresses(self._move)

    def point(self, webhook: str) -> None:
        """Have texts to the account's numbers delivered to a webhook."""
        self._webhook, self._address = webhook, self._address_of(webhook)
        if (whole := self.whole_address(webhook)) is None:
            return
        try:
            self._enter(whole.reveal())
        except TwilioNBError as error:
            failed = error.with_traceback(None)
            failed.__cause__ = failed.__context__ = None
        else:
            return
        raise failed  # outside: a traceback that shows variables would show the address with its secret

    def follow(self) -> None:
        """Point numbers whose webhook nobody serves any more, as when another notebook left, to this one."""
        if not all(_answered(number["sms_url"]) for number in self.gateway.numbers()):
            self.point(self._webhook)

    def remove_webhook(self, name: str) -> None:
        """Forget a webhook; the account's numbers are pointed to the inbox, where they pointed to it."""
        super().remove_webhook(name)
        if name == self._webhook:
            self.point(INBOX)

    def renew(self) -> None:
        """Use the secrets as they are kept now, in the address of its numbers too."""
        super().renew()
        if self._address is not None and self._secret_of(self._webhook):
            self.point(self._webhook)

    def close(self) -> None:
        """Take its handlers out of service, and follow the receiver no longer."""
        self._stay_put()
        super().close()

    def _enter(self, url: str) -> None:
        for number in self.gateway.numbers():
            self.gateway.update_number(number["sid"], sms_url=url)
        # Twilio's WhatsApp sandbox has no API, only a page of the console.
        self._far_end.ask("POST", "/sandbox/console", {"whatsapp": {"SmsUrl": url}})

    def _move(self, _: object) -> None:
        """Follow a receiver that came back at another address; the host's thread must not wait for it."""
        if self._address is not None and self._address_of(self._webhook) != self._address:
            threading.Thread(target=self.point, args=(self._webhook,), daemon=True).start()


def _answered(url: str | None) -> bool:
    """Tell whether somebody listens at an address; the sandbox calls addresses of this machine only."""
    parts = urlsplit(url or "")
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1):
            return True
    except OSError:
        return False
