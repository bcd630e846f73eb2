"""How phones come and go: shown again, closed, outliving the account's process, and leaving nothing behind."""

import secrets
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

import twilio_nb
from tests.notebook.widgets.phone.phones import bodies, shown, told_bodies
from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.phones import Phone

Eventually = Callable[[Callable[[], bool]], None]


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
    pool = 10  # connections that the account keeps for all its phones, at most
    for _ in range(100):
        threads, sockets = resources()
        if threads == before[0] and sockets <= before[1] + pool:
            break
        threading.Event().wait(0.05)

    assert "twilio_nb phones" in during[0]
    assert threads == before[0]
    assert sockets <= before[1] + pool


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
