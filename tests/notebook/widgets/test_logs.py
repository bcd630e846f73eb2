"""The log on the page, without a browser: what it tells, keeps to itself, and leaves behind."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from ipywidgets import Widget

from tests.notebook.widgets.pages import Page
from tests.service.conftest import account as account
from twilio_nb.account import SandboxAccount
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.entries import entry
from twilio_nb.notebook.current import services
from twilio_nb.notebook.widgets.logs import Logs
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.registry import Registry

HOSTILE = "<img src=x onerror=alert(1)>\u202e"
MASKED = r"<img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def webhook(account: SandboxAccount) -> str:
    """A webhook that no other test writes entries for."""
    name = f"w{secrets.token_hex(4)}"
    Registry(account.service.database).save_webhook(WebhookDefinition(account.name, name))
    return name


@pytest.fixture
def tail(account: SandboxAccount, webhook: str) -> Iterator[Logs]:
    shown = Logs(account.service, webhook=webhook)
    yield shown
    shown.close()


def write(account: SandboxAccount, webhook: str, number: int, **more: Any) -> str:
    request, now = f"{number:024x}{secrets.token_hex(4)}", datetime.now(UTC)
    given: dict[str, Any] = {"state": "answered", "message": {"from": "+15558675309"}}
    made = entry(
        request,
        service=account.service.name,
        webhook=webhook,
        started=now,
        completed=now,
        source="webhook",
        **(given | more),
    )
    LogBook(account.service.database).add([made])
    return request


def requests(seen: dict[str, Any]) -> list[str]:
    return [row["request"] for row in seen["entries"]]


def test_entries_appear_by_themselves_the_newest_first(  # LOG-04
    account: SandboxAccount, webhook: str, tail: Logs
) -> None:
    page = Page(tail)
    assert requests(page.ask("look")) == []

    first = write(account, webhook, 1)
    page.hear(lambda told: told["tell"] == "logs" and requests(told) == [first])
    second = write(account, webhook, 2, state="failed", error=f"HandlerError: {HOSTILE}")
    told = page.hear(lambda told: told["tell"] == "logs" and requests(told) == [second, first])

    assert told["entries"][0]["outcome"] == f"failed: {MASKED}"  # a sentence, without the class
    assert [row["bad"] for row in told["entries"]] == [True, False]
    assert [row["from"] for row in told["entries"]] == ["…5309", "…5309"]


def test_what_was_printed_and_raised_is_told_when_it_is_asked_for(
    account: SandboxAccount, webhook: str, tail: Logs
) -> None:
    page = Page(tail)
    request = write(account, webhook, 1, printed=HOSTILE, traceback="Traceback")

    assert [row["more"] for row in page.ask("look")["entries"]] == [True]
    assert page.ask("more", request=request)["details"] == [
        {"label": "printed", "text": MASKED},
        {"label": "traceback", "text": "Traceback"},
    ]
    assert "onerror" not in json.dumps(Widget.get_manager_state())


def test_it_ends_with_its_service(account: SandboxAccount, tail: Logs) -> None:
    page = Page(tail)
    page.ask("look")

    services.discard(account.service)
    services.add(account.service)

    assert not tail.is_open
    if (watcher := tail._watcher) is not None:
        watcher.join(10)
    assert tail._watcher is None


def test_where_there_are_no_widgets_its_table_is_shown(account: SandboxAccount, webhook: str) -> None:
    request = write(account, webhook, 1)
    tail = Logs(account.service, webhook=webhook)

    data, _ = tail._repr_mimebundle_()
    tail.close()
    assert request in data["text/plain"]
    assert "<table" in data["text/html"]
