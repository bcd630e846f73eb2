"""The notebooks for newcomers, run from top to bottom by a person with a browser."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import planted
from tests.browser.harmless import too_wide
from tests.browser.screens import Screens, eventually, stored

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
STDERR, ERROR = (f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("stderr", "error"))
VIEWS = ("checklist", "inbox", "phone", "sheet", "webhooks")
_LATE = 60_000  # milliseconds; a kernel starts, and a sandbox


def opened(screens: Screens, page: Page, name: str) -> None:
    """Open a notebook of ours, and run all its cells."""
    shutil.copy(NOTEBOOKS / name, screens.playground.notebooks)
    screens.open(page, name)


def outputs(page: Page, kind: str = "") -> Locator:
    """What the cells show: all of it, or that of a kind."""
    return page.locator(f".jp-OutputArea-output{kind}")


@pytest.mark.browser
def test_the_reply_of_the_cells_handler_is_on_the_page_after_run_all(screens: Screens, page: Page) -> None:
    opened(screens, page, "00-quickstart.ipynb")

    shown = outputs(page)
    expect(shown.filter(has_text="Saved your text message with _id:").first).to_be_visible(timeout=_LATE)
    expect(shown.filter(has_text="tea has 2 of 3").first).to_be_visible(timeout=_LATE)
    expect(outputs(page, STDERR)).to_have_count(0)
    expect(outputs(page, ERROR)).to_have_count(0)


@pytest.mark.browser
def test_each_widget_of_the_tour_is_there_and_a_text_from_the_phone_moves_the_thread(
    screens: Screens, page: Page
) -> None:
    screens.keep_state()
    opened(screens, page, "01-widgets.ipynb")

    # The last cell's form has looked at everything, so all that stands above it is there.
    form = page.locator(".twilio-nb-form")
    expect(form.get_by_text("All is well.")).to_be_visible(timeout=_LATE)
    phone, inbox = (
        page.get_by_role("region", name="Phone"),
        page.get_by_role("group", name="Inbox of widgets"),
    )
    compose, helpdesk = (
        page.locator(".twilio-nb-compose"),
        page.get_by_role("region", name="widgets/helpdesk"),
    )
    expect(phone.get_by_text("Thank you. We read: Thanks")).to_be_visible()
    expect(compose.get_by_text("To 1 person.")).to_be_visible()
    expect(helpdesk.get_by_text("LookupError: no … yet")).to_be_visible()  # a log holds no word of a text
    expect(outputs(page).filter(has_text="We are open from 9 to 17.").last).to_be_visible()
    expect(outputs(page, ERROR)).to_have_count(0)
    expect(outputs(page, STDERR)).to_have_count(1)  # what the map is there to show
    assert (
        too_wide(page.locator(".twilio-nb, .twilio-nb-form, .twilio-nb-compose, .twilio-nb-webhooks")) == []
    )

    inbox.get_by_label("Conversations", exact=True).get_by_role("button").filter(
        has_text="+15558675309"
    ).click()
    expect(inbox.get_by_text("LookupError: no … yet")).to_be_visible()
    phone.get_by_role("textbox", name="Text").fill("And on Sunday?")
    phone.get_by_role("textbox", name="Text").press("Enter")

    expect(inbox.get_by_text("Thank you. We read: And on Sunday?", exact=True).last).to_be_in_viewport()
    expect(phone.get_by_text("Thank you. We read: And on Sunday?")).to_be_visible()
    expect(helpdesk.get_by_text("4", exact=True)).to_be_visible()  # calls

    # The account's token is not in the notebook with the state of all five, in no log, and not kept by the browser.
    root = screens.playground.root
    screens.save(page)
    eventually(page, lambda: all(f"widgets.{name}." in screens.read("01-widgets.ipynb") for name in VIEWS))
    state = json.dumps(json.loads(screens.read("01-widgets.ipynb"))["metadata"])
    assert [told for told in ("Sunday", "We read", "no map") if told in state] == []
    accounts = root.glob("run/twilio_nb/sandbox-*/account.json")
    tokens = [json.loads(one.read_text("utf-8"))["auth_token"] for one in accounts]
    assert tokens
    assert planted.in_files([root], tokens) == []
    assert not planted.holds(stored(page).encode(), tokens)
