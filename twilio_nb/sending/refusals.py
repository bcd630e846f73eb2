"""What Twilio, or the network, answered instead of what was asked for, as our errors: what was said, what to do."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from twilio_nb.errors import GatewayError
from twilio_nb.sending.advice import advice

if TYPE_CHECKING:
    from requests import RequestException, Response

_UNKNOWN = (
    "Whether the message was created is unknown: look for it in Twilio's message log before sending again by "
    "other means, or the same person may get it twice."
)


def refused(answer: "Response", *, creates: bool, to: str | None = None) -> GatewayError:
    """Return a refusal as our error, whether Twilio wrote it the old way or as problem details (RFC 9457).

    Parameters
    ----------
    answer : requests.Response
        Of a status from 400.
    creates : bool
        Whether a message was to be created, so that an error of the server leaves open whether it was.
    to : str or None
        The message's recipient.
    """
    said, status = _object(answer.text), answer.status_code
    text = next((said[key] for key in ("message", "detail", "title") if isinstance(said.get(key), str)), "")
    code = said.get("code")
    # An answer may repeat its HTTP status as its code.
    code = code if isinstance(code, int) and not isinstance(code, bool) and code != status else None
    unknown = creates and status >= 500
    start = f"Twilio failed ({text or 'no reason given'})" if status >= 500 else f"Twilio refused: {text}"
    numbers = f"HTTP {status}, code {code}" if code else f"HTTP {status}"
    more_info = f"https://www.twilio.com/docs/api/errors/{code}" if code else None
    sentences = [
        f"{start.rstrip('.: ')} ({numbers}).",
        *(_pressure(answer) if status == 429 else []),
        advice(code, status, to=to),
        _UNKNOWN if unknown else "",
        f"See {more_info}" if more_info else "",
    ]
    message = " ".join(filter(None, sentences))
    return GatewayError(message, status=status, code=code, more_info=more_info, unknown=unknown)


def _pressure(answer: "Response") -> list[str]:
    """Say how busy Twilio was with this account, and how long it asks to wait."""
    concurrent, seconds = answer.headers.get("Twilio-Concurrent-Requests", ""), retry_after(answer)
    return [
        *([f"Twilio counted {concurrent} at the same time."] if concurrent.isdigit() else []),
        *([f"It asks to wait {seconds:.0f} s."] if seconds else []),
    ]


def retry_after(answer: "Response") -> float:
    """Return the seconds for which the header Retry-After asks to wait, given as such or as a date; else 0."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max((date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def unanswered(error: "RequestException", *, creates: bool, timeout: float) -> GatewayError:
    """Return a network error as ours; its own text may hold the request's query."""
    from twilio_nb.sending.transport import never_connected

    if never_connected(error):
        message = (
            f"Twilio could not be reached ({type(error).__name__}); nothing was sent. "
            "Check the network, and the service's API base URL if it has one."
        )
        return GatewayError(message)
    message = f"Twilio gave no answer within {timeout:g} s, or broke off ({type(error).__name__})."
    return GatewayError(f"{message} {_UNKNOWN}" if creates else f"{message} Try again.", unknown=creates)


def misunderstood(*, creates: bool) -> GatewayError:
    """Return the error for an answer that the library cannot read."""
    message = "An answer came that is not Twilio's. Check the service's API base URL."
    return GatewayError(f"{message} {_UNKNOWN}" if creates else message, unknown=creates)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
