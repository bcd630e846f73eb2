"""The form that sends, used by a person in JupyterLab: with the keyboard, in light and dark, on a small screen."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screens import Screens, eventually, violations

SETUP = """
%load_ext twilio_nb
import twilio_nb
account = twilio_nb.sandbox()
account.phone("+15558675312").misbehave(30003)
"""
COLUMN = """
import pandas as pd
people = pd.DataFrame({"phone": ["+15558675310", "867 5309"]}, index=["ann", "ben"])
account.service.compose(to=people["phone"], body="Closed today")
"""


def states(form: Locator) -> Locator:
    return form.locator("tbody .word")


@pytest.mark.browser
def test_a_person_sends_a_text_to_several_and_sees_how_it_fares(screens: Screens, page: Page) -> None:
    name = screens.notebook(SETUP, "account.service.compose()", COLUMN)
    screens.open(page, name)
    form, column = page.locator(".twilio-nb-compose").first, page.locator(".twilio-nb-compose").last
    to, text = form.get_by_role("textbox", name="To"), form.get_by_role("textbox", name="Text")

    # What is typed is checked; a text that costs too much says why.
    to.fill("+1 555 867 5310, 555 867 5311", timeout=60_000)
    expect(form.get_by_text("did you mean '+15558675311'?")).to_be_visible()
    text.fill("\u202egnp’s" + " closed" * 10)
    expect(
        form.get_by_text(re.compile(r"2 segments, \d+ units of UCS-2 because of \\u202e \(U\+202E\)"))
    ).to_be_visible()
    form.get_by_text("Preview", exact=True).click()
    expect(form.locator(".bubble")).to_contain_text(r"\u202egnp’s closed")
    text.fill("We’re closed today")
    form.get_by_role("button", name="Use plain signs: 1 segment").press("Enter")
    expect(text).to_have_value("We're closed today")
    assert violations(form) == []

    # With the keyboard: the last letters count, though the kernel hears of them later than of the button.
    to.fill("+15558675310\n+15558675311\n")
    to.press_sequentially("+15558675312")
    form.get_by_role("button", name="Send", exact=True).focus()
    page.keyboard.press("Enter")
    expect(form.get_by_text("This sends 3 texts, 3 segments, to 3 people.")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(states(form)).to_have_text(["delivered", "delivered", "undelivered"])
    expect(form.get_by_text("The handset could not be reached")).to_be_visible()
    expect(form.get_by_text("3 of 3 sent: 2 delivered, 1 failed.")).to_be_visible()
    expect(text).to_have_value("")
    expect(form.get_by_role("button", name="Send", exact=True)).to_be_focused()

    # A column, whose wrong row is left out.
    expect(column.get_by_text("Row 2 (index ben): '867 5309' is not a telephone number")).to_be_visible()
    column.get_by_role("button", name="Send", exact=True).click()
    expect(column.get_by_text("1 row cannot be texted, and gets nothing.")).to_be_visible()
    column.get_by_role("button", name="Cancel").click()
    expect(states(column)).to_have_count(0)

    # A page that is opened again, in the dark and on a small screen, shows the same.
    text.fill("A draft")
    before = [form.get_by_role("region", name="Each text").inner_text(), column.inner_text()]
    form.get_by_role(
        "button", name="Send", exact=True
    ).focus()  # ipywidgets' fields keep Ctrl+S for themselves
    screens.save(page)
    eventually(page, lambda: "widget-view" in screens.read(name))
    screens.dress(dark=True)
    page.reload()
    expect(states(form)).to_have_text(["delivered", "delivered", "undelivered"], timeout=60_000)
    expect(column.get_by_text("Row 2 (index ben)")).to_be_visible()
    assert [form.get_by_role("region", name="Each text").inner_text(), column.inner_text()] == before
    expect(text).to_have_value("A draft")
    assert violations(form) == []
    form.get_by_role("button", name="Send", exact=True).focus()
    page.set_viewport_size({"width": 400, "height": 900})
    page.keyboard.press("Control+b")  # the sidebar goes
    eventually(
        page,
        lambda: form.evaluate("(node) => node.clientWidth > 200 && node.scrollWidth <= node.clientWidth"),
    )
    assert "+1555867531" not in json.dumps(json.loads(screens.read(name))["metadata"])


@pytest.mark.browser
def test_sending_shows_how_far_it_is_and_can_be_stopped(screens: Screens, page: Page) -> None:
    slow = """
account.misbehave("slow", seconds=0.3, times=None)
account.service.compose(to=[f"+1555867{n:04d}" for n in range(40)], body="Hello")
"""
    screens.open(page, screens.notebook(SETUP, slow))
    form = page.locator(".twilio-nb-compose")

    form.get_by_role("button", name="Send", exact=True).first.click(timeout=60_000)
    form.locator(".asking").get_by_role("button", name="Send").click()
    expect(form.get_by_text(re.compile("Sending: [1-9] of 40 handed to Twilio"))).to_be_visible()
    expect(form.get_by_role("progressbar", name="Handed to Twilio")).to_be_visible()
    form.get_by_role("button", name="Stop").click()

    expect(form.get_by_text(re.compile(r"\d of 40 sent: .*\d+ not sent\."))).to_be_visible()
    expect(form.get_by_role("button", name="Stop")).to_be_hidden()
