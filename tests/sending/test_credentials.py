"""What the gateway shows to Twilio: a token, the next one while they are rotated, an API key's secret."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, starter
from tests.sending.conftest import ACCOUNT_SID, RECORD, Answer, Far
from twilio_nb.errors import GatewayError, SecretNotFound
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret

OLD, NEW = Secret("0" * 32), Secret("1" * 32)
REFUSED = Answer(401, {"code": 20003, "message": "Authenticate", "status": 401})


class Account:
    """An account whose token changes during the test."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.token = sandbox, sandbox.token
        self.to = f"+1555867{secrets.randbelow(10_000):04d}"

    def ask(self, method: str, path: str) -> Any:
        status, answer, _ = self.sandbox.request(
            method, path, data=b"" if method == "POST" else None, credentials=(self.sandbox.sid, self.token)
        )
        assert status < 300
        return answer

    def promote(self) -> None:
        self.token = self.ask("POST", "/v1/AuthTokens/Promote")["auth_token"]

    def gateway(self, token: str, *renewed: str) -> Gateway:
        tokens = tuple(map(Secret, renewed))
        return Gateway(self.sandbox.sid, Secret(token), renewed=lambda: tokens, api_url=self.sandbox.url)

    def send(self, gateway: Gateway) -> dict[str, Any]:
        return gateway.create_message(to=self.to, from_=self.sandbox.number, body="Hello")


@pytest.fixture
def account(tmp_path: Any) -> Iterator[Account]:
    with starter(tmp_path) as start:
        yield Account(start())


def test_a_rotation_from_its_beginning_to_its_end_interrupts_nobody(account: Account) -> None:
    old = account.token
    new = account.ask("POST", "/v1/AuthTokens/Secondary")["secondary_auth_token"]
    rotating = account.gateway(old, old, new)
    account.send(rotating)
    account.send(account.gateway(new))  # valid already

    account.promote()

    account.send(rotating)
    account.send(rotating)
    with pytest.raises(GatewayError) as caught:
        account.send(account.gateway(old))
    assert (caught.value.status, caught.value.code) == (401, 20003)
    assert len(rotating.messages(to=account.to)) == 4


def test_a_rotated_token_and_a_key_survive_a_restart_of_the_sandbox(tmp_path: Any) -> None:
    with starter(tmp_path) as start:
        account = Account(start())
        key = account.ask("POST", f"/2010-04-01/Accounts/{account.sandbox.sid}/Keys.json")
        account.ask("POST", "/v1/AuthTokens/Secondary")
        account.promote()
        account.sandbox.stop()
        again = start()

        assert again.token == account.token
        gateway = Gateway(again.sid, Secret(key["secret"]), api_key=key["sid"], api_url=again.url)
        assert gateway.messages() == []


def test_an_api_key_sends_and_lists_for_its_account_and_sees_no_more(account: Account) -> None:
    key = account.ask("POST", f"/2010-04-01/Accounts/{account.sandbox.sid}/Keys.json")
    gateway = Gateway(
        account.sandbox.sid, Secret(key["secret"]), api_key=key["sid"], api_url=account.sandbox.url
    )

    sent = account.send(gateway)

    assert sent["account_sid"] == account.sandbox.sid
    assert [one["sid"] for one in gateway.messages(to=account.to)] == [sent["sid"]]
    assert len(gateway.numbers()) == 2
    with pytest.raises(GatewayError) as caught:
        gateway.account()
    assert caught.value.status == 401


def at(far: Far, *renewed: Secret) -> Gateway:
    return Gateway(ACCOUNT_SID, OLD, renewed=lambda: renewed, api_url=far.url)


def test_the_token_that_worked_is_the_first_to_be_tried_from_then_on(far: Far) -> None:
    far.will_answer(REFUSED, Answer(body=RECORD))
    gateway = at(far, OLD, NEW)

    for _ in range(3):
        gateway.message(RECORD["sid"])

    shown = [asked.headers["Authorization"] for asked in far.asked]
    assert len(shown) == 4
    assert len(set(shown[1:])) == 1


def test_each_token_is_tried_once(far: Far) -> None:
    far.will_answer(REFUSED)
    gateway = at(far, OLD, NEW)

    for _ in range(2):
        with pytest.raises(GatewayError, match="token was not rotated"):
            gateway.create_message(to="+15558675309", from_="+15005550006", body="Hello")

    assert len(far.asked) == 4  # with each, in each of the two calls


def test_a_token_that_is_kept_nowhere_any_more_changes_nothing_about_the_refusal(far: Far) -> None:
    def gone() -> tuple[Secret, ...]:
        message = "No value"
        raise SecretNotFound(message)

    far.will_answer(REFUSED)
    gateway = Gateway(ACCOUNT_SID, OLD, renewed=gone, api_url=far.url)

    with pytest.raises(GatewayError) as caught:
        gateway.messages()

    assert caught.value.code == 20003
