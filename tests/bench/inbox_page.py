"""From the POST of a text to its row in a page of JupyterLab, and what a person waits for in an inbox of 100,000.

The alternative is what one writes without a widget: a cell that reads the newest texts once a second and shows them
anew. It keeps its kernel busy. Both pages are open at the same time and wait for the same texts.
"""

import json
import runpy
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect, sync_playwright

from tests.bench.live import fill, timed
from tests.bench.rows import Row, turns
from tests.bench.surroundings import surroundings
from tests.bench.texts import FIELDS, request
from tests.browser.screens import FLAGS, Screens
from tests.notebook.widgets.pages import Page as Asking
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.playground import Playground, wait_for
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

TEXTS = 100_000
POLLED = "service.texts(limit=50) shown anew every second"
READ = "service.texts(), and the same with pandas"
PHONE = FIELDS["From"]

OPEN = f"""
import json, pathlib, twilio_nb
account = twilio_nb.sandbox("bench")
_ = account.history(days=900, people=3000, texts={TEXTS})
service = account.service
facts = [service.known_address("inbox"), service.token.reveal()]
pathlib.Path("facts.json").write_text(json.dumps(facts))
"""
INBOX = "inbox = service.inbox()\ninbox"
POLL = """
import time, twilio_nb
from IPython.display import display
service = twilio_nb.sandbox("bench").service
shown = display(service.texts(limit=50), display_id=True)
while True:
    time.sleep(1)
    shown.update(service.texts(limit=50))
"""
# Notes when each text is in the page first; Date.now() is the clock of this machine.
WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    for (const found of document.body.innerText.match(/bench-\\d+/g) ?? []) window.seen[found] ??= Date.now();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def measure(rounds: int = 25) -> Iterator[Row]:
    """Measure what comes in both pages, and then what a page asks for."""
    here, there = arrivals(rounds)
    yield Row("from the POST of a text to its row in the page, ms", here, POLLED, there, "250 ms")
    with surroundings(), Database.open("bench") as database:
        fill(database, "s", TEXTS)
        service = Service(ServiceDefinition("s", "AC" + "0" * 32), database)
        opening = timed(service.inbox)
        inbox = service.inbox()
        page = Asking(inbox)

        def windows() -> None:
            page.ask("hello")
            page.ask("conversations")

        found = turns(
            9,
            {
                "open": lambda: timed(windows),
                "search": lambda: timed(lambda: page.ask("texts", search="ab1")),
                "sort": lambda: timed(lambda: page.ask("texts", sort="body", descending=False)),
            },
        )
        naive = turns(
            3,
            {
                "open": lambda: timed(lambda: service.conversations()),
                "search": lambda: timed(lambda: naive_search(service)),
                "sort": lambda: timed(lambda: service.texts().sort_values("body")),
            },
        )
        service._close_shown()
    yield Row(f"service.inbox() of {TEXTS:,} texts, the first of a service, ms", opening)
    what = {
        "open": "what a page shows first",
        "search": "a search in the table",
        "sort": "sorting it by text",
    }
    for name, words in what.items():
        yield Row(f"{words}, {TEXTS:,} texts, ms", found[name], READ, naive[name], "300 ms")


def naive_search(service: Service) -> object:
    texts = service.texts()
    return texts[texts["body"].str.contains("ab1", case=False, regex=False)].tail(100)


def arrivals(rounds: int) -> tuple[float, float]:
    """Return the median milliseconds until a text is in the inbox, and in the page that is polled for."""
    path = runpy.run_path(str(Path(__file__).parents[1] / "browser" / "chromium.py"))["find"]()
    with sync_playwright() as playwright, Playground(lab=True) as playground:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        screens = Screens(playground, browser)
        with screens.context() as one, screens.context() as other:
            inbox, polled = one.new_page(), other.new_page()
            screens.open(inbox, screens.notebook(OPEN, INBOX))
            expect(inbox.get_by_text(f"{TEXTS:,} texts")).to_be_visible(timeout=240_000)
            address, token = json.loads((playground.notebooks / "facts.json").read_text())
            screens.open(polled, screens.notebook(POLL))
            post(address, token, "bench-0")
            inbox.get_by_role("button").filter(has_text=PHONE).click()
            for page in (inbox, polled):
                expect(page.get_by_text("bench-0").last).to_be_visible(timeout=60_000)
                page.evaluate(WATCH)
            found = [arrival(address, token, f"bench-{n}", inbox, polled) for n in range(1, rounds + 1)]
        browser.close()
    here, there = zip(*found, strict=True)
    return statistics.median(here), statistics.median(there)


def arrival(address: str, token: str, body: str, *pages: Page) -> tuple[float, ...]:
    began = time.time() * 1000
    post(address, token, body)
    # Not so often that looking would take the processor from what is measured; each at another point of a second.
    time.sleep(0.3)

    def seen(page: Page) -> float | None:
        moment: float | None = page.evaluate("(body) => window.seen[body] ?? null", body)
        return moment

    moments = [wait_for(lambda page=page: seen(page), 20, f"{body} did not come.") for page in pages]  # type: ignore[misc]
    time.sleep(0.07 * (int(body.partition("-")[2]) % 13))
    return tuple(moment - began for moment in moments)


def post(address: str, token: str, body: str) -> None:
    """Post a text as Twilio does, and wait for the answer."""
    parts = urlsplit(address)
    url = parts._replace(fragment="").geturl()
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as connection:
        connection.sendall(request(url, token, headers="Connection: close\r\n", Body=body))
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    if b" 200 " not in answer.splitlines()[0]:
        message = f"The receiver answered {answer.splitlines()[0]!r}."
        raise RuntimeError(message)
