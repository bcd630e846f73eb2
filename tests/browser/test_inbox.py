"""The inbox on the page of a person: what comes shows by itself, and all that can be done is done there."""

from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Locator, Page, expect

from tests.browser.harmless import made, ran, too_wide
from tests.browser.screens import FrontEnd, Screens, eventually, violations
from tests.hostile import EMOJI, HOSTILE, SHOWN, WORD
from twilio_nb.headless import Kernel

PHONE = "+15558675309"
SLOW_WINDOWS = """
import time
from twilio_nb.notebook.widgets import windows
quick = windows._window
def slow(*where):
    time.sleep(2)
    return quick(*where)
windows._window = slow
"""
PNG = """
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = zlib.compress((b"\\0" + bytes([200, 80, 40]) * 60) * 40)
head = struct.pack(">IIBBBBB", 60, 40, 8, 2, 0, 0, 0)
picture = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
"""
_LATE = 60_000  # milliseconds; a kernel starts, and a sandbox


def cells(account: str) -> list[str]:
    return [
        f"%load_ext twilio_nb\nimport twilio_nb\naccount = twilio_nb.sandbox({account!r})\n"
        "_ = account.history(days=30, people=6, texts=600)\nfailed = []",
        "%%twilio_webhook echo --respond-result\ndef echo(payload, response):\n"
        "    if 'boom' in payload['Body'] and not failed:\n"
        "        failed.append(1)\n        raise ValueError('no <b>such</b> thing')\n"
        "    response.set_body(f\"You said: {payload['Body'][:300]}\")",
        "inbox = account.service.inbox()\ninbox",
    ]


@pytest.fixture
def account() -> str:
    return f"inbox-{token_hex(3)}"


@pytest.fixture
def texter(screens: Screens, account: str) -> Iterator[Callable[[str], str]]:
    """Another kernel with the same account, in which phones text; started while the page loads."""
    started: list[Kernel] = []

    def run(code: str) -> str:
        if not started:
            started.append(screens.playground.kernel())
            started[0].run(f"import twilio_nb, twilio_nb.account\n{PNG}")
        if code and len(started) == 1:  # by then the account is there
            started.append(started[0])
            started[0].run(f"account = twilio_nb.sandbox({account!r})\nphone = account.phone()")
        return started[0].run(code)

    yield run
    if len(started) == 2:
        started[0].run("account.close()")


def inbox_of(page: Page) -> Locator:
    inbox = page.locator(".twilio-nb.inbox")
    expect(inbox.get_by_text("600 texts")).to_be_visible(timeout=_LATE)
    return inbox


def person(inbox: Locator, number: str = PHONE) -> Locator:
    return inbox.get_by_label("Conversations", exact=True).get_by_role("button").filter(has_text=number)


def entry(inbox: Locator, text: str) -> Locator:
    return (
        inbox.locator(".entry")
        .filter(has=inbox.page.locator(".bubble .text").get_by_text(text, exact=True))
        .last
    )


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.outerHTML.slice(0, 80)"))


@pytest.mark.browser
def test_a_person_reads_answers_and_searches(
    screens: Screens, page: Page, account: str, texter: Callable[[str], str]
) -> None:
    name = screens.notebook(*cells(account))
    screens.open(page, name)
    texter("")
    inbox = inbox_of(page)
    log = inbox.get_by_role("log")

    # A text comes, and the handler's reply; the thread moves by itself.
    texter("phone.text('Hello')")
    person(inbox).click()
    expect(entry(inbox, "You said: Hello")).to_contain_text("delivered")
    expect(entry(inbox, "Hello")).to_contain_text("Answered by echo.")
    assert inbox.locator(".people li").count() <= 40

    # A long conversation is a window, which leads on without moving what is read.
    other = inbox.locator(".people li button").filter(has_not_text=PHONE).first
    other.click()
    expect(inbox.locator(".entry")).to_have_count(70)
    log.evaluate("(node) => { node.scrollTop = 0; }")
    first = inbox.locator(".entry").first.element_handle()
    assert first is not None
    inbox.get_by_role("button", name="Earlier texts").click()
    expect(inbox.locator(".entry")).not_to_have_count(70)
    assert first.is_visible()
    assert first.bounding_box()["y"] >= log.bounding_box()["y"]  # type: ignore[index]
    person(inbox).click()

    # A reply: its cost, its states, and the focus stays where one types.
    box = inbox.get_by_label(f"Reply to {PHONE}")
    box.fill("It’s open")
    expect(inbox.get_by_text("1 segment, UCS-2 because of ’")).to_be_visible()
    box.press("Enter")
    expect(entry(inbox, "It’s open")).to_contain_text("delivered")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    texter("phone.misbehave(30003)")
    box.fill("Are you there?")
    box.press("Control+Enter")
    expect(entry(inbox, "Are you there?")).to_contain_text("The handset could not be reached")

    # A handler that fails is named with its error, and runs again.
    texter("phone.text('boom')")
    failed = entry(inbox, "boom")
    expect(failed).to_contain_text("ValueError: no <b>such</b> thing")
    failed.get_by_role("button", name="Run it again").click()
    expect(entry(inbox, "You said: boom")).to_be_visible()
    expect(failed).to_contain_text("Answered by echo.")

    # A picture, after a click, whose address ends with its loading.
    texter("phone.text('A picture', media=picture)")
    show = entry(inbox, "A picture").get_by_role("button", name="Show picture (PNG)")
    expect(show).to_be_visible()
    assert inbox.locator("img").count() == 0
    show.click()
    picture = inbox.get_by_role("img", name=f"Picture from {PHONE}")
    expect(picture).to_be_visible()
    assert picture.evaluate("(img) => [img.naturalWidth, img.naturalHeight]") == [60, 40]
    assert picture.evaluate("(img) => fetch(img.src).then(() => 'there', () => 'gone')") == "gone"
    inbox.get_by_role("button", name="Hide picture").click()
    expect(picture).to_have_count(0)

    # What people write is text, in the thread and in the list.
    texter("\n".join(f"phone.text({text!r})" for text in (HOSTILE, EMOJI, WORD, "last")))
    expect(entry(inbox, SHOWN)).to_be_visible()
    expect(entry(inbox, "You said: last")).to_be_visible()
    expect(entry(inbox, EMOJI)).to_be_visible()
    assert made(inbox) == []
    assert too_wide(inbox) == too_wide(log) == []
    assert violations(inbox) == []

    # Who reads further up is not moved.
    log.evaluate("(node) => { node.scrollTop = 10; }")
    person(inbox).focus()
    texter("phone.text('while you read')")
    expect(inbox.get_by_role("button", name="2 new")).to_be_visible()
    assert log.evaluate("(node) => node.scrollTop") == 10
    expect(person(inbox)).to_be_focused()
    inbox.get_by_role("button", name="2 new").click()
    expect(entry(inbox, "You said: while you read")).to_be_in_viewport()

    # A page that misses something asks for it, and what is told before it has the answer is not lost in that.
    busy = kernel_of(screens, name)
    busy.execute_interactive(SLOW_WINDOWS)
    busy.execute_interactive("pages = set(inbox._pages); inbox._pages.clear()")
    texter("phone.text('missed')")
    busy.execute_interactive("inbox._feed.catch_up(); inbox._pages.update(pages)")
    expect(entry(inbox, "missed")).to_have_count(0)
    texter("phone.text('after it')")
    expect(entry(inbox, "missed")).to_be_visible()
    busy.execute_interactive("windows._window = quick")
    expect(entry(inbox, "You said: after it")).to_contain_text("delivered")

    # While a cell runs, too.
    busy.execute("import time; time.sleep(8)")
    texter("phone.text('while a cell runs')")
    expect(entry(inbox, "while a cell runs")).to_be_visible(timeout=5_000)
    expect(page.get_by_text("Python 3 (ipykernel) | Busy")).to_be_visible()
    busy.stop_channels()

    # After a reload the same conversation is open, with what came meanwhile.
    expect(entry(inbox, "You said: while a cell runs")).to_contain_text("delivered")
    before = log.inner_text().splitlines()
    screens.save(page)
    eventually(page, lambda: "widget-view" in screens.read(name))
    for secret in (PHONE, "while you read", "example.org"):
        assert secret not in screens.read(name)
    page.goto("about:blank")
    texter("phone.text('meanwhile')")
    page.goto(f"{screens.playground.url}lab/tree/{name}")
    inbox = page.locator(".twilio-nb.inbox")
    log = inbox.get_by_role("log")
    expect(entry(inbox, "You said: meanwhile")).to_be_visible(timeout=_LATE)
    expect(person(inbox)).to_have_attribute("aria-current", "true")
    after = log.inner_text().splitlines()
    assert after[: len(before)] == before  # whoever was told sees what who opens sees
    assert len(after) > len(before)

    # The table: search, sort, filter, select, and back to the conversation.
    inbox.get_by_role("button", name="Table").click()
    rows = inbox.locator("tbody tr")
    expect(rows).to_have_count(100)
    assert inbox.locator(".people li, .entry").count() == 0
    assert made(inbox) == []
    assert not ran(page)
    assert violations(inbox) == []
    inbox.get_by_label("Search texts").fill("YOU SAID: hello")
    expect(rows).to_have_count(1)
    inbox.get_by_label("Search texts").fill("")
    expect(rows).to_have_count(100)
    inbox.get_by_role("button", name="Text", exact=True).click()
    expect(inbox.get_by_role("columnheader", name="Text")).to_have_attribute("aria-sort", "ascending")
    inbox.get_by_label("Status", exact=True).select_option("undelivered")
    expect(inbox.locator("td.status").filter(has_not_text="undelivered")).to_have_count(0)
    mine = rows.filter(has_text="Are you there?")
    mine.get_by_role("checkbox").check()
    expect(inbox.get_by_text("1 selected: inbox.selection")).to_be_visible()
    mine.get_by_role("button", name="Open").click()
    expect(entry(inbox, "Are you there?")).to_be_in_viewport()


def kernel_of(screens: Screens, name: str) -> BlockingKernelClient:
    sessions = screens.playground.request("GET", "api/sessions")
    (session,) = (one for one in sessions if one["path"].endswith(name))
    runtime = screens.playground.root / "runtime"
    client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{session['kernel']['id']}.json"))
    client.load_connection_file()
    client.start_channels()
    return client


@pytest.mark.browser
@pytest.mark.parametrize(("front_end", "dark"), [("notebook", True), ("voila", False)])
def test_in_other_front_ends_and_on_a_narrow_page_the_keyboard_is_enough(
    screens: Screens, account: str, texter: Callable[[str], str], front_end: FrontEnd, dark: bool
) -> None:
    with screens.context() as context:
        page = context.new_page()
        screens.open(page, screens.notebook(*cells(account)), front_end, dark=dark)
        texter("")
        inbox = inbox_of(page)
        page.set_viewport_size({"width": 400, "height": 900})
        texter(f"phone.text({EMOJI!r})\nphone.text({HOSTILE!r})")
        expect(person(inbox)).to_be_visible()

        person(inbox).focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Home")
        expect(person(inbox)).to_be_focused()
        page.keyboard.press("Enter")
        expect(entry(inbox, SHOWN)).to_be_visible()
        expect(person(inbox)).to_be_hidden()
        expect(inbox.get_by_role("button", name="‹ Conversations")).to_be_focused()
        inbox.get_by_label(f"Reply to {PHONE}").focus()
        page.keyboard.type("Hello from here")
        page.keyboard.press("Enter")
        expect(entry(inbox, "Hello from here")).to_contain_text("delivered")
        assert made(inbox) == []
        assert not ran(page)
        assert violations(inbox) == []
        assert too_wide(inbox) == []

        inbox.get_by_role("button", name="‹ Conversations").press("Enter")
        expect(person(inbox)).to_be_focused()
        inbox.get_by_role("button", name="Table").press("Enter")
        expect(inbox.locator("tbody tr").first).to_contain_text("Hello from here")
        texter("phone.text('into the table')")
        expect(inbox.locator("tbody tr").filter(has_text="into the table")).to_have_count(2)
        assert violations(inbox) == []
