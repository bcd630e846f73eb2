"""What an update may set: how each parameter of a request is read, and under which key it is shown."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from twilio_nb.sandbox.errors import Refusal

Form = Mapping[str, list[str]]
Read = Callable[[str, str], Any]
Settings = Mapping[str, tuple[str, Read]]
"""For each parameter, the record's key and how its text becomes the record's value."""

# Between the slashes stands a host and a port, no more: parsers must not disagree about where a call goes.
_URL = re.compile(r"https?://(?:[^/?#@\s]*@)?[A-Za-z0-9.\-\[\]:]+(?:[/?#][!-~]*)?")


def changes(form: Form, settings: Settings) -> dict[str, Any]:
    """Read what a request sets; all of it, or nothing.

    Raises
    ------
    Refusal
        If an address is none (21402), a method neither GET nor POST (21403), or a value of another
        kind cannot be read (20001).
    """
    return {key: read(name, form[name][0]) for name, (key, read) in settings.items() if name in form}


def text(name: str, value: str) -> str:
    """Read any text."""
    return value


def url(name: str, value: str) -> str:
    """Read an address; an empty one is none."""
    if value and not is_url(value):
        raise Refusal(21402, what=name, url=value)
    return value


def url_or_none(name: str, value: str) -> str | None:
    """Read an address where none is shown as null."""
    return url(name, value) or None


def method(name: str, value: str) -> str:
    """Read an HTTP method."""
    if value.upper() not in ("GET", "POST"):
        raise Refusal(21403, what=name, method=value)
    return value.upper()


def boolean(name: str, value: str) -> bool:
    """Read true or false, in any case."""
    if value.lower() not in ("true", "false"):
        raise Refusal(20001, what=f"{name}={value}")
    return value.lower() == "true"


def one_of(*values: str) -> Read:
    """Return what reads one of some words."""

    def read(name: str, value: str) -> str:
        if value not in values:
            raise Refusal(20001, what=f"{name} is one of {', '.join(values)}")
        return value

    return read


def between(low: int, high: int) -> Read:
    """Return what reads a whole number within bounds."""

    def read(name: str, value: str) -> int:
        if not (value.isascii() and value.isdigit() and low <= int(value[:9]) <= high):
            raise Refusal(20001, what=f"{name} is a whole number from {low} to {high}")
        return int(value)

    return read


def is_url(value: str) -> bool:
    """Whether Twilio would take this as the address of a webhook."""
    return _URL.fullmatch(value) is not None


OF_TEXTS: Settings = {
    "FriendlyName": ("friendly_name", text),
    "SmsFallbackMethod": ("sms_fallback_method", method),
    "SmsFallbackUrl": ("sms_fallback_url", url),
    "SmsMethod": ("sms_method", method),
    "SmsUrl": ("sms_url", url),
}
"""What numbers and applications have in common: where texts go."""


def unset(settings: Settings) -> dict[str, str]:
    """Return what a record of texts shows before anything is set."""
    return {key: "POST" if key.endswith("method") else "" for key, _ in settings.values()}
