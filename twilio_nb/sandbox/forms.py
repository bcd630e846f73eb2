"""The parameters of a request."""

from urllib.parse import parse_qs

from starlette.requests import Request

from twilio_nb.sandbox.settings import Form


async def form(request: Request) -> Form:
    """Read the posted parameters."""
    return parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)


def query(request: Request) -> Form:
    """Read the parameters of the address."""
    return parse_qs(request.url.query, keep_blank_values=True)


def first(given: Form, name: str) -> str:
    """Return a parameter's first value, or an empty text."""
    return given.get(name, [""])[0]
