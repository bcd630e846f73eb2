"""``%twilio_config``: a form that sets a service up, and says what is in order and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import ipywidgets

from twilio_nb.domain.configuration import files
from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.domain.markup import plain
from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Finding, Findings
from twilio_nb.notebook.surroundings import NO_CREDENTIALS, on_binder
from twilio_nb.notebook.widgets.account_fields import AccountFields
from twilio_nb.notebook.widgets.checklist import Checklist
from twilio_nb.notebook.widgets.config_file import ConfigFile
from twilio_nb.notebook.widgets.form import Form, title
from twilio_nb.notebook.widgets.picker import Picker
from twilio_nb.notebook.widgets.receiving_fields import ReceivingFields
from twilio_nb.notebook.widgets.removal import Removal
from twilio_nb.notebook.widgets.sender_fields import SenderFields

if TYPE_CHECKING:
    from twilio_nb.service import Service

_UNSAVED = "Twilio lists the account's senders once the account and its token are saved."
_UNCHECKED = "Twilio lists the account's senders once its credentials have been checked."
_REFUSED = "Twilio lists the account's senders once store and credentials are in order; see the list below."


class Config(Form):
    """A form for one service at a time; made by ``%twilio_config`` and `Service.config`.

    Its fields are kept by the kernel and may be saved in the notebook; the password is no part of them.

    Parameters
    ----------
    service : Service or None
        The service to show; None for an empty form that adds one.
    notice : str
        A sentence to begin with.

    Notes
    -----
    It never holds a secret: what is typed into the password field comes in one message, is kept under the secret's name
    as `twilio_nb.secrets.set` keeps it, and is gone from the page.
    """

    def __init__(self, service: Service | None = None, notice: str = "") -> None:
        self.service: Service | None = None
        self.picker = Picker(self._picked)
        self.account = AccountFields(self.save, self._arrange)
        self.sender = SenderFields(self.fetch)
        self.receiving = ReceivingFields(self._use)
        self.file = ConfigFile(self._take, self._write)
        self.button = ipywidgets.Button(
            description="Save and check",
            button_style="primary",
            layout={"width": "auto", "align_self": "flex-start"},
        )
        self.checklist = Checklist(self._looked)
        self.removal = Removal(self._remove)
        super().__init__(
            [
                self.picker,
                title("Account"),
                self.account,
                title("Sending"),
                self.sender,
                title("Receiving"),
                self.receiving,
                self.file,
                self.button,
                self.checklist,
                self.removal,
            ]
        )
        self.add_class("twilio-nb-form")
        self._load(service)
        if notice and not on_binder():
            self.picker.notice.say(notice)
        self.button.on_click(lambda _: self.save())

    def save(self) -> None:
        """Store what was entered, take the secret from the page, and look at everything."""
        if fault := self._fault():
            self.checklist.say(fault)
            return
        self.checklist.say("Saving …", busy=True)
        self.checklist.work(self._save)

    def fetch(self) -> None:
        """Fetch the account's senders from Twilio."""
        if self.service is None:
            return
        self.sender.sentence.say("Asking Twilio …")
        self.checklist.work(self._fetch, self.service)

    def __repr__(self) -> str:
        if self.service is None:
            return plain(f"Twilio in this notebook: no service is chosen. {self.picker.notice.text}")
        definition = self.service.definition
        rows = [
            f"{definition.name}, account {definition.account_sid}",
            f"  sender   {definition.sender or 'not chosen'}",
            f"  secret   {definition.secret!r}, kept outside the notebook",
            f"  address  {self.receiving.address.value or 'not known'}",
        ]
        found = repr(Findings("", self.checklist.findings)).splitlines()[1:]
        return "\n".join([*map(plain, rows), *found])

    def _load(self, service: Service | None) -> None:
        """Show a service."""
        before = self.service
        if service is not before or service is None:
            self.sender.forget()
            self.sender.rest(_UNCHECKED if service else _UNSAVED)
            if before is not None:
                before._shown.discard(self)
        self.service = service
        self._shown_as = definition = service.definition if service else None
        if service is not None:
            service._shown.add(self)
        self.account.load(definition)
        self.sender.load(definition.sender if definition else None)
        self._show_receiving()
        if service is not before:
            self.checklist.turn_to(self._look if service else None)
        self.picker.show(service)
        self.removal.service = definition.name if definition and not definition.sandbox else ""

    def _show_receiving(self) -> None:
        self.receiving.load(self.service)
        self._arrange()

    def _arrange(self) -> None:
        simulated = self.service is not None and self.service.definition.sandbox
        self.receiving.arrange(sends_only=self.account.uses_key, simulated=simulated)
        for part in self.children[self.children.index(self.account) + 1 :]:
            part.layout.display = "none" if on_binder() and not simulated else None

    def _picked(self, service: Service | None) -> None:
        self._load(service)
        self.picker.say_whose(service)
        self.checklist.check()

    def _fault(self) -> str | None:
        if on_binder() and (self.service is None or not self.service.definition.sandbox):
            return NO_CREDENTIALS
        return self.account.fault() or self.sender.fault() or self._fault_of_address()

    def _fault_of_address(self) -> str | None:
        field = self.receiving.public
        return field.look() if field.value else None

    def _save(self) -> None:
        """Store; runs in a thread."""
        try:
            settings = {
                **self.account.settings(),
                "sender": self.sender.value,
                "public_url": self.receiving.public.value or None,
            }
            if self.service is None:
                settings["api_url"] = self.receiving.api_url  # of the service that was removed here just now
                given = {name: value for name, value in settings.items() if value is not None}
                name, sid = self.account.name.value, self.account.sid.value
                with services.unmoved():
                    opened = cast("Service", services.open(name, account_sid=sid, **given))
                self._load(opened)
            elif self.service.definition.sandbox:
                self.service.redefine(replace(self.service.definition, sender=settings["sender"]))
            else:
                self.service.redefine(replace(self.service.definition, **settings))
        except TwilioNBError as error:
            self.checklist.say(str(error))
            return
        self._load(self.service)
        self.picker.say_whose(self.service)
        self.account.secret.collect(self.checklist.check)

    def _remove(self) -> str:
        """Forget the service; what was entered stays, to be corrected. Runs in a thread."""
        service = self.service
        if service is None:
            message = "There is no service to remove."
            raise ConfigurationError(message)
        service._shown.discard(self)  # which closes with it
        try:
            service.remove()
        except TwilioNBError:
            service._shown.add(self)
            raise
        definition = service.definition
        self._load(None)
        self.account.load(definition, is_new=True)
        self.sender.load(definition.sender)
        self.receiving.api_url = definition.api_url
        self.receiving.public.fill(definition.public_url)
        said = f"{definition.name!r} is removed. Correct what stands here and save it, or choose another service."
        return f"{said} Saved, it uses the API at {definition.api_url} again." if definition.api_url else said

    def _look(self) -> list[Finding]:
        service = self.service
        if service is None:
            return []
        return service.check(self.receiving.page_url, self.receiving.webhook.value)

    def _looked(self, findings: list[Finding]) -> None:
        """Show what a remedy changed, and fetch the senders once the credentials hold."""
        service = self.service
        if service is None:
            return
        if service.definition is not self._shown_as:  # what was entered and not saved yet stays otherwise
            self._load(service)
        self.receiving.refresh()
        if any(one.state == "problem" for one in findings[:2]):
            self.sender.rest(_REFUSED)
        else:
            self.sender.rest("")
            self._fetch(service)

    def _fetch(self, service: Service) -> None:
        try:
            self.sender.list(service.gateway)
        except TwilioNBError as error:
            self.sender.sentence.say(str(error), "error")

    def _use(self, url: str) -> None:
        """Make the page's address the public one; of a service that is not stored yet, in its field."""
        if self.service is None:
            self.receiving.public.fill(url)
            return
        self._shown_as = replace(self.service.definition, public_url=url)
        self.service.redefine(self._shown_as)
        self._show_receiving()
        self.checklist.check()

    def _take(self, configuration: ServiceConfiguration) -> str:
        if self.service is not None and configuration.account_sid not in (
            None,
            self.service.definition.account_sid,
        ):
            message = (
                f"That file is of another account than {self.service.name!r}. Choose 'Add a service …' above, and "
                "then fill the form in from it."
            )
            raise ConfigurationError(message)
        self.account.fill(configuration.name, configuration.account_sid, configuration.secret)
        return "Filled in. Enter the auth token, then save and check."

    def _write(self) -> str:
        if self.service is None:
            message = "Save the service first; then it can be copied out."
            raise ConfigurationError(message)
        return files.write(ServiceConfiguration.of(self.service.definition).to_config())
