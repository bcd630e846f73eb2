"""A webhook that is removed is forgotten at once, by everybody; what came in by it stays."""

import secrets
from collections.abc import Callable, Iterator

import pytest

from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, HandlerError, WebhookNotFound
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host
from twilio_nb.storage.registry import Registry

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def phone(account: SandboxAccount) -> Phone:
    return account.phone(f"+1555867{secrets.randbelow(10_000):04d}")


@pytest.fixture
def name(account: SandboxAccount) -> Iterator[str]:
    """A webhook that answers."""
    made = "w" + secrets.token_hex(3)
    account.service.define(lambda payload: "yes", made, respond_result=True)
    yield made
    host = Host.running()
    assert host is not None
    host.unregister(account.name, made)


def names(account: SandboxAccount) -> list[str]:
    return [row["webhook"] for row in account.service.webhooks()]


def test_a_removed_webhook_is_gone_and_its_texts_and_entries_stay(
    account: SandboxAccount, phone: Phone, name: str, eventually: Eventually
) -> None:
    assert phone.text("hello").replies == ["yes"]
    eventually(lambda: len(account.service.logs(webhook=name)) == 1)

    account.service.remove_webhook(name)

    assert name not in names(account)
    assert Registry(account.service.database).webhook(account.name, name) is None
    with pytest.raises(HandlerError, match="does not live"):
        account.service.handler(name)
    assert account.service.texts(webhook=name)["body"].tolist() == ["hello", "yes"]
    assert len(account.service.logs(webhook=name)) == 1


def test_what_a_notebook_still_holds_of_it_says_that_it_answers_no_more(
    account: SandboxAccount, name: str
) -> None:
    held = account.service.handler(name)
    assert f"{name} is answered by <lambda>()." in repr(held)

    account.service.remove_webhook(name)

    assert (
        repr(held)
        == f"{account.name}/{name} is no longer answered by this <lambda>(). Run its cell again, and it is."
    )


def test_a_text_to_it_is_refused_at_once_as_one_to_an_unknown_webhook(
    account: SandboxAccount, phone: Phone, name: str
) -> None:
    phone.text("hello")
    removed, unknown = (account.service.address(one) for one in (name, "neverDefined"))
    account.service.remove_webhook(name)
    answers = []

    for address in (removed, unknown):
        for number in account.service.gateway.numbers():
            account.service.gateway.update_number(number["sid"], sms_url=address)
        answers.append(repr(phone.text("still there?")))
    account.service.point("inbox")

    assert "11200" in answers[0]
    assert answers[0].replace(name, "neverDefined") == answers[1]
    assert account.service.texts(webhook=name)["body"].tolist() == ["hello", "yes"]


def test_numbers_of_a_simulated_account_that_pointed_to_it_point_to_the_inbox(
    account: SandboxAccount, phone: Phone, name: str
) -> None:
    account.service.remove_webhook(name)

    assert phone.text("hello").replies == []
    assert account.service.texts(with_=phone.number)["webhook"].tolist() == ["inbox"]


def test_defined_again_it_answers_again_and_knows_its_texts(
    account: SandboxAccount, phone: Phone, name: str
) -> None:
    account.service.pause(name)
    phone.text("hello")
    account.service.remove_webhook(name)
    account.service.define(lambda payload: "again", name, respond_result=True)

    assert phone.text("and now?").replies[-1] == "again"
    (row,) = [row for row in account.service.webhooks() if row["webhook"] == name]
    assert row["state"] == "live"


def test_one_whose_handler_lives_nowhere_is_removed_too(account: SandboxAccount, name: str) -> None:
    host = Host.running()
    assert host is not None
    host.unregister(account.name, name)

    account.service.remove_webhook(name)

    assert name not in names(account)


def test_what_cannot_be_removed_is_said(account: SandboxAccount, name: str) -> None:
    with pytest.raises(ConfigurationError, match="'inbox'"):
        account.service.remove_webhook("inbox")
    with pytest.raises(WebhookNotFound, match=f"Did you mean '{name}'"):
        account.service.remove_webhook(name + "x")
    with pytest.raises(ConfigurationError, match="type Webhook cannot name a webhook"):
        account.service.remove_webhook(account.service.handler(name))  # type: ignore[arg-type]

    assert name in names(account)
