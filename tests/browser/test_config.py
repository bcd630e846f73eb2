"""%twilio_config in a browser: an account set up from nothing, mended by buttons, and no token left anywhere."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import planted
from tests.browser.screens import FrontEnd, Screens, eventually, stored, violations
from tests.sandbox.conftest import Sandbox, starter

pytestmark = pytest.mark.browser

_START = 60_000


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Sandbox]:
    """A simulated account in a process of its own: what the notebook knows of it, a person has typed in."""
    with starter(tmp_path / "far") as start:
        yield start()


def cells(far: Sandbox) -> tuple[str, ...]:
    """A notebook in which services are created at the simulated account."""
    return (
        "%load_ext twilio_nb\nimport functools, twilio_nb\nfrom twilio_nb.notebook.current import services\n"
        f"services.opener = functools.partial(twilio_nb.connect, api_url={far.url!r})",
        "from twilio_nb.notebook.widgets.config import Config\nConfig()",
    )


def opened(page: Page) -> Locator:
    form = page.locator(".twilio-nb-form")
    expect(form.get_by_label("Name", exact=True)).to_be_visible(timeout=_START)
    expect(form.get_by_text("This page is reached at")).to_be_visible(timeout=_START)
    return form


def password(form: Locator) -> Locator:
    return form.locator("input[type=password]")


def save(form: Locator, then: str) -> None:
    form.get_by_role("button", name="Save and check").click()
    expect(form.get_by_text(then)).to_be_visible(timeout=30_000)


def tab_to(page: Page, element: Locator) -> None:
    for _ in range(30):
        if element.evaluate("(node) => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(element).to_be_focused()


def mend(form: Locator, label: str, then: str) -> None:
    form.get_by_role("button", name=label).click()
    form.get_by_role("button", name="Do it").click()
    expect(form.get_by_text(then)).to_be_visible(timeout=30_000)


def test_an_account_is_set_up_from_nothing_and_the_token_is_nowhere(
    screens: Screens, page: Page, far: Sandbox
) -> None:
    screens.keep_state()
    notebook, name = screens.notebook(*cells(far)), f"clinic-{uuid4().hex[:6]}"
    screens.open(page, notebook)
    form = opened(page)
    assert violations(form) == []

    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("Account SID").fill("AC12")
    expect(form.get_by_text("4 of 34 characters.")).to_be_visible()
    form.get_by_label("Account SID").fill(far.sid)
    password(form).fill(far.token)
    save(form, "Account SID and auth token belong together")

    expect(password(form)).to_have_value("")
    expect(form.get_by_text(f"Kept as '{name}'")).to_be_visible()
    form.get_by_label("Sender", exact=True).select_option(label=f"{far.number} – (555) 010-0001")
    save(form, f"Texts leave from {far.number}")
    mend(form, "Use this page's address", "to be configured at Twilio, is http://127.0.0.1")
    mend(form, "Start receiving", "The receiver runs")
    mend(form, "Point it here", "come here, to 'inbox', as is set for the number")
    assert far.text("Is this the clinic?")["error"] is None

    # A letter on a list, a button or what is read-only is no command of the notebook (x would cut a cell).
    for field in ("Sender", "Address for Twilio"):
        form.get_by_label(field, exact=True).press("x")
    form.get_by_role("button", name="Save and check").press("x")
    expect(page.locator(".jp-CodeCell")).to_have_count(2)

    page.context.grant_permissions(["clipboard-read"])
    form.get_by_role("button", name="Copy: Address for Twilio").click()
    expect(form.get_by_text("Copied.")).to_be_visible()
    [number] = [
        one
        for one in far.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"]
        if one["phone_number"] == far.number
    ]
    assert page.evaluate("navigator.clipboard.readText()") == number["sms_url"]

    screens.save(page)
    eventually(page, lambda: name in screens.read(notebook))
    screens.dress(dark=True)
    for address in (page.url, f"{screens.playground.url}lab/tree/{notebook}?reset"):  # reloaded, and reopened
        page.goto(address)
        form = page.locator(".twilio-nb-form")
        expect(form.get_by_text("come here, to 'inbox'")).to_be_visible(timeout=_START)
        expect(form.get_by_label("Name", exact=True)).to_have_value(name)
        expect(form.get_by_label("Account SID")).to_have_value(far.sid)
        expect(form.get_by_label("Sender", exact=True).locator("option:checked")).to_have_text(
            f"{far.number} – (555) 010-0001"
        )
        expect(form.get_by_label("Public address")).to_have_value(screens.playground.url)
        expect(password(form)).to_have_value("")
        assert violations(form) == []

    form.get_by_role("button", name="Remove this service …").press("Enter")
    expect(form.get_by_text("Its texts, rules and webhooks stay")).to_be_visible()
    form.get_by_role("button", name="Remove", exact=True).press("Enter")
    expect(form.get_by_text(f"'{name}' is removed.")).to_be_focused()
    expect(form.get_by_label("Service", exact=True).locator("option:checked")).to_have_text("Add a service …")
    expect(form.get_by_label("Account SID")).to_be_editable()
    expect(form.get_by_role("button", name="Fetch from Twilio")).to_be_disabled()

    form.get_by_text("config.json of App Services").click()
    pasted = form.get_by_label("Paste a file of the retired service here")
    for text, kept in (('{"name": "old",}', '{"name": "old",}'), (f"token: {far.token}", "")):
        pasted.fill(text)
        form.get_by_role("button", name="Fill in from it").click()
        expect(
            form.get_by_text("The field is empty again." if not kept else "That is no JSON")
        ).to_be_visible()
        expect(pasted).to_have_value(kept)

    assert planted.in_files([screens.playground.root], [far.token]) == []
    assert not planted.holds(stored(page).encode(), [far.token])
    assert planted.holds((screens.playground.root / "data/secrets.json").read_bytes(), [far.token])


@pytest.mark.parametrize("front_end", ["notebook", "voila"])
def test_it_is_used_with_the_keyboard_alone(
    screens: Screens, page: Page, far: Sandbox, front_end: FrontEnd
) -> None:
    screens.open(page, screens.notebook(*cells(far)), front_end)
    form = opened(page)
    keys = page.keyboard
    focused = page.locator(":focus")

    form.get_by_label("Name", exact=True).focus()
    keys.type(f"keys-{uuid4().hex[:6]}")
    keys.press("Tab")
    keys.type(far.sid)
    tab_to(page, password(form))
    keys.type(far.token)
    keys.press("Enter")
    expect(form.get_by_text("Checked:")).to_be_visible(timeout=30_000)
    expect(password(form)).to_be_focused()
    expect(password(form)).to_have_value("")

    tab_to(page, form.get_by_role("button", name="Start receiving"))
    keys.press("Enter")
    expect(focused).to_have_text("Do it")
    keys.press("Escape")
    expect(focused).to_have_text("Start receiving")
    keys.press("Enter")
    expect(form.get_by_text("The receiver starts")).to_be_visible()
    keys.press("Enter")
    expect(form.get_by_text("The receiver runs")).to_be_visible(timeout=30_000)
    expect(focused).to_have_text("Checked: 3 things to do.")
    assert violations(form) == []
    page.set_viewport_size({"width": 400, "height": 1600})
    eventually(
        page,
        lambda: form.evaluate("(node) => node.clientWidth < 400 && node.scrollWidth <= node.clientWidth"),
    )
