"""The quickstart, run from top to bottom by a person with a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from twilio_nb.playground import Playground

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "00-quickstart.ipynb"


@pytest.fixture
def lab() -> Iterator[Playground]:
    """JupyterLab with a token, a base URL and the quickstart."""
    with Playground(base_url="/user/ann/", lab=True) as playground:
        shutil.copy(QUICKSTART, playground.notebooks)
        yield playground


@pytest.mark.browser
def test_the_reply_of_the_cells_handler_is_on_the_page_after_run_all(lab: Playground, page: Page) -> None:
    page.goto(f"{lab.url}lab/tree/{QUICKSTART.name}?token={lab.token}")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    outputs = page.locator(".jp-OutputArea-output")
    expect(outputs.filter(has_text="Saved your text message with _id:").first).to_be_visible(timeout=60_000)
    expect(outputs.filter(has_text="tea has 2 of 3").first).to_be_visible(timeout=30_000)
    expect(
        page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
    ).to_have_count(0)
