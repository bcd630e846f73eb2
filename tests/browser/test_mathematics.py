"""A text about money is no formula: JupyterLab sets mathematics between dollar signs, but not in a text."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from twilio_nb.playground import Playground

TEXT = "Lunch is $5 to $10"
CELLS = (
    "%load_ext twilio_nb\nimport twilio_nb\naccount = twilio_nb.sandbox()\nphone = account.phone()",
    f"%twilio_send +15558675309 {TEXT}",
    f"phone.text({TEXT!r})",
    # Set later than what stands above it, so once this is a formula the others would be.
    "from IPython.display import HTML\nHTML('<p id=\"formula\">$x^2$</p>')",
)
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "source": cell,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for n, cell in enumerate(CELLS)
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def lab() -> Iterator[Playground]:
    """JupyterLab with a notebook in which a text tells prices."""
    with Playground(lab=True) as playground:
        (playground.notebooks / "prices.ipynb").write_text(json.dumps(NOTEBOOK))
        yield playground


@pytest.mark.browser
def test_a_text_that_tells_prices_stands_as_it_was_typed(lab: Playground, page: Page) -> None:
    page.goto(f"{lab.url}lab/tree/prices.ipynb?token={lab.token}")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    expect(page.locator("#formula mjx-container")).to_be_visible(timeout=60_000)
    shown = page.locator(".jp-OutputArea-output .twilio-nb").filter(has_text=TEXT)
    expect(shown).to_have_count(2)
    expect(page.locator(".twilio-nb mjx-container")).to_have_count(0)
