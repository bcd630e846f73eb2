"""The twilio library's errors, and the network's, as ours: what Twilio said, and what to do."""

import json
import re
from typing import TYPE_CHECKING, Any

from twilio_nb.errors import GatewayError
from twilio_nb.sending.advice import advice

if TYPE_CHECKING:
    from requests import RequestException
    from twilio.base.exceptions import TwilioException

_UNKNOWN = (
    "Whether the message was created is unknown: look for it in Twilio's message log before sending again, "
    "or the same person may get it twice."
)
_OF_THE_LIBRARY = re.compile(r"^Unable to \w+ record: ")


def refused(error: "TwilioException", *, creates: bool) -> GatewayError:
    """Return the library's error as ours, whichever of its three shapes it has."""
    said, status, code = _verdict(error)
    unknown = creates and (status is None or status >= 500)
    parts = [
        f"Twilio failed ({said})" if status and status >= 500 else f"Twilio refused: {said}",
        ", ".join([*([f"HTTP {status}"] if status else []), *([f"code {code}"] if code else [])]),
    ]
    message = f"{parts[0].rstrip('.')}" + (f" ({parts[1]})." if parts[1] else ".")
    more_info = f"https://www.twilio.com/docs/api/errors/{code}" if code else None
    hints = [advice(code, status), _UNKNOWN if unknown else "", f"See {more_info}" if more_info else ""]
    return GatewayError(
        " ".join([message, *filter(None, hints)]),
        status=status,
        code=code,
        more_info=more_info,
        unknown=unknown,
    )


def _verdict(error: "TwilioException") -> tuple[str, int | None, int | None]:
    """Return what Twilio said, the HTTP status and Twilio's code."""
    # A list that fails has no status and no code, but the response as its second argument.
    response = error.args[1] if len(error.args) > 1 else None
    if response is not None and hasattr(response, "status_code"):
        said = _object(response.text)
        text = said.get("message") or said.get("detail") or said.get("title") or "no reason given"
        return text, response.status_code, _code(said.get("code"), response.status_code)
    status = getattr(error, "status", None)
    status = status if isinstance(status, int) else None
    # str(error) would be full of colours on a terminal.
    text = getattr(error, "msg", None) or getattr(error, "detail", None) or getattr(error, "title", None)
    if text is None:
        return (str(error.args[0]) if error.args else type(error).__name__), status, None
    return _OF_THE_LIBRARY.sub("", str(text)), status, _code(getattr(error, "code", None), status)


def _code(code: object, status: int | None) -> int | None:
    """Return Twilio's error code; the library puts the HTTP status where there is none."""
    return code if isinstance(code, int) and code != status else None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


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
