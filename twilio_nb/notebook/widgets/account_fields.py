"""The part of the form that says which account, and with what a notebook signs in there."""

from collections.abc import Callable
from typing import Any

import ipywidgets

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import check_name
from twilio_nb.domain.sids import check_account_sid, check_api_key
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.current import services
from twilio_nb.notebook.surroundings import NO_CREDENTIALS, on_binder
from twilio_nb.notebook.widgets.fields import LABEL, Field, Sentence
from twilio_nb.notebook.widgets.secret_field import SecretField
from twilio_nb.storage import safe
from twilio_nb.storage.secrets import Secret

_SID_LENGTH = 34
_TOKEN, _KEY = "Auth token", "API key"
_SIMULATED = "A simulated account: its credentials are made up, and known by themselves."


class AccountFields(ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
    """Name, Account SID, and auth token or API key.

    Parameters
    ----------
    enter : callable
        Saves; called when Enter is pressed in the password field.
    changed : callable
        Called when another way to sign in was chosen.
    """

    def __init__(self, enter: Callable[[], None], changed: Callable[[], None]) -> None:
        self.name = Field("Name", _checked_name, "myTwilio")
        self.sid = Field("Account SID", _checked_sid, "AC…")
        self.way = ipywidgets.RadioButtons(
            description="Sign in with",
            options=[_TOKEN, _KEY],
            orientation="horizontal",
            style={"description_width": LABEL},
            layout={"width": "auto"},
        )
        self.key = Field("API key SID", _checked_key, "SK…")
        self.secret = SecretField(self._keep, enter)
        self.instead = Sentence()
        self._secret_name: str | None = None
        self._hint = ""
        self.way.observe(lambda _: self._arrange(), "value")
        self.way.observe(lambda _: changed(), "value")
        super().__init__([self.name, self.sid, self.way, self.key, self.secret, self.instead])
        self.load(None)

    @property
    def uses_key(self) -> bool:
        """Whether the notebook signs in with an API key."""
        return bool(self.way.value == _KEY)

    @property
    def secret_name(self) -> str:
        """Name of the secret that the password field fills."""
        return self._secret_name or self.name.value

    def load(self, definition: ServiceDefinition | None) -> None:
        """Show a service, or empty fields for a new one."""
        self._definition = definition
        self._secret_name = definition.secret if definition else None
        self.name.fill(definition.name if definition else "", locked=definition is not None)
        self.sid.fill(definition.account_sid if definition else "", locked=definition is not None)
        self.way.value = _KEY if definition and definition.api_key else _TOKEN
        self.key.fill(definition.api_key if definition else "")
        self._arrange()

    def fill(self, name: str, sid: str | None, secret: str | None) -> None:
        """Fill in what a file says; nothing that is locked."""
        if self._definition is None:
            self.name.fill(name)
            self.sid.fill(sid)
        self.way.value = _TOKEN
        self._secret_name = secret
        self._arrange()

    def fault(self) -> str | None:
        """Return what is wrong with the fields, in a sentence; None if nothing is."""
        for field, missing in (
            (self.name, "Give the service a name first."),
            (
                self.sid,
                "Enter the Account SID first; it stands on the first page of https://console.twilio.com.",
            ),
            *(
                ((self.key, "Enter the SID of the API key first, or sign in with the auth token."),)
                if self.uses_key
                else ()
            ),
        ):
            said: str | None = field.look() if field.value else missing
            if said:
                return said
        return None

    def settings(self) -> dict[str, Any]:
        """Return what to store, by the names of a definition."""
        return {"api_key": self.key.value if self.uses_key else None, "secret": self.secret_name}

    def _arrange(self) -> None:
        simulated = self._definition is not None and self._definition.sandbox
        instead = _SIMULATED if simulated else NO_CREDENTIALS if on_binder() else ""
        self.instead.say(instead)
        _show(not instead or simulated, self.name, self.sid)
        _show(not instead, self.way, self.secret)
        _show(not instead and self.uses_key, self.key)
        self.secret.label = "API key's secret" if self.uses_key else "Auth token"
        name = f"under the name {self.secret_name!r}" if self.secret_name else "under the service's name"
        hint = f"It is kept {name}, outside the notebook. Leave it empty to keep what is there."
        if hint != self._hint:  # where it was kept just now stays to be read
            self._hint = hint
            self.secret.say(hint)

    def _keep(self, secret: Secret) -> str:
        if on_binder():
            raise ConfigurationError(NO_CREDENTIALS)
        name = self.secret_name
        said = safe.keep(name, secret)
        services.renew(name)
        return said


def _show(shown: bool, *widgets: ipywidgets.Widget) -> None:
    for widget in widgets:
        widget.layout.display = None if shown else "none"


def _checked_name(name: str) -> str:
    if name:
        check_name(name, "service")
    return ""


def _checked_sid(sid: str) -> str:
    if not sid:
        return "It stands on the first page of https://console.twilio.com."
    if sid.startswith("SK"):
        message = "That is the SID of an API key; enter the account's here, and choose 'API key' below for this one."
        raise ConfigurationError(message)
    if not (begun := _begun(sid, "AC")):
        check_account_sid(sid, "myTwilio")
    return begun


def _checked_key(sid: str) -> str:
    if not sid:
        return "Sends only: a key's secret verifies no signature of Twilio's."
    if not (begun := _begun(sid, "SK")):
        check_api_key(sid, "myTwilio")
    return begun


def _begun(sid: str, start: str) -> str:
    """Say how far a SID got that is being typed; empty if it is not on the way to be one."""
    on_the_way = sid.startswith(start) and sid[len(start) :].isalnum() and len(sid) < _SID_LENGTH
    return f"{len(sid)} of {_SID_LENGTH} characters." if on_the_way else ""
