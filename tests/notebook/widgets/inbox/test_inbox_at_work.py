"""What a person does in the inbox, with a simulated account at the other end: reply, look at pictures, run again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.notebook.widgets.pages import Page
from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.storage.messages import MessageLog

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
Eventually = Callable[..., None]


@pytest.fixture
def page(account: SandboxAccount) -> Iterator[Page]:
    """A page with an inbox of the account."""
    inbox = account.service.inbox()
    shown = Page(inbox)
    shown.ask("hello")
    yield shown
    inbox.close()


def key_of(page: Page, theirs: str, eventually: Eventually) -> int:
    found: list[int] = []

    def look() -> bool:
        found[:] = [row["key"] for row in page.ask("conversations", search=theirs)["rows"]]
        return bool(found)

    eventually(look)
    return found[0]


def text(page: Page, key: int, body: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = page.ask("thread", key=key)["rows"]
    return next((row for row in rows if row["body"] == body), {})


def test_a_reply_goes_to_who_wrote_from_the_address_they_wrote_to(
    account: SandboxAccount, page: Page, eventually: Eventually
) -> None:
    phone = account.phone(number())
    phone.text("Is anybody there?", to=account.numbers[1])
    key = key_of(page, phone.number, eventually)

    answer = page.ask("reply", key=key, body="Yes.")

    document = MessageLog(account.service.database).get(answer["sid"])
    assert document is not None
    assert (document["from"], document["to"], document["body"]) == (account.numbers[1], phone.number, "Yes.")
    news = page.hear(lambda told: any(row["sid"] == answer["sid"] for row in told.get("rows", ())))
    assert [row["unanswered"] for row in news["conversations"]] == [0]
    page.hear(lambda told: any(row["status"] == "delivered" for row in told.get("rows", ())))


def test_a_reply_that_twilio_refuses_says_why(
    account: SandboxAccount, page: Page, eventually: Eventually
) -> None:
    phone = account.phone(number())
    phone.text("STOP")
    key = key_of(page, phone.number, eventually)

    assert "opted out" in page.ask("reply", key=key, body="But …")["error"]


def test_a_failure_comes_with_advice(account: SandboxAccount, page: Page, eventually: Eventually) -> None:
    phone = account.phone(number())
    phone.text("Hi")
    phone.misbehave(30003)
    key = key_of(page, phone.number, eventually)

    page.ask("reply", key=key, body="Hello?")

    eventually(lambda: "could not be reached" in text(page, key, "Hello?").get("advice", ""))


def test_a_handler_that_failed_is_named_with_its_error_and_run_again(
    account: SandboxAccount, page: Page, eventually: Eventually
) -> None:
    broken = [True]

    def answer(payload: dict[str, str], response: Any) -> None:
        if broken:
            raise ValueError(f"<b>no</b> such thing: {payload['Body']}")
        response.set_body("Now it works")

    account.service.define(answer, "greet", respond_result=True)
    phone = account.phone(number())
    phone.text("Hello")
    key = key_of(page, phone.number, eventually)

    eventually(lambda: (text(page, key, "Hello").get("handling") or {}).get("state") == "failed")
    failed = text(page, key, "Hello")["handling"]
    assert (failed["sentence"], failed["again"], failed["ask"]) == ("greet failed.", "Run it again", False)
    assert "such thing: …" in failed["error"]
    assert failed["hidden"] == "“…” stands for words of this text."
    assert "In the log: %twilio_logs --request " in failed["error"]  # LOG-08

    sid = text(page, key, "Hello")["sid"]
    page.ask("again", sid=sid)
    assert text(page, key, "Hello")["handling"]["state"] == "failed"
    broken.clear()
    page.ask("again", sid=sid)
    eventually(lambda: bool(text(page, key, "Now it works")))
    assert text(page, key, "Hello")["handling"]["sentence"] == "Answered by greet."


def test_a_reply_is_shown_before_twilio_calls_back_about_it(
    account: SandboxAccount, page: Page, eventually: Eventually
) -> None:
    account.service.define(
        lambda payload, response: response.set_body("At once"), "quick", respond_result=True
    )
    phone = account.phone(number())
    phone.misbehave(callbacks="lost")

    phone.text("Hello")

    key = key_of(page, phone.number, eventually)
    eventually(lambda: bool(text(page, key, "Hello")["handling"]["replies"]))
    assert text(page, key, "Hello")["handling"]["replies"] == [{"body": "At once", "files": 0}]
    assert text(page, key, "At once") == {}


def test_a_picture_is_fetched_when_it_is_asked_for(
    account: SandboxAccount, page: Page, eventually: Eventually
) -> None:
    phone = account.phone(number())
    phone.text("Look", media=[PNG, b"%PDF-1.7 and more"])
    key = key_of(page, phone.number, eventually)
    shown = text(page, key, "Look")
    assert {(file["type"], file["picture"]) for file in shown["files"]} == {
        ("image/png", True),
        ("application/pdf", False),
    }
    n = next(n for n, file in enumerate(shown["files"]) if file["picture"])

    answer = page.ask("picture", sid=shown["sid"], n=n)

    assert (answer["type"], answer["buffers"]) == ("image/png", [PNG])
    assert "not shown here" in page.ask("picture", sid=shown["sid"], n=1 - n)["error"]
    assert "there no longer" in page.ask("picture", sid=shown["sid"], n=7)["error"]
