"""A phone that is shown, and a page of it."""

from typing import Any

from tests.notebook.widgets.pages import Page
from twilio_nb.phones import Phone


def shown(phone: Phone) -> Page:
    """Show a phone as the last line of a cell does, and open a page of it."""
    phone._repr_mimebundle_()
    assert phone._view is not None
    return Page(phone._view)


def bodies(texts: list[dict[str, Any]]) -> list[tuple[bool, str]]:
    return [(text["own"], text["body"]) for text in texts]


def told_bodies(page: Page) -> list[str]:
    return list(dict.fromkeys(text["body"] for told in page.told for text in told.get("texts", [])))
