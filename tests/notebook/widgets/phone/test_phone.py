"""A phone on the screen, as its page meets it: a real sandbox, no browser."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import ipywidgets

from tests.notebook.widgets.phone.phones import bodies, shown, told_bodies
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.widgets.phone import LARGEST, WINDOW
from twilio_nb.phones import Phone

Eventually = Callable[[Callable[[], bool]], None]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


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


def test_a_handler_that_takes_longer_than_its_time_is_said_to_run(
    account: SandboxAccount, phone: Phone
) -> None:
    may_end = threading.Event()
    account.service.define(lambda payload: may_end.wait(30) and "", "slow", respond_result=True, timeout=0.1)

    # Often, since the answer without a reply may arrive before the lateness is written.
    with ThreadPoolExecutor(4) as texting:
        notes = list(texting.map(lambda n: phone.text(f"text {n}").note, range(40)))
    may_end.set()

    assert set(notes) == {"The handler of 'slow' still runs; its reply comes later."}


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


def test_a_whatsapp_phone_is_told_how_to_join(account: SandboxAccount) -> None:
    phone = account.phone("whatsapp:+15558675311")
    page = shown(phone)
    hello = page.ask("hello")

    answer = page.ask("text", body=hello["join"], to=hello["reachable"][0])

    assert hello["reachable"] == [account.whatsapp]
    assert "joined" in answer["texts"][1]["body"]
    phone.close()


def test_a_text_to_a_paused_webhook_says_what_it_waits_for(account: SandboxAccount, phone: Phone) -> None:
    account.service.define(lambda payload: "Hi!", "rests", respond_result=True)
    account.service.pause("rests")

    answer = shown(phone).ask("text", body="hello", to=account.numbers[0])

    assert answer["note"] == "Stored. 'rests' is paused; resume it to have it answered."


def test_what_a_page_was_told_is_what_one_that_opens_later_gets(
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:
    page = shown(phone)
    page.ask("hello")
    account.service.define(lambda payload: "Hi!", "greet", respond_result=True)
    phone.text("Hello")
    account.service.send(phone.number, "And?")

    def told() -> list[object]:
        known = {text["sid"]: text for one in page.told for text in one["texts"]}
        return sorted(known.values(), key=lambda text: (text["time"], text["sid"]))

    eventually(lambda: len(told()) == 3 and told() == shown(phone).ask("hello")["texts"])
