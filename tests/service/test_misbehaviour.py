"""A simulated account that misbehaves, as a notebook meets it."""

import contextlib
from collections.abc import Callable

import pytest

from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import GatewayError, InvalidMessage

Eventually = Callable[[Callable[[], bool]], None]


def test_a_send_that_fails_after_its_effect_is_on_the_phone_once(
    account: SandboxAccount, eventually: Eventually
) -> None:
    to = number()
    account.misbehave("500", after=True)

    with contextlib.suppress(GatewayError):
        account.service.send(to, "Did it?")

    eventually(lambda: account.phone(to).messages.replies == ["Did it?"])


def test_a_phone_out_of_reach_shows_in_the_texts(account: SandboxAccount, eventually: Eventually) -> None:
    to = number()
    account.phone(to).misbehave(30003)
    account.service.send(to, "Hello")

    def told() -> bool:
        text = account.service.texts(with_=to).iloc[0]
        return bool(text["status"] == "undelivered" and text["error_code"] == 30003)

    eventually(told)
    assert account.phone(to).messages.replies == []


@pytest.mark.parametrize("callbacks", ["repeated", "out of order"])
def test_callbacks_that_travel_badly_do_no_harm(
    account: SandboxAccount, eventually: Eventually, callbacks: str
) -> None:
    to = number()
    account.phone(to).misbehave(callbacks=callbacks)  # type: ignore[arg-type]
    account.service.send(to, "Hello")

    eventually(lambda: account.service.texts(with_=to)["status"].tolist() == ["delivered"])


def test_behaving_forgets_what_was_told(account: SandboxAccount, eventually: Eventually) -> None:
    to = number()
    account.misbehave("429", times=None)
    account.phone(to).misbehave(30003, times=None)

    account.behave()

    account.service.send(to, "Hello")
    eventually(lambda: account.phone(to).messages.replies == ["Hello"])


def test_an_order_that_makes_no_sense_is_refused(account: SandboxAccount) -> None:
    with pytest.raises(InvalidMessage, match="never with 429"):
        account.misbehave("429", after=True)
    with pytest.raises(InvalidMessage, match="There is no fault 429; choose 'slow', '429'"):
        account.misbehave(429)  # type: ignore[arg-type]
    with pytest.raises(InvalidMessage, match="five digits"):
        account.phone().misbehave(3)


def test_who_texts_stop_gets_no_more_until_start(account: SandboxAccount) -> None:
    phone = account.phone(number())
    assert len(phone.text("STOP").replies) == 1

    with pytest.raises(GatewayError) as caught:
        account.service.send(phone.number, "Still there?")

    assert caught.value.code == 21610
    phone.text("START")
    account.service.send(phone.number, "Welcome back")
