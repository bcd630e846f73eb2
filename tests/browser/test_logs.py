"""The log that goes along, as a person sees it in JupyterLab."""

import pytest
from playwright.sync_api import expect

from tests.browser.screens import Screens, eventually, violations

SETUP = """
%load_ext twilio_nb
import twilio_nb
account = twilio_nb.sandbox()
phone = account.phone()
"""
ECHO = """
%%twilio_webhook echo --respond-result
def echo(payload):
    print("<b>looking</b>")
    if payload["NumMedia"] == "0":
        raise ValueError("no <b>such</b> thing")
"""
CELLS = (SETUP, ECHO, "%twilio_logs --tail", 'phone.text("strawberries")')


@pytest.mark.browser
def test_a_person_watches_the_log_and_opens_an_entry(screens: Screens) -> None:
    name = screens.notebook(*CELLS)
    with screens.context(width=1200, height=1400) as context:
        page = context.new_page()
        screens.open(page, name)
        log = page.locator(".twilio-nb-logs")

        # What comes appears by itself, with the request that the cell's error names.
        row = log.get_by_role("row").filter(has_text="ValueError")
        expect(row).to_contain_text("failed: ValueError: no <b>such</b> thing", timeout=60_000)
        request = row.locator(".request").inner_text()
        expect(page.get_by_text(f"%twilio_logs --request {request}").first).to_be_visible()

        # With the keyboard: what was printed and raised; what comes meanwhile closes nothing.
        more = row.locator("summary")
        more.focus()
        page.keyboard.press("Enter")
        expect(row.locator("pre").first).to_have_text("<b>looking</b>\n")
        expect(row.locator("pre").nth(1)).to_contain_text("raise ValueError")
        assert violations(log) == []
        page.locator(".jp-CodeCell").nth(3).locator(".jp-InputArea-prompt").click()
        page.keyboard.press("Control+Enter")
        expect(log.locator("tbody tr")).to_have_count(2)
        expect(row.last.locator("pre").first).to_be_visible()

        # What is saved holds no text; after a reload it goes on, in the dark and narrow.
        screens.save(page)
        eventually(page, lambda: "widget-view" in screens.read(name))
        screens.dress(dark=True)
        page.reload()
        expect(log.locator("tbody tr")).to_have_count(2, timeout=60_000)
        assert violations(log) == []
        page.set_viewport_size({"width": 480, "height": 1400})
        assert log.evaluate("(node) => node.scrollWidth <= node.clientWidth")
