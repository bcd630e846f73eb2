"""Whether a handler is asked about a text at all: the condition ``can_evaluate`` of its webhook."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twilio_nb.domain.expressions import evaluate, parse
from twilio_nb.errors import RuleDenied
from twilio_nb.receiving.expansions import expansions
from twilio_nb.receiving.handlers import Handler
from twilio_nb.sending.rules import told

# fmt: off
FIELDS = (
    "From", "To", "Body", "NumMedia", "NumSegments", "MessageSid", "AccountSid", "MessagingServiceSid", "FromCity",
    "FromState", "FromZip", "FromCountry", "ToCity", "ToState", "ToZip", "ToCountry", "MediaUrl0", "MediaContentType0",
    "ProfileName", "WaId", "ButtonText", "ButtonPayload", "Latitude", "Longitude", "OptOutType",
)
# fmt: on
"""What a condition may ask of a text: https://www.twilio.com/docs/messaging/guides/webhook-request.

A name of this list can be told from a slip; what else Twilio sends a Python function finds in the payload.
"""


class NotAdmitted(RuleDenied):
    """A text for which the condition of its webhook does not hold."""


def check(can_evaluate: Any) -> None:
    """Refuse a condition that cannot be meant.

    Parameters
    ----------
    can_evaluate : object
        As a webhook is defined with it.

    Raises
    ------
    ConfigurationError
        If a part of it is not understood; the message names the part.
    """
    parse(can_evaluate, FIELDS)


def admit(handler: Handler, fields: Mapping[str, str]) -> None:
    """Let a text pass to its handler, if the condition holds. To be called where the handler would be.

    Parameters
    ----------
    handler : Handler
        The handler.
    fields : mapping
        The form of the text.

    Raises
    ------
    NotAdmitted
        If the condition does not hold, or cannot be evaluated; the message says what decided, without any text.
    """
    verdict = evaluate(handler.definition.can_evaluate, replace(expansions(), args=fields), FIELDS)
    if not verdict.holds:
        why = told(verdict.clauses).replace("%%args.", "")  # the fields of a text go by their own names
        message = f"can_evaluate does not hold: {why}."
        raise NotAdmitted(message)
