"""Compose, the webhooks' panel and the log in Notebook 7 and Voilà: they do there what they do in JupyterLab."""

import pytest
from playwright.sync_api import expect

from tests.browser.harmless import too_wide
from tests.browser.screens import FrontEnd, Screens, violations

SETUP = """
%load_ext twilio_nb
import twilio_nb
account = twilio_nb.sandbox()
phone = account.phone()
"""
ECHO = """
%%twilio_webhook echo --respond-result
def echo(payload):
    print("asked")
    return f"You said: {payload['Body']}"
"""
CELLS = (
    *(SETUP, ECHO, "phone.text('hi')", "account.service.compose(to=phone.number)"),
    *("%twilio_webhooks", "%twilio_logs --tail"),
)


@pytest.mark.browser
@pytest.mark.parametrize(("front_end", "dark"), [("notebook", False), ("voila", True)])
def test_compose_the_webhooks_and_the_log_work_in_other_front_ends(
    screens: Screens, front_end: FrontEnd, dark: bool
) -> None:
    with screens.context(width=1600, height=2000) as context:
        page = context.new_page()
        screens.open(page, screens.notebook(*CELLS), front_end, dark=dark)
        form, log = page.locator(".twilio-nb-compose"), page.locator(".twilio-nb-logs")
        echo = page.get_by_role("region", name="sandbox/echo")
        panel = page.locator(".twilio-nb-webhooks")
        row = log.get_by_role("row").filter(has_text="answered")
        expect(row).to_have_count(1, timeout=60_000)
        expect(echo.get_by_text("live here")).to_be_visible()

        # A text goes out, with the keyboard alone.
        form.get_by_role("textbox", name="Text").fill("Hello")
        form.get_by_role("button", name="Send", exact=True).press("Enter")
        expect(form.locator("tbody .word")).to_have_text(["delivered"])

        # A handler is tried, paused and resumed; what it printed is in the log.
        echo.get_by_text("Try it with a text").press("Enter")
        echo.get_by_role("textbox", name="From").press("Enter")
        expect(echo.locator(".bubble")).to_have_text("You said: Hello")
        echo.get_by_role("button", name="Pause").press("Enter")
        expect(echo.get_by_text("paused", exact=True)).to_be_visible()
        echo.get_by_role("button", name="Resume").press("Enter")
        expect(echo.get_by_text("live here")).to_be_visible()
        row.locator("summary").press("Enter")
        expect(row.locator("pre")).to_have_text("asked\n")

        widgets = page.locator(".twilio-nb-compose, .twilio-nb-webhooks, .twilio-nb-logs")
        for width in (1600, 400):
            page.set_viewport_size({"width": width, "height": 2000})
            page.wait_for_function(
                "(width) => document.querySelector('.twilio-nb-logs').clientWidth < width", arg=width
            )
            assert too_wide(widgets) == []
        assert [found for one in (form, panel, log) for found in violations(one)] == []
