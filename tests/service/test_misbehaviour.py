"""A simulated account that misbehaves, as a notebook meets it."""

import contextlib
from collections.abc import Callable

import pytest

from twilio_nb.account import SandboxAccount
from twilio_nb.errors import GatewayError, InvalidMessage

Eventually = Callable[[Callable[[], bool]], None]


def test_a_send_that_fails_after_its_effect_is_on_the_phone_once(
    account: SandboxAccount, eventually: Eventually
) -> None:
    account.misbehave("500", after=True)

    with contextlib.suppress(GatewayError):
        account.service.send("+15558675331", "Did it?")

    eventually(lambda: account.phone("+15558675331").messages.replies == ["Did it?"])


def test_a_phone_out_of_reach_shows_in_the_texts(account: SandboxAccount, eventually: Eventually) -> None:
    account.phone("+15558675332").misbehave(30003)
    account.service.send("+15558675332", "Hello")

    def told() -> bool:
        text = account.service.texts(with_="+15558675332").iloc[0]
        return bool(text["status"] == "undelivered" and text["error_code"] == 30003)

    eventually(told)
    assert account.phone("+15558675332").messages.replies == []


@pytest.mark.parametrize("callbacks", ["repeated", "out of order"])
def test_callbacks_that_travel_badly_do_no_harm(
    account: SandboxAccount, eventually: Eventually, callbacks: str
) -> None:
    number = f"+1555867534{len(callbacks) % 10}"
    account.phone(number).misbehave(callbacks=callbacks)  # type: ignore[arg-type]
    account.service.send(number, "Hello")

    eventually(lambda: account.service.texts(with_=number)["status"].tolist() == ["delivered"])


def test_behaving_forgets_what_was_told(account: SandboxAccount, eventually: Eventually) -> None:
    account.misbehave("429", times=None)
    account.phone("+15558675333").misbehave(30003, times=None)

    account.behave()

    account.service.send("+15558675333", "Hello")
    eventually(lambda: account.phone("+15558675333").messages.replies == ["Hello"])


def test_an_order_that_makes_no_sense_is_refused(account: SandboxAccount) -> None:
    with pytest.raises(InvalidMessage, match="never with 429"):
        account.misbehave("429", after=True)
    with pytest.raises(InvalidMessage, match="There is no fault 429; choose 'slow', '429'"):
        account.misbehave(429)  # type: ignore[arg-type]
    with pytest.raises(InvalidMessage, match="five digits"):
        account.phone().misbehave(3)


def test_who_texts_stop_gets_no_more_until_start(account: SandboxAccount) -> None:
    phone = account.phone("+15558675334")
    assert len(phone.text("STOP").replies) == 1

    with pytest.raises(GatewayError) as caught:
        account.service.send(phone.number, "Still there?")

    assert caught.value.code == 21610
    phone.text("START")
    account.service.send(phone.number, "Welcome back")
