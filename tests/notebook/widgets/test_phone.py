"""A phone on the screen, as its page meets it: a real sandbox, no browser."""

import json
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import psutil
import pytest

import twilio_nb
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.widgets.phone import LARGEST, WINDOW
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host

Eventually = Callable[[Callable[[], bool]], None]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def number() -> str:
    return f"+1555867{secrets.randbelow(10_000):04d}"


@pytest.fixture
def phone(account: SandboxAccount) -> Iterator[Phone]:
    opened = account.phone(number())
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def no_handler_stays(account: SandboxAccount) -> Iterator[None]:
    yield
    host = Host.running()
    assert host is not None
    for handler in host.handlers():
        host.unregister(handler.service, handler.name)


def shown(phone: Phone) -> Page:
    """Show a phone as the last line of a cell does, and open a page of it."""
    phone._repr_mimebundle_()
    assert phone._view is not None
    return Page(phone._view)


def bodies(texts: list[dict[str, Any]]) -> list[tuple[bool, str]]:
    return [(text["own"], text["body"]) for text in texts]


def told_bodies(page: Page) -> list[str]:
    return list(dict.fromkeys(text["body"] for told in page.told for text in told.get("texts", [])))


def test_a_page_that_opens_gets_the_conversation_and_the_numbers_to_text(
    account: SandboxAccount, phone: Phone
) -> None:
    account.service.define(lambda payload: "Hi!", "greet", respond_result=True)
    phone.text("Hello")

    answer = shown(phone).ask("hello")

    assert bodies(answer["texts"]) == [(True, "Hello"), (False, "Hi!")]
    assert (answer["number"], answer["reachable"]) == (phone.number, account.numbers)
    assert (answer["earlier"], answer["join"]) == (0, None)


def test_a_text_from_the_page_is_answered(account: SandboxAccount, phone: Phone) -> None:
    account.service.define(lambda payload: payload["Body"].upper(), "echo", respond_result=True)

    answer = shown(phone).ask("text", body="hello", to=account.numbers[1])

    assert bodies(answer["texts"]) == [(True, "hello"), (False, "HELLO")]
    assert answer["texts"][0]["to"] == account.numbers[1]


def test_a_handler_that_texts_nothing_back_is_explained(account: SandboxAccount, phone: Phone) -> None:
    account.service.define(lambda payload: "never seen", "mute")

    answer = shown(phone).ask("text", body="hello", to=account.numbers[0])

    assert "'mute' ran, and texts nothing back: define it with --respond-result" in answer["note"]


def test_what_the_account_refuses_is_said_to_the_page(account: SandboxAccount, phone: Phone) -> None:
    answer = shown(phone).ask("text", body="x" * 3000, to=account.numbers[0])

    assert "1600" in answer["error"]


def test_what_comes_later_is_told_to_an_open_page_in_numbers_without_gaps(
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:
    page = shown(phone)
    first = page.ask("hello")["told"]

    for body in ("one", "two"):
        account.service.send(phone.number, body)

    eventually(lambda: told_bodies(page) == ["one", "two"])
    assert [told["n"] for told in page.told] == list(range(first + 1, first + 1 + len(page.told)))


def test_a_page_is_told_that_a_text_is_being_answered(account: SandboxAccount, phone: Phone) -> None:
    page = shown(phone)
    page.ask("hello")
    seen: list[bool] = []

    def slow(payload: dict[str, str]) -> str:
        deadline = threading.Event()
        for _ in range(500):
            if any(text["asking"] for told in page.told for text in told["texts"]):
                break
            deadline.wait(0.01)
        seen.append(page.told[-1]["texts"][-1]["asking"])
        return "done"

    account.service.define(slow, "slow", respond_result=True)
    answer = page.ask("text", body="wait", to=account.numbers[0])

    assert seen == [True]
    assert [text["asking"] for text in answer["texts"]] == [False, False]


def test_a_picture_travels_with_its_text_and_is_fetched_by_the_kernel(
    account: SandboxAccount, phone: Phone
) -> None:
    page = shown(phone)

    text = page.ask("text", [PNG], body="", to=account.numbers[0], types=["image/png"])["texts"][0]
    fetched = page.ask("picture", url=text["files"][0]["url"])

    assert text["files"][0]["type"] == fetched["type"] == "image/png"
    assert fetched["buffers"] == [PNG]


def test_a_page_can_have_nothing_fetched_but_files(account: SandboxAccount, phone: Phone) -> None:
    definition = account.service.definition
    record = f"{definition.api_url}/2010-04-01/Accounts/{definition.account_sid}"

    for url in ("http://127.0.0.1:1/secret", f"{record}.json", f"{record}/Messages/SM1/Media/../../../x"):
        answer = shown(phone).ask("picture", url=url)

        assert "fetches from this machine only" in answer["error"]


def test_pictures_that_are_too_large_are_refused(account: SandboxAccount, phone: Phone) -> None:
    answer = shown(phone).ask(
        "text", [bytes(LARGEST + 1)], body="", to=account.numbers[0], types=["image/png"]
    )

    assert "5 MB" in answer["error"]


def test_a_page_gets_a_window_and_older_texts_on_request(account: SandboxAccount, phone: Phone) -> None:
    page = shown(phone)
    for n in range(WINDOW + 5):
        phone._network._far_end.ask("POST", "/sandbox/texts", {"from": phone.number, "body": f"text {n}"})

    window = page.ask("hello")
    older = page.ask("earlier", before=window["texts"][0]["sid"])

    assert [text["body"] for text in window["texts"]] == [f"text {n}" for n in range(5, WINDOW + 5)]
    assert window["earlier"] == 5
    assert [text["body"] for text in older["texts"]] == [f"text {n}" for n in range(5)]
    assert older["earlier"] == 0


def test_neither_texts_nor_numbers_are_in_the_state_that_a_notebook_saves(
    account: SandboxAccount, phone: Phone
) -> None:
    page = shown(phone)
    page.ask("hello")
    page.ask("text", body="a private matter", to=account.numbers[0])

    saved = json.dumps(ipywidgets.Widget.get_manager_state())

    assert [found for found in ("private", phone.number, account.numbers[0]) if found in saved] == []


def test_a_hostile_text_reaches_the_page_as_what_can_be_shown(account: SandboxAccount, phone: Phone) -> None:
    hostile = "\u202egnp.exe\x1b[2J <img src=x onerror=alert(1)>"

    answer = shown(phone).ask("text", body=hostile, to=account.numbers[0])

    assert answer["texts"][0]["body"] == r"\u202egnp.exe\x1b[2J <img src=x onerror=alert(1)>"


def test_a_number_is_one_phone_however_often_it_is_asked_for(account: SandboxAccount) -> None:
    first, again = account.phone("+1 (555) 867-0001"), account.phone("+15558670001")

    assert first is again
    assert first._repr_mimebundle_()[0] == again._repr_mimebundle_()[0]
    first.close()


def test_a_phone_that_was_closed_is_shown_anew_with_its_texts(account: SandboxAccount, phone: Phone) -> None:
    page = shown(phone)
    page.ask("text", body="before", to=account.numbers[0])
    first = phone._view
    phone.close()

    answer = shown(phone).ask("hello")

    assert first is not None
    assert not first.is_open
    assert bodies(answer["texts"]) == [(True, "before")]


def test_where_no_widget_shows_a_phone_shows_its_newest_texts_as_text(phone: Phone) -> None:
    for n in range(22):
        phone._network._far_end.ask("POST", "/sandbox/texts", {"from": phone.number, "body": f"text {n}"})

    plain = phone._repr_mimebundle_()[0]["text/plain"]

    lines = plain.splitlines()
    assert lines[:2] == [f"Phone {phone.number}", "(2 earlier)"]
    assert (lines[2][-6:], lines[-1][-7:], len(lines)) == ("text 2", "text 21", 22)


def test_a_whatsapp_phone_is_told_how_to_join(account: SandboxAccount) -> None:
    phone = account.phone("whatsapp:+15558675311")
    page = shown(phone)
    hello = page.ask("hello")

    answer = page.ask("text", body=hello["join"], to=hello["reachable"][0])

    assert hello["reachable"] == [account.whatsapp]
    assert "joined" in answer["texts"][1]["body"]
    phone.close()


def test_fifty_phones_opened_and_closed_leave_no_thread_and_no_socket(account: SandboxAccount) -> None:
    def resources() -> tuple[set[str], int]:
        names = {
            thread.name
            for thread in threading.enumerate()
            if "phones" in thread.name or "view" in thread.name
        }
        return names, len(psutil.Process().net_connections())

    account.phone(number()).text("The connection that stays")
    before = resources()
    phones = [account.phone(f"+15558671{n:03d}") for n in range(50)]
    for phone in phones:
        shown(phone).ask("hello")
    during = resources()
    for phone in phones:
        phone.close()
    for _ in range(100):
        if (after := resources()) == before:
            break
        threading.Event().wait(0.05)

    assert "twilio_nb phones" in during[0]
    assert after == before


def test_an_account_that_closes_closes_its_phones(mongod: object) -> None:
    account = twilio_nb.sandbox(f"closing-{secrets.token_hex(3)}")
    phone = account.phone()
    page = shown(phone)
    page.ask("hello")
    view = phone._view
    assert view is not None

    account.close()

    assert not view.is_open
    assert "is closed; open it again" in repr(phone)
    assert "twilio_nb phones" not in {thread.name for thread in threading.enumerate()}


def test_a_phone_goes_on_when_the_accounts_process_was_started_anew(
    mongod: object,
    private_surroundings: Path,
    find_processes: Callable[..., list[psutil.Process]],
    eventually: Eventually,
) -> None:
    with twilio_nb.sandbox(f"killed-{secrets.token_hex(3)}") as account:
        page = shown(account.phone())
        page.ask("hello")
        for process in find_processes(private_surroundings):
            if str(account._root) in process.cmdline() and "twilio_nb.sandbox" in process.cmdline():
                process.send_signal(signal.SIGKILL)

        eventually(lambda: any(told["tell"] == "forgotten" for told in page.told))
        account.service.send(account.phone().number, "Still there?")

        eventually(lambda: told_bodies(page) == ["Still there?"])
