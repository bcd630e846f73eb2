"""What more can be said about a refusal where the message and the account are at hand."""

import math

from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.errors import GatewayError
from twilio_nb.sending.attempts import Attempt
from twilio_nb.sending.gateway import Gateway

_NOT_A_SENDER = 21606
_TOO_LONG = 21617
_MOST_NAMED = 5


def helped(error: GatewayError, gateway: Gateway, attempt: Attempt) -> GatewayError:
    """Return a refusal with what the person can use instead.

    Parameters
    ----------
    error : GatewayError
        The refusal.
    gateway : Gateway
        The way to Twilio, for the account's numbers.
    attempt : Attempt
        What was refused.

    Returns
    -------
    GatewayError
        The same error, with a sentence more where there is one.
    """
    hint = ""
    if error.code == _NOT_A_SENDER:
        hint = _numbers(gateway)
    elif error.code == _TOO_LONG:
        parts = math.ceil(len(attempt.body) / BODY_LIMIT)
        hint = (
            f"It has {len(attempt.body):,} characters and would go in {parts} parts: for part in "
            f"textwrap.wrap(text, {BODY_LIMIT}, replace_whitespace=False): service.send(to, part)"
        )
    return with_sentence(error, hint) if hint else error


def with_sentence(error: GatewayError, sentence: str) -> GatewayError:
    """Return the same error, with a sentence more."""
    return GatewayError(
        f"{error} {sentence}",
        status=error.status,
        code=error.code,
        more_info=error.more_info,
        unknown=error.unknown,
    )


def _numbers(gateway: Gateway) -> str:
    try:
        numbers = gateway.numbers()
    except GatewayError:
        return ""  # the refusal itself is what matters
    able = [str(one["phone_number"]) for one in numbers if (one.get("capabilities") or {}).get("sms")]
    if not able:
        return "This account has no number that can send texts."
    more = f" and {len(able) - _MOST_NAMED} more" if len(able) > _MOST_NAMED else ""
    return f"Numbers of this account that can: {', '.join(able[:_MOST_NAMED])}{more}."
