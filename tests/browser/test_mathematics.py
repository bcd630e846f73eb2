"""A text about money is no formula: JupyterLab sets mathematics between dollar signs, but not in a text."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import Screens

TEXT = "Lunch is $5 to $10"
CELLS = (
    "%load_ext twilio_nb\nimport twilio_nb\naccount = twilio_nb.sandbox()\nphone = account.phone()",
    f"%twilio_send +15558675309 {TEXT}",
    f"phone.text({TEXT!r})",
    # Set later than what stands above it, so once this is a formula the others would be.
    "from IPython.display import HTML\nHTML('<p id=\"formula\">$x^2$</p>')",
)


@pytest.mark.browser
def test_a_text_that_tells_prices_stands_as_it_was_typed(screens: Screens, page: Page) -> None:
    screens.open(page, screens.notebook(*CELLS))

    expect(page.locator("#formula mjx-container")).to_be_visible(timeout=60_000)
    shown = page.locator(".jp-OutputArea-output .twilio-nb").filter(has_text=TEXT)
    expect(shown).to_have_count(2)
    expect(page.locator(".twilio-nb mjx-container")).to_have_count(0)
