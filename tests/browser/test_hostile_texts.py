"""What strangers text is text in every view, table and log of a notebook: all of it shows, nothing of it runs."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harmless import made, ran, too_wide
from tests.browser.screens import Screens
from tests.hostile import EMOJI, HOSTILE, MARKUP, SHOWN, WORD

PHONE = "+15558675309"
SETUP = f"""
%load_ext twilio_nb
import pandas as pd, twilio_nb
pd.set_option("display.max_colwidth", None)  # else a DataFrame shows the first 50 characters
account = twilio_nb.sandbox()
service, phone = account.service, account.phone()
hostile, emoji, word = {HOSTILE!r}, {EMOJI!r}, {WORD!r}
"""
ECHO = """
%%twilio_webhook echo --respond-result
def echo(payload):
    if payload["Body"] in ("fail", "fail at length"):
        print(hostile, emoji, sep="\\n")
        raise ValueError(hostile if payload["Body"] == "fail" else emoji)
    return payload["Body"]
"""
TEXTED = """
for body in (word, emoji, "fail at length", hostile, "fail"):
    phone.text(body)
"""
TOO = """
request = service.logs(status="Error")["request_id"].iloc[0]
errors = %twilio_logs --errors
display(phone.messages, service.send(phone.number, hostile), service.handler("echo").test(Body=hostile), errors)
get_ipython().run_line_magic("twilio_logs", f"--request {request}")
"""
PREVIEW = f"%%twilio_send --dry-run {PHONE}\n{HOSTILE}"
FRAMES = """
texts = %twilio_texts --with +15558675309
display(texts[["body"]], service.conversations())
service.logs()[["error", "printed", "traceback"]]
"""
CELLS = (
    *(SETUP, ECHO, TEXTED, "phone", "inbox = service.inbox()\ninbox.select(phone.number)\ninbox"),
    f"service.compose(to={PHONE!r}, body=hostile)",
    *("%twilio_webhooks", "%twilio_logs --tail"),
    *(PREVIEW, TOO, FRAMES),
)
VIEWS = ".twilio-nb.phone, .twilio-nb.inbox, .twilio-nb-compose, .twilio-nb-webhooks, .twilio-nb-logs"
OUTPUTS = ".jp-OutputArea-output:not([data-mime-type$=stdout], [data-mime-type$=stderr])"


def below(page: Page, cell: str) -> Locator:
    """What a cell shows."""
    return page.locator(".jp-CodeCell").nth(CELLS.index(cell)).locator(OUTPUTS)


@pytest.mark.browser
def test_a_notebook_shows_what_is_texted_as_it_was_typed(screens: Screens) -> None:
    with screens.context(width=1400, height=2400) as context:
        page = context.new_page()
        screens.open(page, screens.notebook(*CELLS))
        phone, inbox = page.get_by_role("region", name=f"Phone {PHONE}"), page.locator(".twilio-nb.inbox")
        compose, log = page.locator(".twilio-nb-compose"), page.locator(".twilio-nb-logs")
        echo = page.locator(".twilio-nb-webhooks").get_by_role("region", name="sandbox/echo")
        views = page.locator(VIEWS)
        expect(below(page, FRAMES)).to_have_count(3, timeout=90_000)
        expect(views).to_have_count(5)

        # The views: a thread and a table, bubbles, a preview, errors, a trial, what was printed and raised.
        for view in (phone, inbox):
            for text in (SHOWN, EMOJI, WORD):
                expect(view.get_by_text(text, exact=True).first).to_be_visible()
        expect(inbox.get_by_text(f"ValueError: {MARKUP}").first).to_be_visible()
        inbox.get_by_role("button", name="Table").click()
        for text in (SHOWN, EMOJI, WORD):
            expect(inbox.locator("tbody tr").filter(has_text=text).first).to_be_visible()
        assert made(inbox) == []
        inbox.get_by_role("button", name="Conversations").click()
        compose.get_by_text("Preview", exact=True).click()
        expect(compose.locator(".bubble")).to_have_text(SHOWN)
        expect(echo).to_contain_text(f"ValueError: {MARKUP}")
        echo.get_by_text("Try it with a text").click()
        for text, shown in ((EMOJI, EMOJI), (HOSTILE, SHOWN.replace(r"\x1b", ""))):  # which no TwiML can hold
            echo.get_by_role("textbox", name="Body").fill(text)
            echo.get_by_role("textbox", name="From").press("Enter")
            expect(echo.locator(".result")).to_contain_text(shown)
        entry = log.get_by_role("row").filter(has_text=f"ValueError: {MARKUP}")
        entry.locator("summary").click()
        expect(entry.locator("pre").first).to_have_text(f"{SHOWN}\n{EMOJI}\n")
        expect(entry.locator("pre").nth(1)).to_contain_text(f"ValueError: {SHOWN}")
        assert made(views) == []
        assert too_wide(views) == []

        # What is no view: messages, tables, a preview, DataFrames, and what stands below the handler's cell.
        for part, texts in enumerate(
            ((SHOWN, EMOJI, WORD), (SHOWN,), (SHOWN[:-12],), (MARKUP,), (SHOWN, EMOJI))
        ):
            for text in texts:
                expect(below(page, TOO).nth(part)).to_contain_text(text)
        expect(below(page, PREVIEW)).to_contain_text(SHOWN)
        for part, texts in enumerate(((HOSTILE, EMOJI, WORD), (MARKUP,), (MARKUP, EMOJI))):
            for text in texts:
                expect(below(page, FRAMES).nth(part)).to_contain_text(text)
        expect(page.locator(".jp-CodeCell").nth(1).get_by_text(f"ValueError: {SHOWN}")).to_be_visible()
        assert made(page.locator(OUTPUTS)) == []
        assert too_wide(page.locator(".twilio-nb")) == []

        # Narrow, with all of that on the page, it still answers.
        page.get_by_role("tab", name="File Browser").first.click()
        page.set_viewport_size({"width": 480, "height": 2400})
        page.wait_for_function("() => document.querySelector('.twilio-nb.inbox').clientWidth < 400")
        assert too_wide(page.locator(".twilio-nb")) == []
        phone.get_by_role("textbox", name="Text").fill("Still there?")
        phone.get_by_role("textbox", name="Text").press("Enter")
        expect(phone.get_by_text("Still there?", exact=True)).to_have_count(2)
        expect(inbox.get_by_text("Still there?", exact=True).last).to_be_visible()
        assert not ran(page)
