"""Where a text to one of the account's numbers goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.numbers import Number


@dataclass(frozen=True)
class Destination:
    """The webhook that is told of a text.

    Attributes
    ----------
    url, method, fallback_url, fallback_method : str
        What is called, and what if that fails; an empty address is not.
    fault : str
        Why nothing is called, in a sentence.
    """

    url: str = ""
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    fault: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Destination":
        """Read the settings of a number or an application."""
        return cls(*(settings[f"sms_{key}"] for key in ("url", "method", "fallback_url", "fallback_method")))


def destination(account: Account, number: Number) -> Destination | None:
    """Return where texts to a number go; None if Twilio does not even receive them.

    An application comes first, then the Messaging Service that the number belongs to, unless that
    defers to its numbers' own webhooks; a service without an address, which does not defer, receives
    nothing: https://www.twilio.com/docs/messaging/api/service-resource.
    """
    settings = number.settings
    if sid := settings["sms_application_sid"]:
        application = account.applications.get(sid)
        if application is None:
            return Destination(
                fault=f"SmsUrl is ignored: application {sid} has the number, and does not exist."
            )
        return Destination.of(application.settings)
    service = account.services.of(number)
    if service is None or service.settings["use_inbound_webhook_on_number"]:
        return Destination.of(settings)
    if service.settings["inbound_request_url"] is None:
        return None
    own = service.settings
    return Destination(
        own["inbound_request_url"], own["inbound_method"], own["fallback_url"] or "", own["fallback_method"]
    )
