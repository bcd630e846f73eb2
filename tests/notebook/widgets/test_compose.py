"""The form that sends, as its page meets it: a real sandbox and store, no browser."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import pandas as pd
import pytest

import twilio_nb
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook import dispatch
from twilio_nb.notebook.widgets.compose import Compose
from twilio_nb.service import Service

Eventually = Callable[[Callable[[], bool]], None]


def numbers(count: int) -> list[str]:
    start = secrets.randbelow(9000)
    return [f"+1555866{start + n:04d}" for n in range(count)]


class Form:
    """A form and a page that shows it."""

    def __init__(self, compose: Compose) -> None:
        self.compose = compose
        self.page = Page(compose.sheet)
        self.page.ask("hello")

    def fill(self, to: list[str], body: str) -> None:
        self.compose.to.value, self.compose.body.value = "\n".join(to), body

    def send(self, *, confirmed: bool = True) -> dict[str, Any]:
        fields = {
            "to": self.compose.to.value,
            "sender": self.compose.sender.label,
            "body": self.compose.body.value,
            "media": self.compose.media.value,
        }
        return self.page.ask("dispatch", fields=fields, confirmed=confirmed)

    def draft(self) -> dict[str, Any]:
        draft: dict[str, Any] = self.page.ask("hello")["draft"]
        return draft

    def report(self) -> dict[str, Any]:
        return self.page.ask("hello")["report"] or {}

    def states(self) -> list[str]:
        return [row["status"] for row in self.report().get("rows", [])]

    def is_over(self) -> bool:
        return bool(self.report().get("isOver"))


@pytest.fixture
def compose(account: SandboxAccount) -> Iterator[Callable[..., Form]]:
    opened: list[Compose] = []

    def make(service: Service = account.service, **arguments: Any) -> Form:
        opened.append(service.compose(**arguments))
        return Form(opened[-1])

    yield make
    account.behave()
    for form in opened:
        form.close()


def received(account: SandboxAccount, number: str) -> list[str]:
    return account.phone(number).messages.replies


def test_recipients_are_checked_as_they_are_typed(compose: Callable[..., Form]) -> None:
    form = compose()

    form.fill(["+1 555 867 5309", "555 867 5310"], "")

    told = form.page.told[-1]["draft"]
    assert told["people"] == 1
    assert "did you mean '+15558675310'?" in told["faults"][0]["sentence"]


def test_the_size_says_which_character_made_it_expensive_and_offers_plain_signs(
    compose: Callable[..., Form],
) -> None:
    form = compose(to="+15558675309", body="It’s late. " * 10)
    before = form.draft()

    form.page.ask("plainer")

    assert before["size"] == "2 segments, 110 units of UCS-2 because of ’ (U+2019)"
    assert before["cheaper"] == "Use plain signs: 1 segment"
    assert form.draft()["size"] == "1 segment, 110 units of GSM-7"
    assert form.compose.body.value == "It's late. " * 10


def test_a_text_to_one_goes_out_and_its_states_tick_until_it_is_delivered(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, (to,) = compose(), numbers(1)
    form.fill([to], "Hello")

    form.send(confirmed=False)
    eventually(form.is_over)

    assert form.states() == ["delivered"]
    assert form.report()["summary"] == "1 of 1 sent: 1 delivered."
    assert received(account, to) == ["Hello"]


def test_several_are_asked_about_first(account: SandboxAccount, compose: Callable[..., Form]) -> None:
    form, to = compose(), numbers(3)
    form.fill(to, "x" * 170)

    answer = form.send(confirmed=False)

    assert answer["confirm"] == "This sends 3 texts, 6 segments, to 3 people."
    assert answer["report"] is None
    assert received(account, to[0]) == []


def test_what_was_sent_is_blanked_and_not_in_the_state_that_a_notebook_saves(
    compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, to = compose(), numbers(2)
    form.fill(to, "a private matter")

    form.send()
    eventually(form.is_over)

    saved = json.dumps(ipywidgets.Widget.get_manager_state())
    assert (form.compose.to.value, form.compose.body.value) == ("", "")
    assert [found for found in ("private", *to) if found in saved] == []


def test_the_failure_of_one_has_advice_and_does_not_stop_the_others(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, to = compose(), numbers(3)
    account.phone(to[1]).misbehave(30003)
    form.fill(to, "Hello")

    form.send()
    eventually(form.is_over)

    assert form.states() == ["delivered", "undelivered", "delivered"]
    assert "30003. The handset could not be reached" in form.report()["rows"][1]["sentence"]


def test_who_was_refused_stays_in_the_form_and_nobody_is_texted_twice(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, to = compose(), numbers(2)
    account.phone(to[0]).text("STOP")
    form.fill(to, "Hello")
    form.send()
    eventually(form.is_over)
    first = form.states(), form.compose.to.value, form.compose.body.value
    account.phone(to[0]).text("START")

    form.fill(to, "Hello")  # both again, by mistake
    form.send()
    eventually(lambda: form.states() == ["delivered", "delivered"])

    assert first == (["refused", "delivered"], to[0], "Hello")
    assert received(account, to[0])[-1] == "Hello"
    assert received(account, to[1]) == ["Hello"]
    assert "nothing was sent now" in form.report()["rows"][1]["sentence"]


def test_a_button_that_is_pressed_twice_sends_once(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, (to,) = compose(), numbers(1)
    form.fill([to], "Hello")
    account.misbehave("slow", seconds=0.3)

    presses = [threading.Thread(target=form.send) for _ in range(3)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    eventually(form.is_over)

    assert received(account, to) == ["Hello"]


def test_sending_can_be_stopped_and_says_what_went_out(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, to = compose(), numbers(20)
    account.misbehave("slow", seconds=0.2, times=None)
    form.fill(to, "Hello")
    form.send()

    form.page.ask("stop")
    eventually(form.is_over)

    sent = form.states().count("delivered")
    assert 1 <= sent <= 5
    assert form.report()["summary"] == (
        f"{sent} of 20 sent: {sent} delivered, {20 - sent} not sent. Who did not get it is still in the form, "
        "with the text."
    )
    assert form.compose.to.value.splitlines() == to[sent:]


def test_a_column_is_checked_by_row_and_what_is_no_number_is_left_out(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    first, second = numbers(2)
    column = pd.Series([first, "867 5309", second, None, first], index=[*"abcde"])
    form = compose(to=column, body="Hello")

    question = form.send(confirmed=False)["confirm"]
    form.send()
    eventually(form.is_over)

    draft = form.draft()
    assert [fault["place"] for fault in draft["faults"]] == ["b", "d"]
    assert (draft["people"], draft["repeated"]) == (2, 1)
    assert (
        question == "This sends 2 texts, 2 segments, to 2 people. 2 rows cannot be texted, and get nothing."
    )
    assert form.states() == ["delivered", "delivered"]
    assert first not in json.dumps(ipywidgets.Widget.get_manager_state())


def test_a_table_in_place_of_a_column_is_refused(account: SandboxAccount) -> None:
    with pytest.raises(ConfigurationError, match="give one of its columns"):
        account.service.compose(to=pd.DataFrame({"phone": []}))  # type: ignore[arg-type]


def test_a_wrong_recipient_among_the_typed_ones_holds_the_text_back(compose: Callable[..., Form]) -> None:
    form = compose()
    form.fill([*numbers(1), "nobody"], "Hello")

    answer = form.send()

    assert "1 recipient cannot be texted; correct or remove them first" in answer["error"]
    assert form.compose.body.value == "Hello"


def test_the_senders_are_the_accounts_numbers_and_messaging_services(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    sid = account.messaging_service("Clinic")
    form, (to,) = compose(), numbers(1)
    form.page.ask("senders")
    values = dict(form.compose.sender.options)
    form.compose.sender.value = sid
    form.fill([to], "Hello")

    form.send()
    eventually(form.is_over)

    assert list(values.values()) == ["", account.numbers[1], sid]
    assert form.states() == ["delivered"]


def test_where_no_callback_comes_twilio_is_asked(
    service: Service, compose: Callable[..., Form], eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_ASKS", (0.1, 0.2))
    form = compose(service=service)
    form.fill(numbers(1), "Hello")

    form.send()

    eventually(lambda: form.states() == ["delivered"])


def test_what_concerns_everybody_ends_the_sending(
    service: Service, compose: Callable[..., Form], eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, to = compose(service=service), numbers(3)
    form.fill(to, "Hello")
    variable = f"TWILIO_NB_SECRET_{service.name.upper().replace('-', '_')}"
    monkeypatch.setenv(variable, "0" * 32)
    service.renew()

    form.send()
    eventually(form.is_over)

    assert form.states() == ["refused", "not sent", "not sent"]
    assert "20003" in form.report()["trouble"]
    assert form.compose.to.value.splitlines() == to


def test_of_many_recipients_those_come_first_who_have_not_got_it(
    account: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    form, to = compose(), [f"+1555865{n:04d}" for n in range(203)]
    account.phone(to[-1]).misbehave(30006)
    form.fill(to, "Hello")

    form.send()
    eventually(lambda: form.states().count("delivered") == 199)

    report = form.report()
    assert (report["total"], len(report["rows"])) == (203, 200)
    assert (report["rows"][0]["to"], report["rows"][0]["status"]) == (to[-1], "undelivered")


def test_a_hostile_text_is_shown_as_what_it_is(compose: Callable[..., Form]) -> None:
    form = compose(to="+15558675309", body="\u202egnp.exe <img src=x onerror=alert(1)>")

    preview = form.draft()["preview"]

    assert preview["body"] == r"\u202egnp.exe <img src=x onerror=alert(1)>"


def test_fifty_forms_opened_and_closed_leave_no_thread_and_no_widget(account: SandboxAccount) -> None:
    def left() -> tuple[int, set[str]]:
        threads = {one.name for one in threading.enumerate() if "view" in one.name or "dispatch" in one.name}
        return len(ipywidgets.Widget.get_manager_state()["state"]), threads

    before = left()
    for _ in range(50):
        form = Form(account.service.compose(to=numbers(1)[0], body="Hello"))
        form.page.ask("senders")
        form.compose.close()
    for _ in range(100):
        if left() == before:
            break
        threading.Event().wait(0.05)

    assert left() == before


def test_closing_the_service_closes_its_forms(mongod: object) -> None:
    with twilio_nb.sandbox(f"closing-{secrets.token_hex(3)}") as account:
        form = account.service.compose()

    assert not form.sheet.is_open
