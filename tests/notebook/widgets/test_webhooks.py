"""The panel of the webhooks without a browser: what it answers a page, tells it, and leaves behind."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psutil
import pytest
from ipywidgets import Widget

from tests.notebook.widgets.pages import Page
from tests.service.conftest import account as account
from tests.service.conftest import eventually as eventually
from twilio_nb.account import SandboxAccount
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.notebook.widgets.webhooks import Webhooks
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry

Eventually = Callable[[Callable[[], bool]], None]
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def panel(account: SandboxAccount) -> Iterator[Webhooks]:
    opened = Webhooks([account.service])
    yield opened
    opened.close()


@pytest.fixture
def page(panel: Webhooks) -> Page:
    return Page(panel)


@pytest.fixture
def phone(account: SandboxAccount) -> Phone:
    return account.phone(f"+1555867{secrets.randbelow(10_000):04d}")


@pytest.fixture
def name(account: SandboxAccount) -> Iterator[str]:
    """A webhook of the test's own."""
    made = "w" + secrets.token_hex(3)
    yield made
    host = Host.running()
    assert host is not None
    host.unregister(account.name, made)


def card(answer: dict[str, Any], name: str) -> dict[str, Any]:
    assert answer.get("error") is None, answer
    return next(one for one in answer["cards"] if one["webhook"] == name)


def threads() -> list[str]:
    return [
        one.name
        for one in threading.enumerate()
        if one.name.startswith(("twilio_nb webhooks", "twilio_nb view"))
    ]


def test_as_data_it_is_the_table_of_the_services_webhooks(
    account: SandboxAccount, panel: Webhooks, name: str
) -> None:
    account.service.define(lambda payload: None, name)

    assert panel.rows == [{"service": account.name, **row} for row in account.service.webhooks()]
    assert list(panel) == panel.rows == [panel[n] for n in range(len(panel))]


def test_where_there_are_no_widgets_the_table_is_shown(account: SandboxAccount, panel: Webhooks) -> None:
    data, _ = panel._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(panel)
    assert data["text/plain"].splitlines()[0].split() == [
        *("service", "webhook", "handler", "state", "waiting", "failed", "address"),
    ]
    assert "stores only" in data["text/html"]


def test_a_card_says_who_answers_and_how_that_goes(
    account: SandboxAccount, page: Page, phone: Phone, name: str, eventually: Eventually
) -> None:
    def fragile(payload: dict[str, str]) -> str:
        if payload["Body"] == "fail":
            raise ValueError(HOSTILE)
        return "fine"

    account.service.define(fragile, name, respond_result=True)
    for body in ("fail", "hello", "again"):
        phone.text(body)

    eventually(lambda: card(page.ask("look"), name)["calls"] == 3)
    shown = card(page.ask("look"), name)
    assert (shown["state"], shown["handler"], shown["here"]) == ("live", "fragile()", True)
    assert (shown["calls"], shown["failures"], shown["waiting"], shown["failed"]) == (3, 1, 0, 1)
    assert 0 <= shown["median"] < 5
    assert shown["error"].startswith(r"ValueError: <img src=x onerror=alert(1)>\u202e")
    assert "In the log: %twilio_logs --request " in shown["error"]  # LOG-08
    assert shown["error_time"].endswith("+00:00")
    assert shown["address"] == account.service.known_address(name)


def test_texts_of_a_paused_webhook_wait_and_run_when_it_is_resumed(
    account: SandboxAccount, page: Page, phone: Phone, name: str, eventually: Eventually
) -> None:
    account.service.define(lambda payload: "at last", name, respond_result=True)
    assert card(page.ask("pause", service=account.name, webhook=name), name)["state"] == "paused"
    assert phone.text("hello?").replies == []
    assert card(page.ask("look"), name)["waiting"] == 1

    resumed = page.ask("resume", service=account.name, webhook=name)

    assert card(resumed, name)["state"] == "live"
    eventually(lambda: phone.messages.replies == ["at last"])
    assert card(page.ask("look"), name)["waiting"] == 0


def test_a_replay_says_what_came_of_it(account: SandboxAccount, page: Page, phone: Phone, name: str) -> None:
    def moody(payload: dict[str, str]) -> str:
        if payload["Body"] == "fail":
            raise ValueError("still")
        return "done"

    account.service.define(moody, name, respond_result=True)
    account.service.pause(name)
    for body in ("hello", "fail"):
        phone.text(body)

    done = page.ask("replay", service=account.name, webhook=name, what="pending")

    assert (done["ran"], done["answered"], done["replies"]) == (2, 1, 1)
    assert done["wrong"].startswith("ValueError: still")
    assert (card(done, name)["waiting"], card(done, name)["failed"]) == (0, 1)
    assert page.ask("replay", service=account.name, webhook=name, what="failed")["ran"] == 1
    assert page.ask("replay", service=account.name, webhook=name, what="pending")["ran"] == 0


def test_a_webhook_that_is_removed_leaves_the_panel(account: SandboxAccount, page: Page, name: str) -> None:
    account.service.define(lambda payload: None, name)
    assert card(page.ask("look"), name)["state"] == "live"

    left = page.ask("remove", service=account.name, webhook=name)

    assert name not in [one["webhook"] for one in left["cards"]]
    assert "no webhook" in page.ask("remove", service=account.name, webhook=name)["error"]


def test_a_trial_shows_what_the_handler_would_do_and_stores_and_sends_nothing(
    account: SandboxAccount, page: Page, name: str
) -> None:
    def describe(payload: dict[str, str]) -> str:
        facts = (payload[key] for key in ("From", "To", "Body", "NumMedia", "MediaUrl1"))
        return " ".join(facts)

    account.service.define(describe, name, respond_result=True)
    before = len(account.service.gateway.messages()), len(account.service.texts())
    asked: dict[str, Any] = {
        "service": account.name,
        "webhook": name,
        "sender": "+15558670001 ",
        "to": "",
        "media": 2,
    }

    answer = page.ask("attempt", body=HOSTILE, **asked)

    [reply] = answer["replies"]
    assert reply.startswith(r"+15558670001 +15005550006 <img src=x onerror=alert(1)>\u202e 2 https://")
    assert (answer["status"], answer["wrong"], answer["warnings"]) == (200, None, [])
    assert before == (len(account.service.gateway.messages()), len(account.service.texts()))
    failed = page.ask("attempt", body="x", **(asked | {"media": 0}))
    assert failed["wrong"].startswith("KeyError")
    assert failed["replies"] == []


def test_what_cannot_be_done_here_is_a_sentence(account: SandboxAccount, page: Page, name: str) -> None:
    Registry(account.service.database).save_webhook(WebhookDefinition(account.name, name))
    asked: dict[str, Any] = {"service": account.name, "webhook": name}

    trial = page.ask("attempt", sender="", to="", body="x", **asked)
    replay = page.ask("replay", what="pending", **asked)
    closed = page.ask("pause", service="closed", webhook=name)

    assert "run the cell that defines it" in trial["error"]
    assert "run the cell that defines it" in replay["error"]
    assert "was closed" in closed["error"]
    assert card(page.ask("look"), name)["state"] == "not live in this kernel"


def test_the_page_is_told_when_a_text_comes_in(
    account: SandboxAccount, page: Page, phone: Phone, name: str, eventually: Eventually
) -> None:
    account.service.define(lambda payload: None, name)
    page.ask("look")

    phone.text("hello")

    def calls() -> list[int]:
        return [card(what, name)["calls"] for what in page.told if what["tell"] == "webhooks"]

    eventually(lambda: 1 in calls())


def test_while_the_store_is_out_of_reach_the_page_is_told_so(
    account: SandboxAccount, eventually: Eventually
) -> None:
    service = Service(account.service.definition, Database.open(account.service.database.name))
    panel = Webhooks([service])
    page = Page(panel)
    page.ask("look")

    service.database.close()

    eventually(lambda: any(what["tell"] == "trouble" and "closed" in what["sentence"] for what in page.told))
    assert "closed" in page.ask("look")["error"]
    panel.close()


def test_nothing_looks_at_the_figures_when_no_page_is_open(page: Page, eventually: Eventually) -> None:
    page.ask("look")
    assert "twilio_nb webhooks" in threads()

    page.leave()

    eventually(lambda: "twilio_nb webhooks" not in threads())
    page.ask("look")
    assert "twilio_nb webhooks" in threads()


def test_fifty_that_were_opened_and_closed_leave_no_thread_widget_or_socket(
    account: SandboxAccount, eventually: Eventually
) -> None:
    def left() -> tuple[int, int, int]:
        return len(threads()), len(Widget.get_manager_state()["state"]), psutil.Process().num_fds()

    Webhooks([account.service]).close()
    before = left()
    for _ in range(50):
        panel = Webhooks([account.service])
        Page(panel).ask("look")
        panel.close()

    pool = 10  # connections that are kept for all, at most
    eventually(lambda: left()[:2] <= before[:2] and left()[2] <= before[2] + pool)


def test_what_a_page_was_told_is_what_a_new_panel_shows(
    account: SandboxAccount, page: Page, phone: Phone, name: str, eventually: Eventually
) -> None:
    account.service.define(lambda payload: None, name)
    page.ask("look")
    phone.text("hello")
    account.service.pause(name)

    fresh = Webhooks([account.service])
    anew = Page(fresh)

    def shown() -> list[Any]:
        return [what["cards"] for what in page.told if what["tell"] == "webhooks"][-1:]

    eventually(lambda: shown() == [anew.ask("look")["cards"]])
    assert card({"cards": shown()[0]}, name)["state"] == "paused"
    fresh.close()


def test_a_service_that_is_closed_leaves_the_panel_and_the_last_one_closes_it(
    account: SandboxAccount,
) -> None:
    database = account.service.database.name
    first = Service(account.service.definition, Database.open(database))
    second = Service(replace(first.definition, name="second"), Database.open(database))
    panel = Webhooks([first, second])

    first.close()
    assert panel.is_open
    assert {row["service"] for row in panel} == {"second"}
    second.close()

    assert (panel.is_open, "webhook" in repr(panel)) == (False, True)


def test_a_condition_is_shown_whichever_of_the_services_has_it(account: SandboxAccount, name: str) -> None:
    second = Service(
        replace(account.service.definition, name="second"), Database.open(account.service.database.name)
    )
    account.service.define(lambda payload: None, name, can_evaluate={"Body": {"$ne": "STOP"}})
    panel = Webhooks([account.service, second])

    columns = [
        "service",
        "webhook",
        "handler",
        "can_evaluate",
        "state",
        "waiting",
        "failed",
        "refused",
        "address",
    ]
    assert repr(panel).splitlines()[0].split() == columns
    panel.close()
    second.close()


def test_its_state_holds_no_text_no_number_and_no_token(
    account: SandboxAccount, page: Page, phone: Phone, name: str
) -> None:
    account.service.define(lambda payload: payload["Nothing"], name)
    phone.text("a body that is nobody's business")
    page.ask("look")
    page.ask("attempt", service=account.name, webhook=name, sender="+15558670009", to="", body="secret words")

    state = json.dumps(Widget.get_manager_state())

    assert "WebhooksModel" in state or "AnyModel" in state
    for hidden in ("nobody's business", "secret words", "+15558670009", phone.number, "KeyError"):
        assert hidden not in state
    assert account.service.token.reveal() not in state
