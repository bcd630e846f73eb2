"""The part of the form that says from which number, or Messaging Service, texts leave."""

from collections.abc import Callable

import ipywidgets

from twilio_nb.domain.addresses import sender as checked_sender
from twilio_nb.domain.markup import plain
from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.widgets.fields import Choice, Field, Sentence
from twilio_nb.sending.gateway import Gateway

_NONE, _OTHER = "", "other"


class SenderFields(ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
    """A list of the account's numbers and Messaging Services, and a line for any other sender.

    Parameters
    ----------
    fetch : callable
        Called when the list is to be fetched from Twilio.
    """

    def __init__(self, fetch: Callable[[], None]) -> None:
        self.choice = Choice("Sender", self._arrange)
        self.choice.layout.flex, self.choice.layout.min_width = "1 1 12em", "0"
        self.fetch = ipywidgets.Button(description="Fetch from Twilio", layout={"width": "auto"})
        self.other = Field("Other sender", _checked, "+…, a short code, a name, whatsapp:+…")
        self.sentence = Sentence()
        self.fetch.on_click(lambda _: fetch())
        row = ipywidgets.HBox([self.choice, self.fetch], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.other, self.sentence])
        self._found: list[tuple[str, str]] = []
        self.load(None)

    @property
    def value(self) -> str | None:
        """The sender, None if none is chosen."""
        chosen = str(self.choice.value)
        text = self.other.value if chosen == _OTHER else chosen
        return checked_sender(text) if text else None

    def fault(self) -> str | None:
        """Return what is wrong with the sender, in a sentence; None if nothing is."""
        return self.other.look() if self.choice.value == _OTHER else None

    def load(self, sender: str | None) -> None:
        """Show a sender as chosen."""
        self._choose(sender or _NONE)

    def forget(self) -> None:
        """Empty the list, which another account had."""
        self._found = []

    def rest(self, why: str) -> None:
        """Let the button that fetches the list rest, and say why; with an empty reason it can be pressed.

        Parameters
        ----------
        why : str
            What is to be done first.
        """
        self.fetch.disabled = bool(why)
        self.sentence.say(why)

    def list(self, gateway: Gateway) -> None:
        """Fetch the list from Twilio; runs in a thread.

        Parameters
        ----------
        gateway : Gateway
            The account.
        """
        try:
            found = senders(gateway)
        except TwilioNBError as error:
            self.sentence.say(str(error), "error")
            return
        self._found = found
        self._choose(str(self.choice.value))
        count = f"{len(found)} sender{'' if len(found) == 1 else 's'}"
        self.sentence.say(
            f"Twilio lists {count} of the account." if found else "The account has no number and no service."
        )

    def _choose(self, value: str) -> None:
        known = {value: label for label, value in self._found}
        if value not in (_NONE, _OTHER):
            known.setdefault(value, value)
        nobody = "Choose one …" if len(self._found) > 1 else "The account's only number"
        options = [(nobody, _NONE), *((label, key) for key, label in known.items())]
        self.choice.offer([*options, ("Another sender …", _OTHER)], value)
        self._arrange()

    def _arrange(self) -> None:
        self.other.layout.display = None if self.choice.value == _OTHER else "none"


def senders(gateway: Gateway) -> list[tuple[str, str]]:
    """Return the account's numbers that can text, and its Messaging Services, each with a label."""
    numbers = [one for one in gateway.numbers() if (one.get("capabilities") or {}).get("sms", True)]
    found = []
    for number in numbers:
        name = plain(number.get("friendly_name"))
        address = str(number["phone_number"])
        found.append((f"{address} – {name}" if name and name != address else address, address))
    for service in gateway.messaging_services():
        found.append(
            (
                f"{plain(service['friendly_name'])} – Messaging Service …{service['sid'][-4:]}",
                str(service["sid"]),
            )
        )
    return found


def _checked(sender: str) -> str:
    if sender:
        checked_sender(sender)
    return ""
