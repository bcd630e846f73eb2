"""The part of the form that says where texts come in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets

from twilio_nb.domain.address_secret import explained
from twilio_nb.domain.paths import INBOX, base_url
from twilio_nb.domain.reach import hindrance
from twilio_nb.errors import StorageError
from twilio_nb.notebook.widgets.fields import Choice, CopyField, Field, Sentence
from twilio_nb.notebook.widgets.page_address import PageAddress
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.launch import notices
from twilio_nb.storage.directories import RUNTIME_VARIABLE
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.service import Service

_WHERE = "Where Twilio reaches this Jupyter Server: https://… up to what stands before twilio/."


class ReceivingFields(ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
    """The public address, that of the page, and the address of a webhook, to be copied into Twilio's console.

    Parameters
    ----------
    use : callable
        Called with the page's address once a person agreed to make it public.

    Attributes
    ----------
    api_url : str or None
        What stands in for Twilio, and so decides which addresses can be reached.
    """

    def __init__(self, use: Callable[[str], None]) -> None:
        self._service: Service | None = None
        self.api_url: str | None = None
        self.public = Field("Public address", self._checked, "https://jupyter.example.org/user/ann/")
        self.page = PageAddress(self._weigh, use)
        self.webhook = Choice("Webhook", self.refresh)
        self.webhook.offer([(INBOX, INBOX)], INBOX)
        self.address = CopyField(
            label="Address for Twilio", empty="It is known once there is a public address."
        )
        self.secret = Sentence()
        self.instead = Sentence()
        super().__init__([self.public, self.page, self.webhook, self.address, self.secret, self.instead])

    @property
    def page_url(self) -> str | None:
        """Where a person reaches this Jupyter Server, if texts can come in there and a page has told it."""
        return self.page.url if os.environ.get(RUNTIME_VARIABLE) else None

    def load(self, service: Service | None) -> None:
        """Show where a service's texts come in, or empty fields for a new one."""
        self._service = service
        definition = service.definition if service else None
        self.api_url = definition.api_url if definition else None
        self.public.fill(definition.public_url if definition else "")
        names = _webhooks(service) if service else [INBOX]
        chosen = self.webhook.value if self.webhook.value in names else INBOX
        if chosen == INBOX:
            chosen = names[-1]
        self.webhook.offer([(name, name) for name in names], chosen)
        self.refresh()

    def arrange(self, *, sends_only: bool, simulated: bool) -> None:
        """Show what makes sense for a service."""
        self.instead.say("With an API key nothing is received; texts are only sent." if sends_only else "")
        for widget, shown in (
            (self.public, not sends_only and not simulated),
            (self.page, not sends_only and not simulated),
            (self.webhook, not sends_only),
            (self.address, not sends_only),
        ):
            widget.layout.display = None if shown else "none"

    def refresh(self) -> None:
        """Show the address of the chosen webhook, and weigh the page's address anew."""
        known = secret = None
        if self._service:
            with contextlib.suppress(StorageError):  # the first thing that a check says
                known = self._service.known_address(self.webhook.value)
                secret = self._service._secret_of(self.webhook.value) if known else None
        self.address.value = known or ""
        self.secret.say(explained(secret) if secret else "")
        self.page.refresh()

    def _weigh(self, url: str) -> tuple[str, bool]:
        if self.page_url is None:  # the server that shows the page is none of ours
            return " ".join(notices()), False
        if self.public.value or self.address.value:  # the world's is known, and may be another
            return "", False
        if reason := hindrance(url, self.api_url):
            return (
                f"This page is reached at {url}. Twilio cannot use that: {reason}. Enter the https address of a hub "
                "or a tunnel above, if texts are to be received.",
                False,
            )
        return (
            f"This page is reached at {url}. Does the world reach it there, too? Then texts can come in.",
            True,
        )

    def _checked(self, url: str) -> str:
        if not url:
            return _WHERE
        reason = hindrance(base_url(url), self.api_url)
        return f"Twilio cannot use that: {reason}." if reason else ""


def _webhooks(service: Service) -> list[str]:
    """Return the names of a service's webhooks; what this kernel answers stands last."""
    host = Host.running()
    here = [one.name for one in host.handlers() if one.service == service.name] if host else []
    try:
        stored = [one.name for one in Registry(service.database).webhooks(service.name)]
    except StorageError:  # the first thing that a check says
        stored = []
    return [*(name for name in [*stored, INBOX] if name not in here), *here]
