"""A real browser, and a real JupyterLab for it to open."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.screens import FLAGS, Screens
from twilio_nb.playground import Playground

expect.set_options(timeout=15_000)  # other tests run on the same cores


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium or Chrome. For one module: as long as it is there, asyncio has a loop that runs."""
    path = runpy.run_path(str(Path(__file__).parent / "chromium.py"))["find"]()
    assert path is not None, "These tests need Chromium or Chrome; `make browser` gets one, or says how."
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def playground() -> Iterator[Playground]:
    """JupyterLab, Notebook 7 and Voilà on one server, with a token and a base URL."""
    with Playground(base_url="/user/ann/", lab=True) as opened:
        yield opened


@pytest.fixture
def screens(playground: Playground, browser: Browser) -> Iterator[Screens]:
    """Its notebooks in a browser; kernels of other tests are gone."""
    opened = Screens(playground, browser)
    yield opened
    opened.shut_down()


@pytest.fixture
def page(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a browser nobody is logged in with; what it showed when a test failed is kept."""
    failed = request.session.testsfailed
    context = browser.new_context(viewport={"width": 1400, "height": 2400})
    opened = context.new_page()
    yield opened
    if request.session.testsfailed > failed:
        opened.screenshot(path=tmp_path / "page.png", full_page=True)
        sys.stderr.write(f"The page as it was: {tmp_path / 'page.png'}\n")
    context.close()
