"""Secrets of services in a running notebook: kept, rotated, and keys that send only."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from twilio.request_validator import RequestValidator

import twilio_nb
from tests import planted
from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage import safe

PUBLIC = "https://jupyter.example.org/"


@pytest.fixture
def rotating(account: SandboxAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Service]]:
    """Make a service whose secret is kept in the file, as one that `secrets.set` rotates."""
    monkeypatch.setenv("TWILIO_NB_DATABASE", f"test_{secrets.token_hex(4)}")
    opened: list[Service] = []

    def make(name: str, **options: Any) -> Service:
        definition = account.service.definition
        service = twilio_nb.connect(
            name, account_sid=definition.account_sid, api_url=definition.api_url, sender=account.numbers[0],
            **options,
        )  # fmt: skip
        opened.append(service)
        return service

    yield make
    for service in opened:
        service.database.drop()
        service.close()


def taken(name: str, token: str) -> int:
    """Post a text as Twilio would, signed with a token; return the answer's status."""
    host = Host.running()
    assert host is not None
    assert host.addresses is not None
    path = f"twilio/service/{name}/incoming_webhook/inbox"
    form = {
        "MessageSid": f"SM{secrets.token_hex(16)}", "AccountSid": "AC" + "0" * 32,
        "From": "+15558675309", "To": "+15550100001", "Body": "Hello",
    }  # fmt: skip
    signature = RequestValidator(token).compute_signature(f"{PUBLIC}{path}", form)
    answer = requests.post(
        f"{host.addresses.loopback}{path}", data=form, headers={"X-Twilio-Signature": signature}, timeout=10
    )
    return answer.status_code


def test_during_a_rotation_texts_signed_with_either_token_are_taken(rotating: Callable[..., Service]) -> None:
    name, old, new = f"rotates-{secrets.token_hex(3)}", planted.token(), planted.token()
    twilio_nb.secrets.set(name, old)
    rotating(name, public_url=PUBLIC).receive()
    assert (taken(name, old), taken(name, new)) == (200, 403)

    said = twilio_nb.secrets.set(name, new, next=True)

    assert (taken(name, old), taken(name, new)) == (200, 200)
    assert "until twilio_nb.secrets.set" in str(said)
    assert new not in str(said)


def test_connecting_again_hands_a_token_that_came_from_elsewhere_to_the_receiver(
    rotating: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, old, new = f"again-{secrets.token_hex(3)}", planted.token(), planted.token()
    variable = f"TWILIO_NB_SECRET_{name.upper().replace('-', '_')}"
    monkeypatch.setenv(variable, old)
    rotating(name, public_url=PUBLIC).receive()
    monkeypatch.setenv(variable, new)
    assert taken(name, new) == 403

    rotating(name)

    assert taken(name, new) == 200
    assert taken(name, old) == 403


def test_a_running_service_sends_with_the_secret_that_was_set_last(
    rotating: Callable[..., Service], account: SandboxAccount
) -> None:
    name = f"resets-{secrets.token_hex(3)}"
    twilio_nb.secrets.set(name, "0" * 32)
    service = rotating(name)
    assert service.check()[1].state == "problem"

    twilio_nb.secrets.set(name, account.service.token.reveal())

    assert service.check()[1].state == "ok"


def test_the_token_that_was_kept_by_another_notebook_is_found_when_the_old_one_is_refused(
    rotating: Callable[..., Service], account: SandboxAccount
) -> None:
    name = f"finds-{secrets.token_hex(3)}"
    safe.keep(name, "0" * 32)
    service = rotating(name)
    assert service.gateway is not None
    safe.keep(name, account.service.token)  # elsewhere: nobody tells this notebook

    assert service.send("+15558675309", "Hello").status == "queued"


@pytest.fixture
def key(account: SandboxAccount) -> dict[str, str]:
    """An API key that the simulated account issued."""
    definition = account.service.definition
    answer = requests.post(
        f"{definition.api_url}/2010-04-01/Accounts/{definition.account_sid}/Keys.json",
        data={"FriendlyName": "for a test"},
        auth=(definition.account_sid, account.service.token.reveal()),
        timeout=10,
    )
    return dict(answer.json())


def test_a_service_with_an_api_key_sends_and_says_that_it_does_no_more(
    rotating: Callable[..., Service], account: SandboxAccount, key: dict[str, str]
) -> None:
    name = f"key-{secrets.token_hex(3)}"
    twilio_nb.secrets.set(name, key["secret"])
    service = rotating(name, api_key=key["sid"])

    sent = service.send("+15558675333", "Hello")

    assert sent.account_sid == account.service.definition.account_sid
    assert sent.refresh().sid == sent.sid
    assert [one.state for one in service.check()] == ["ok", "ok", "ok", "warning"]
    assert "Sending only" in service.check()[-1].sentence
    assert service.definition.to_document()["api_key"] == key["sid"]


def test_receiving_with_an_api_key_is_refused_wherever_it_would_begin(
    rotating: Callable[..., Service], key: dict[str, str]
) -> None:
    name = f"key-{secrets.token_hex(3)}"
    twilio_nb.secrets.set(name, key["secret"])
    service = rotating(name, api_key=key["sid"], public_url=PUBLIC)

    for begin in (
        service.receive,
        service.address,
        lambda: service.define(lambda payload: None, "answers"),
    ):
        with pytest.raises(ConfigurationError, match="verifies no signature") as caught:
            begin()
        assert key["secret"] not in str(caught.value)
    assert service.known_address() is None
    assert [row["webhook"] for row in service.webhooks()] == ["inbox"]


def test_a_service_goes_back_from_an_api_key_to_the_auth_token(
    rotating: Callable[..., Service], account: SandboxAccount, key: dict[str, str]
) -> None:
    name = f"back-{secrets.token_hex(3)}"
    twilio_nb.secrets.set(name, key["secret"])
    rotating(name, api_key=key["sid"])

    twilio_nb.secrets.set(name, account.service.token.reveal())
    service = rotating(name, api_key="")

    assert service.definition.api_key is None
    assert service.check()[1].sentence.startswith("Account SID and auth token belong together")


def test_an_api_key_in_the_place_of_the_account_is_answered_with_the_right_call(
    rotating: Callable[..., Service],
) -> None:
    sid = "SK" + "0" * 32

    with pytest.raises(ConfigurationError, match=r"account_sid='AC…', api_key='SK…'") as caught:
        twilio_nb.connect("new", account_sid=sid)

    assert sid not in str(caught.value)


@pytest.mark.parametrize("name", ["hotline_next", "hotline-NEXT"])
def test_a_name_that_would_be_taken_for_the_next_value_of_another_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="comes next in a rotation"):
        twilio_nb.secrets.set(name, "value")


def test_texts_with_a_number_are_found_in_whatever_form_it_is_written(account: SandboxAccount) -> None:
    mine = number()
    account.phone(mine).text("Hello")

    assert len(account.service.texts(with_=f"+1 ({mine[2:5]}) {mine[5:8]}-{mine[8:]}")) == 1
