"""A phone on the screen, used by a person: texts, replies, pictures, STOP, WhatsApp, two of them."""

import json
import re
import zlib
from pathlib import Path
from struct import pack

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harmless import made, ran, too_wide
from tests.browser.screens import FrontEnd, Screens, eventually, violations
from tests.hostile import EMOJI, HOSTILE, SHOWN

SETUP = """
%load_ext twilio_nb
import os, time, twilio_nb
account = twilio_nb.sandbox()
phone, other = account.phone("+15558675309"), account.phone("+15558675310")
whatsapp = account.phone("whatsapp:+15558675311")
"""
HANDLER = """
%%twilio_webhook echo --respond-result --timeout 2
def echo(payload, response):
    while payload["Body"] == "later" and not os.path.exists(the_reply_may_come):
        time.sleep(0.1)
    if "MediaUrl0" in payload:
        url = payload["MediaUrl0"]
        return f"<Response><Message><Body>Back to you</Body><Media>{url}</Media></Message></Response>"
    response.set_body(f"You said: {payload['Body']}")
"""
BUSY = """
%twilio_send +15558675309 Hello from the notebook
while not os.path.exists(the_cell_may_end):
    time.sleep(0.1)
"""


def png(size: int = 24) -> bytes:
    """A small picture in one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x20\x90\x40" * size) * size
    head = pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def phone_of(page: Page, number: str) -> Locator:
    return page.get_by_role("region", name=f"Phone {number}")


def bubbles(phone: Locator) -> Locator:
    return phone.locator(".bubble:not(.sending .bubble) > bdi")


def send(phone: Locator, body: str) -> None:
    box = phone.get_by_role("textbox", name="Text")
    box.fill(body)
    box.press("Enter")


@pytest.mark.browser
def test_a_person_texts_a_notebook_and_sees_what_comes_back(
    screens: Screens, page: Page, tmp_path: Path
) -> None:
    the_cell_may_end, the_reply_may_come = tmp_path / "cell", tmp_path / "reply"
    setup = f"{SETUP}\nthe_cell_may_end, the_reply_may_come = {str(the_cell_may_end)!r}, {str(the_reply_may_come)!r}"
    name = screens.notebook(setup, HANDLER, "phone", "other", BUSY)
    screens.open(page, name)
    phone, other = phone_of(page, "+15558675309"), phone_of(page, "+15558675310")

    # The kernel hears a page between cells only, which a person is told.
    expect(page.get_by_text("The notebook is busy with a cell").first).to_be_visible(timeout=60_000)
    the_cell_may_end.touch()

    # What the notebook sends appears by itself, and what the person sends is answered.
    expect(bubbles(phone)).to_have_text(["Hello from the notebook"], timeout=60_000)
    send(phone, HOSTILE)
    expect(bubbles(phone).nth(1)).to_have_text(SHOWN)
    expect(bubbles(phone).nth(2)).to_have_text(
        "You said: " + SHOWN.replace(r"\x1b", "")
    )  # which no TwiML can hold
    expect(phone.locator(".sending")).to_have_count(0)
    expect(phone.get_by_role("textbox", name="Text")).to_be_focused()

    # A picture, and the picture that comes back, which is fetched after a click.
    phone.locator("input[type=file]").set_input_files(
        {"name": "cat.png", "mimeType": "image/png", "buffer": png()}
    )
    expect(phone.get_by_role("button", name="Leave out cat.png")).to_be_visible()
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(bubbles(phone).nth(3)).to_have_text("Back to you")
    expect(phone.get_by_role("log").get_by_role("img")).to_have_count(1)
    phone.get_by_role("button", name="Show picture").press("Enter")
    expect(phone.get_by_role("log").get_by_role("img")).to_have_count(2)
    received = phone.get_by_role("log").get_by_role("img").last
    eventually(page, lambda: received.evaluate("(image) => image.naturalWidth") == 24)

    # A late reply comes by itself; meanwhile the phone says what it waits for.
    send(phone, "later")
    expect(phone.get_by_text("waiting for the answer")).to_be_visible()
    expect(phone.get_by_text("its reply comes later")).to_be_visible(timeout=15_000)
    the_reply_may_come.touch()
    expect(bubbles(phone).last).to_have_text("You said: later")

    # Keyboard alone: to the words that Twilio knows.
    phone.get_by_role("textbox", name="Text").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(phone.get_by_role("button", name="STOP")).to_be_focused()
    page.keyboard.press("a")  # above, Jupyter would insert a cell
    page.keyboard.press("Enter")
    expect(phone.get_by_text("unsubscribed and get no more messages")).to_be_visible()
    phone.get_by_role("button", name="START").press("Space")
    expect(phone.get_by_text("You are subscribed to messages")).to_be_visible()

    expect(page.locator(".jp-CodeCell")).to_have_count(5)

    # The other one is another phone, and texts the second number.
    other.get_by_role("combobox").select_option("+15550100002")
    send(other, "From ten")
    expect(bubbles(other)).to_have_text(["From ten", "You said: From ten"])
    expect(phone.get_by_text("From ten")).to_have_count(0)
    assert violations(phone) == []

    # A page that is opened again, in the dark, has them all; the file has none of it beyond the outputs.
    before = bubbles(phone).all_inner_texts()
    screens.save(page)
    eventually(page, lambda: "widget-view" in screens.read(name))
    screens.dress(dark=True)
    page.reload()
    expect(bubbles(phone)).to_have_text(before, timeout=60_000)
    assert violations(phone) == []
    assert made(phone) == []
    assert not ran(page)
    saved = json.loads(screens.read(name))
    assert HOSTILE[:20] not in json.dumps(saved["metadata"])


@pytest.mark.browser
@pytest.mark.parametrize("front_end", ["notebook", "voila"])
def test_a_whatsapp_phone_joins_and_is_answered_on_a_small_screen(
    screens: Screens, front_end: FrontEnd
) -> None:
    with screens.context(width=800, height=800) as context:
        page = context.new_page()
        screens.open(page, screens.notebook(SETUP, HANDLER, "whatsapp"), front_end, dark=True)
        page.set_viewport_size({"width": 400, "height": 800})
        phone = phone_of(page, "whatsapp:+15558675311")

        phone.get_by_role("button", name="join quiet-otter").click(timeout=60_000)
        expect(phone.get_by_text("You have joined")).to_be_visible()
        send(phone, EMOJI)

        expect(phone.get_by_text(EMOJI, exact=True)).to_be_visible()
        expect(bubbles(phone).filter(has_text=re.compile("^You said: 😀"))).to_be_visible()
        expect(phone.get_by_text("whatsapp:+14155238886").first).to_be_visible()
        assert violations(phone) == []
        assert phone.evaluate("(node) => node.getBoundingClientRect().right") <= 400
        assert too_wide(phone) == []


@pytest.mark.browser
def test_a_phone_with_many_texts_holds_two_hundred_and_shows_the_older_ones_on_request(
    screens: Screens, page: Page
) -> None:
    many = """
for n in range(330):
    account._request("POST", "/sandbox/texts", {"from": "+15558675309", "body": f"text {n}"})
phone
"""
    screens.open(page, screens.notebook(SETUP, many))
    phone = phone_of(page, "+15558675309")

    expect(bubbles(phone).last).to_have_text("text 329", timeout=90_000)
    expect(bubbles(phone)).to_have_count(100)
    phone.get_by_role("button", name="Earlier texts (230)").click()
    expect(bubbles(phone).first).to_have_text("text 130")
    phone.get_by_role("button", name="Earlier texts (130)").click()
    expect(bubbles(phone).first).to_have_text("text 30")
    expect(bubbles(phone)).to_have_count(200)
    send(phone, "one more")
    phone.get_by_role("button", name="Newest texts").click()
    expect(bubbles(phone).last).to_have_text("one more")
