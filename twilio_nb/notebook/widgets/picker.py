"""The part of the form that says which service it shows, and which one magics use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import ipywidgets

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.current import services
from twilio_nb.notebook.surroundings import on_binder
from twilio_nb.notebook.widgets.fields import Choice, Sentence
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.service import Service

_NEW = ""
_CURRENT = "Magics use this service."
_HINT = "No account at Twilio? account = twilio_nb.sandbox() simulates one."


class Picker(ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
    """A list of the services that are open or stored, and a sentence about the one that is chosen.

    Parameters
    ----------
    picked : callable
        Called with the service that a person chose, None for a new one.
    """

    def __init__(self, picked: Callable[[Service | None], None]) -> None:
        self.choice = Choice("Service", self._pick)
        self.notice = Sentence()
        self._picked = picked
        super().__init__([self.choice, self.notice])

    def show(self, service: Service | None) -> None:
        """Show a service as chosen, None for a new one."""
        chosen = service.name if service else _NEW
        names = {one.name for one in services.all()} | {chosen} - {_NEW}
        self.notice.say(_HINT if service is None and not on_binder() else "")
        try:
            database = Database.open()
            try:
                names |= {one.name for one in Registry(database).services()}
            finally:
                database.close()
        except TwilioNBError as error:
            self.notice.say(str(error), "error")
        self.choice.offer([*((name, name) for name in sorted(names)), ("Add a service …", _NEW)], chosen)

    def say_whose(self, service: Service | None) -> None:
        """Say which service magics use: to look at one, or to set one up, is not to send with it."""
        current = services.current
        if service is None or current is None:
            return
        if current is service:
            self.notice.say(_CURRENT)
            return
        opener = "sandbox" if service.definition.sandbox else "connect"
        change = f"twilio_nb.{opener}({service.name!r}) lets them use this one."
        self.notice.say(f"Magics go on using {current.name!r}; {change}")

    def _pick(self) -> None:
        name = str(self.choice.value)
        try:
            with services.unmoved():
                service = cast("Service", services.get(name)) if name else None
        except TwilioNBError as error:
            self.notice.say(str(error), "error")
            return
        self._picked(service)
