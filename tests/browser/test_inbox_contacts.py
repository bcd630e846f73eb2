"""An inbox with contacts: who wrote is named and found, days are chosen, and closing leaves a sentence."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import Screens, violations

CELLS = (
    "%load_ext twilio_nb\nimport pandas, threading, twilio_nb\naccount = twilio_nb.sandbox()\n"
    "account.phone('+15558675309').text('Is it open?')\naccount.phone('+15550001111').text('Thanks')\n"
    "contacts = pandas.DataFrame({'mobile': ['(555) 867-5309'], 'name': ['Ann <b>Lee</b>']})",
    "inbox = account.service.inbox(contacts, on='mobile')\ninbox",
    "import ipywidgets\nend = ipywidgets.Button(description='End it')\n"
    "end.on_click(lambda _: account.service.close())\nend",
)


@pytest.mark.browser
def test_names_and_days_find_texts_and_closing_leaves_a_sentence(screens: Screens, page: Page) -> None:
    notebook = screens.notebook(*CELLS)
    screens.open(page, notebook, dark=True)
    inbox = page.locator(".twilio-nb.inbox")
    expect(inbox).to_be_visible(timeout=60_000)

    inbox.get_by_label("Search conversations").fill("lee")
    people = inbox.get_by_role("list", name="Conversations")
    expect(people.get_by_role("listitem")).to_have_count(1)
    people.get_by_text("Ann <b>Lee</b>").click()
    expect(inbox.locator("header")).to_contain_text("Ann <b>Lee</b>+15558675309and +15550100001")
    inbox.get_by_label("Reply to Ann <b>Lee</b>, +15558675309").fill("Yes")
    inbox.get_by_role("button", name="What are segments?").press("Enter")
    expect(inbox.get_by_text("Carriers bill a text by segments.")).to_be_visible()
    assert violations(inbox) == []

    inbox.get_by_role("button", name="Table").click()
    rows = inbox.locator("tbody").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Ann <b>Lee</b>")).to_have_count(1)
    inbox.get_by_label("Time", exact=True).select_option("Last 7 days")
    expect(rows).to_have_count(2)
    inbox.get_by_label("Time", exact=True).select_option("Some days …")
    inbox.get_by_label("To this day").fill("2024-02-29")
    expect(inbox.get_by_text("No text is like that.")).to_be_visible()
    inbox.get_by_label("To this day").fill("2099-01-01")
    expect(rows).to_have_count(2)
    assert violations(inbox) == []

    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("Closed. Run the cell again to open it.")).to_be_visible()
    expect(inbox).to_have_count(0)
