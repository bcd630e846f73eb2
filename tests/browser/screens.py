"""Notebooks opened by a person with a browser: in JupyterLab, in Notebook 7 and in Voilà, and what axe says of them."""

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from twilio_nb.playground import Playground

FrontEnd = Literal["lab", "notebook", "voila"]
AXE = Path(sys.prefix, "node/node_modules/axe-core/axe.min.js")

# How the system's browser is started.
FLAGS = (
    "--headless",
    "--no-sandbox",  # as root, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_MANAGER = "config/lab/user-settings/@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"
_STORAGE = """async () => {
  const kept = { local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie, databases: [] };
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
    });
    for (const store of database.objectStoreNames) {
      const all = await new Promise((resolve) => {
        const asked = database.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(asked.result);
      });
      kept.databases.push([name, store, all]);
    }
    database.close();
  }
  return JSON.stringify(kept);
}"""
_SETTINGS = "config/lab/user-settings/@jupyterlab/apputils-extension"
_START = 60_000  # milliseconds; a kernel that starts and loads pandas on a busy machine


class Screens:
    """One Jupyter Server for many notebooks, each with a kernel of its own.

    Attributes
    ----------
    playground : Playground
        The server.
    browser : Browser
        The browser, nobody logged in.
    """

    def __init__(self, playground: Playground, browser: Browser) -> None:
        self.playground = playground
        self.browser = browser

    def notebook(self, *cells: str) -> str:
        """Write a notebook with these cells, and return its name."""
        book = {
            "cells": [_cell(f"cell-{n}", source) for n, source in enumerate(cells)],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        name = f"{uuid4().hex}.ipynb"
        (self.playground.notebooks / name).write_text(json.dumps(book), "utf-8")
        return name

    def read(self, name: str) -> str:
        """Return what is stored of a notebook."""
        return (self.playground.notebooks / name).read_text("utf-8")

    @contextlib.contextmanager
    def context(self, *, width: int = 1200, height: int = 1000) -> Iterator[BrowserContext]:
        """A browser that nobody is logged in with."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, permissions=["clipboard-read", "clipboard-write"]
        )
        try:
            yield context
        finally:
            context.close()

    def open(self, page: Page, name: str, front_end: FrontEnd = "lab", *, dark: bool = False) -> None:
        """Open a notebook and run all its cells; a page that is reloaded goes through here again without `run`."""
        self.dress(dark=dark)
        token = f"token={self.playground.token}"
        if front_end == "voila":
            page.goto(f"{self.playground.url}voila/render/{name}?{token}&theme={'dark' if dark else 'light'}")
            return
        path = f"lab/tree/{name}?reset&" if front_end == "lab" else f"notebooks/{name}?"
        page.goto(f"{self.playground.url}{path}{token}")
        self.run(page, front_end)

    def run(self, page: Page, front_end: FrontEnd = "lab") -> None:
        """Run all cells of the notebook that is open, as the menu does."""
        self.ready(page, front_end)
        begun = page.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[[*\d]")).first
        for _ in range(3):
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            # Notebook 7 shows its menu before there is a notebook that it would run.
            with contextlib.suppress(AssertionError):
                expect(begun).to_be_visible()
                return

    def ready(self, page: Page, front_end: FrontEnd = "lab") -> None:
        """Wait until the notebook that is open has a kernel that listens."""
        if front_end == "lab":
            expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=_START)
        else:
            idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
            expect(idle).to_be_visible(timeout=_START)

    def keep_state(self) -> None:
        """Have notebooks that are opened from now on saved with the state of their widgets, as a person may choose."""
        settings = self.playground.root / _MANAGER
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps({"saveState": True}))

    def save(self, page: Page) -> None:
        """Save the notebook that is open in JupyterLab, with the state of its widgets."""
        page.keyboard.press("Control+s")

    def shut_down(self) -> None:
        """End all kernels."""
        for kernel in self.playground.request("GET", "api/kernels"):
            with contextlib.suppress(Exception):
                self.playground.request("DELETE", f"api/kernels/{kernel['id']}")
        for session in self.playground.request("GET", "api/sessions"):
            with contextlib.suppress(Exception):
                self.playground.request("DELETE", f"api/sessions/{session['id']}")

    def dress(self, *, dark: bool) -> None:
        """Choose the theme of pages that are opened or reloaded from now on."""
        folder = self.playground.root / _SETTINGS
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "themes": {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"},
            "notification": {"fetchNews": "false"},  # the question lies over what a test looks at
        }
        for name, values in settings.items():
            (folder / f"{name}.jupyterlab-settings").write_text(json.dumps(values))


def _cell(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }


def violations(widget: Locator) -> list[str]:
    """Return what axe finds in a widget that would keep somebody out; a line for each."""
    page = widget.page
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = widget.evaluate("(node) => axe.run(node, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:300]} {node.get('failureSummary', '')}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def stored(page: Page) -> str:
    """Return all that a page has kept in its browser."""
    return str(page.evaluate(_STORAGE))


def eventually(page: Page, look: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that the page itself does not show."""
    for _ in range(int(seconds * 10)):
        if look():
            return
        page.wait_for_timeout(100)
    assert look()
