"""Whether what people texted has stayed text on a page."""

from playwright.sync_api import Locator, Page

# What a text would have become as markup, as markdown, as a formula.
MADE = """(places) => places.flatMap((place) =>
  [...place.querySelectorAll("a, b, strong, script, iframe, [src=x], [onerror], mjx-container")]
    .filter((one) => one.localName !== "strong" || one.textContent === "bold")
    .map((one) => one.outerHTML))"""


def made(places: Locator) -> list[str]:
    """Return the elements in some places that no text must become; each place has to be there."""
    assert places.count()
    found: list[str] = places.evaluate_all(MADE)
    return found


def ran(page: Page) -> bool:
    """Tell whether anything that `tests.hostile` has in it was run."""
    return page.evaluate("() => window.ran") is not None


def too_wide(places: Locator) -> list[str]:
    """Return what is wider than its room, so that a person would have to push it aside."""
    assert places.count()
    found: list[str] = places.evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.outerHTML.slice(0, 200))"
    )
    return found
