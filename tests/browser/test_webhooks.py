"""The panel of the webhooks, used by a person: figures that move, pausing, running again, trying."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screens import Screens, eventually, violations

SETUP = """
%load_ext twilio_nb
import twilio_nb
account = twilio_nb.sandbox()
phone = account.phone()
"""
NOTES = """
%%twilio_webhook takesNotes
def take_note(payload):
    pass
"""
ECHO = """
%%twilio_webhook echo --respond-result --secret echoKey
def echo(payload):
    if payload["Body"] == "fail":
        raise ValueError("no <b>such</b> thing")
    return f"You said: {payload['Body']}"
"""
CELLS = (SETUP, NOTES, ECHO, "%twilio_webhooks", 'phone.text("hi")', 'phone.text("fail")')


def run_cell(page: Page, number: int) -> None:
    page.locator(".jp-CodeCell").nth(number).locator(".jp-InputArea-prompt").click()
    page.keyboard.press("Control+Enter")


def figure(card: Locator, name: str) -> Locator:
    return card.locator("dl > div", has=card.page.get_by_text(name, exact=True)).locator("dd")


@pytest.mark.browser
def test_a_person_watches_pauses_runs_again_and_tries_a_webhook(screens: Screens) -> None:
    name = screens.notebook(*CELLS)
    with screens.context(width=1400, height=2400) as context:
        page = context.new_page()
        screens.open(page, name)
        panel = page.locator(".twilio-nb-webhooks")
        echo = panel.get_by_role("region", name="sandbox/echo")
        said = panel.get_by_role("status")

        # The figures move by themselves when texts come in.
        expect(figure(echo, "Calls")).to_have_text("2", timeout=60_000)
        expect(figure(echo, "Failures")).to_have_text("1")
        expect(echo.get_by_text("ValueError: no <b>such</b> thing (line")).to_be_visible()
        expect(
            panel.get_by_role("region", name="sandbox/takesNotes").get_by_text("take_note()")
        ).to_be_visible()
        echo.get_by_role("button", name="Copy the address").click()
        expect(echo.get_by_text("Copied.")).to_be_visible()
        address = echo.get_by_role("textbox", name="Address of echo").input_value()
        assert page.evaluate("() => navigator.clipboard.readText()") == address
        assert address.endswith("incoming_webhook/echo?secret=<echoKey>#rc=2&rp=ct,5xx")  # WHC-12
        expect(echo.get_by_text("At Twilio the value of the secret echoKey comes")).to_be_visible()

        # Paused, a text waits.
        echo.get_by_role("button", name="Pause").click()
        expect(echo.get_by_text("paused", exact=True)).to_be_visible()
        run_cell(page, 4)
        expect(figure(echo, "Waiting")).to_have_text("1")

        # A letter in what is read-only is no command of the notebook (x would cut a cell).
        echo.get_by_role("textbox", name="Address of echo").press("x")
        expect(page.locator(".jp-CodeCell")).to_have_count(len(CELLS))

        # With the keyboard: whom it would text is asked before anything runs, and the focus comes back.
        echo.get_by_role("button", name="Resume").focus()
        page.keyboard.press("Tab")
        expect(echo.get_by_role("button", name="Run what waits (1)")).to_be_focused()
        page.keyboard.press("Enter")
        expect(echo.get_by_role("button", name="Run it on 1 text")).to_be_focused()
        assert violations(panel) == []
        page.keyboard.press("Escape")
        expect(echo.get_by_role("button", name="Run what waits (1)")).to_be_focused()
        page.keyboard.press("Enter")
        expect(echo.get_by_role("button", name="Run it on 1 text")).to_be_focused()
        page.keyboard.press("Enter")
        expect(said.get_by_text("echo ran on 1 text; 1 reply texted.")).to_be_visible()
        expect(figure(echo, "Waiting")).to_have_text("0")
        expect(echo.get_by_role("button", name="Resume")).to_be_focused()
        page.keyboard.press("Space")
        expect(echo.get_by_text("live here")).to_be_visible()
        echo.get_by_role("button", name="Run what failed (1)").click()
        echo.get_by_role("button", name="Run it on 1 text").click()
        expect(said.get_by_text("1 text went wrong: ValueError")).to_be_visible()

        # A trial.
        echo.get_by_text("Try it with a text").press("Enter")
        echo.get_by_role("textbox", name="Body").fill("a trial of mine")
        echo.get_by_role("textbox", name="From").press("Enter")
        expect(echo.locator(".bubble")).to_have_text("You said: a trial of mine")
        expect(figure(echo, "Calls")).to_have_text("4")  # a trial is no call

        # What is removed is asked about first; then the focus is on what came of it.
        notes = panel.get_by_role("region", name="sandbox/takesNotes")
        remove = notes.get_by_role("button", name="Remove …")
        remove.press("Enter")
        expect(notes.get_by_text("Its texts and log entries stay.")).to_be_visible()
        expect(notes.get_by_role("button", name="Remove", exact=True)).to_be_focused()
        assert violations(panel) == []
        page.keyboard.press("Escape")
        expect(remove).to_be_focused()
        other = screens.playground.kernel()
        other.run(SETUP)
        other.run(NOTES)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(
            notes.get_by_text("Shut that notebook's kernel down, then remove the webhook.")
        ).to_be_visible()
        expect(notes.get_by_role("button", name="Remove", exact=True)).to_be_focused()
        other.run("account.close()")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(notes.get_by_text("Its texts and log entries stay.")).to_be_visible()
        page.keyboard.press("Enter")
        expect(said.get_by_text("takesNotes is removed.")).to_be_focused()
        expect(notes).to_have_count(0)

        # After a reload it is the same, in the dark; the saved notebook holds nothing of the trial.
        screens.save(page)
        eventually(page, lambda: "widget-view" in screens.read(name))
        assert "a trial of mine" not in screens.read(name)
        screens.dress(dark=True)
        page.reload()
        expect(figure(echo, "Calls")).to_have_text("4", timeout=60_000)
        expect(echo.get_by_text("live here")).to_be_visible()
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        assert violations(panel) == []

        # Narrow.
        page.get_by_role("tab", name="File Browser").first.click()
        page.set_viewport_size({"width": 480, "height": 1600})
        page.wait_for_function("() => document.querySelector('.twilio-nb-webhooks').clientWidth < 400")
        assert panel.evaluate("(node) => node.scrollWidth <= node.clientWidth")
