"""What the form sends, through a real sandbox and store: once, stoppable, followed until it has arrived."""

import json
import threading
from collections.abc import Callable

import ipywidgets
import pytest

from tests.notebook.widgets.phone.forms import Form, received
from tests.numbers import numbers
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook import dispatch
from twilio_nb.service import Service

Eventually = Callable[[Callable[[], bool]], None]


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
    form.fill([to], "Hello")
    form.send()  # a press that was held up until all was done

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
    form, to = compose(), numbers(203)
    account.phone(to[-1]).misbehave(30006)
    form.fill(to, "Hello")

    form.send()
    eventually(lambda: form.states().count("delivered") == 199)

    report = form.report()
    assert (report["total"], len(report["rows"])) == (203, 200)
    assert (report["rows"][0]["to"], report["rows"][0]["status"]) == (to[-1], "undelivered")


def test_what_no_rule_allows_is_said_before_anybody_is_asked_about(
    service: Service, compose: Callable[..., Form]
) -> None:
    form, to = compose(service=service), numbers(2)
    service.database.db["rules"].delete_many({})
    form.fill(to, "Hello")

    answer = form.send(confirmed=False)

    assert "No rule of" in answer["error"]
    assert (form.compose.to.value.splitlines(), form.compose.body.value) == (to, "Hello")
    assert form.report() == {}
