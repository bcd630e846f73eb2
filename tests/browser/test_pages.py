"""The receiver's page: from the tile of JupyterLab's launcher, and in a browser that runs no script."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import Screens, eventually, violations
from tests.hostile import EMOJI, HOSTILE, MARKUP, WORD

SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
CELL = f"""
from datetime import UTC, datetime
import twilio_nb
from twilio_nb.domain.entries import entry
from twilio_nb.storage.logs import LogBook
account = twilio_nb.sandbox()

@account.service.webhook("fails")
def fails(payload):
    raise ValueError({HOSTILE!r})

account.phone().text("a body that stays out of the page")
# An error of a handler is cut; whatever else writes a long one, the page must bear it.
about = dict(service="sandbox", webhook="long", source="webhook", error={EMOJI!r}, warnings=[{WORD!r}], state="failed")
when = dict(started=datetime.now(UTC), completed=datetime.now(UTC))
LogBook(account.service.database).add([entry("0" * 24, **when, **about)])
"""


@pytest.mark.browser
def test_the_launcher_s_tile_opens_the_receiver_s_page(screens: Screens, page: Page) -> None:
    page.goto(f"{screens.playground.url}lab?reset&token={screens.playground.token}")

    tile = page.locator(".jp-LauncherCard", has_text="Text messages")
    icon = tile.locator("img")
    expect(icon).to_be_visible(timeout=60_000)
    eventually(page, lambda: icon.evaluate("(image) => image.naturalWidth > 0"))
    with page.expect_popup(timeout=60_000) as opened:
        tile.click()

    expect(opened.value.get_by_role("heading", name="Text messages")).to_be_visible(timeout=30_000)


@pytest.mark.browser
def test_without_a_script_a_person_sees_health_addresses_and_what_came_in(screens: Screens) -> None:
    with screens.context() as lab:
        screens.open(shown := lab.new_page(), screens.notebook(CELL))
        expect(shown.get_by_text("fails failed; nothing was texted back")).to_be_visible(timeout=60_000)
    address = f"{screens.playground.url}twilio-nb/?token={screens.playground.token}"
    plain = screens.browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(address)

    expect(page.get_by_text("1 connected")).to_be_visible()
    expect(page.get_by_label("fails · answered by a notebook")).to_have_value(
        f"{screens.playground.url}twilio/service/sandbox/incoming_webhook/fails#rc=2&rp=ct,5xx"
    )
    row = page.get_by_role("row").filter(has_text="sandbox/fails")
    expect(row).to_contain_text("The handler failed")
    expect(row).to_contain_text(f"ValueError: {MARKUP}")
    expect(page.get_by_role("row").filter(has_text="sandbox/long")).to_contain_text(EMOJI)
    assert page.locator("main").locator("a, b, img, script, [src=x]").count() == 0
    expect(page.get_by_text("stays out of the page")).to_have_count(0)
    page.get_by_role("link", name="Reload").click()
    expect(row).to_contain_text("The handler failed")
    plain.close()

    # The page's policy would keep out axe, which is a script.
    looked_at = screens.browser.new_context(bypass_csp=True)
    page = looked_at.new_page()
    page.goto(address)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (400, 1600):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert violations(page.locator("html")) == []
    looked_at.close()
