"""The form that sends, as its page meets it: what is typed into it, and how it goes."""

import json
import secrets
import threading
from collections.abc import Callable

import ipywidgets
import pandas as pd
import pytest

import twilio_nb
from tests.notebook.widgets.phone.forms import Form, received
from tests.numbers import numbers
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError

Eventually = Callable[[Callable[[], bool]], None]


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


def test_several_are_asked_about_first(account: SandboxAccount, compose: Callable[..., Form]) -> None:
    form, to = compose(), numbers(3)
    form.fill(to, "x" * 170)

    answer = form.send(confirmed=False)

    assert answer["confirm"] == "This sends 3 texts, 6 segments, to 3 people."
    assert answer["report"] is None
    assert received(account, to[0]) == []


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
    assert [fault["place"] for fault in draft["faults"]] == ["2 (index b)", "4 (index d)"]
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
    own: SandboxAccount, compose: Callable[..., Form], eventually: Eventually
) -> None:
    sid = own.messaging_service("Clinic")
    form, (to,) = compose(service=own.service), numbers(1)
    form.page.ask("senders")
    values = dict(form.compose.sender.options)
    form.compose.sender.value = sid
    form.fill([to], "Hello")

    form.send()
    eventually(form.is_over)

    assert list(values.values()) == ["", own.numbers[1], sid]
    assert form.states() == ["delivered"]


def test_a_form_that_was_filled_in_anew_says_what_a_new_one_says(compose: Callable[..., Form]) -> None:
    changed = compose(to="+15558675309", body="A")
    fresh = compose(to="+15558675310\nnobody", body="It’s B")

    changed.fill(["+15558675310", "nobody"], "It’s B")

    assert changed.page.told[-1]["draft"] == changed.draft() == fresh.draft()


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
