"""Refusals that say what the person can use instead, in texts sent through the whole outbox."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, starter
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.outbox import Outbox
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret

Refused = Callable[..., GatewayError]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start()


@pytest.fixture
def refused(database: Database, sandbox: Sandbox) -> Refused:
    definition = ServiceDefinition("hotline", sandbox.sid, sender=sandbox.number)
    Registry(database).save_service(definition)
    gateway = Gateway(sandbox.sid, Secret(sandbox.token), api_url=sandbox.url)
    outbox = Outbox(definition, database, lambda: gateway, lambda: None)

    def send(to: str = "+15558675309", body: str = "Hello", from_: str | None = None) -> GatewayError:
        with pytest.raises(GatewayError) as caught:
            outbox.send(outbox.checked(to, body, from_, None), once="key")
        return caught.value

    return send


def test_a_sender_that_is_none_of_the_accounts_is_answered_with_those_that_are(
    refused: Refused, sandbox: Sandbox
) -> None:
    error = refused(from_="+15005550007")

    assert error.code == 21606
    assert f"Numbers of this account that can: {sandbox.number}, {sandbox.second_number}." in str(error)


def test_a_text_that_is_too_long_is_offered_in_parts(refused: Refused) -> None:
    error = refused(body="Seventeen letters. " * 200)

    assert error.code == 21617
    assert "has 3,800 characters and would go in 3 parts" in str(error)
    assert "textwrap.wrap(text, 1600" in str(error)
    assert "Seventeen" not in str(error)


def test_a_country_that_is_not_allowed_is_named(refused: Refused) -> None:
    assert "Allow United States (+1)" in str(refused(to="+15005550003"))


def test_a_refused_text_may_be_sent_with_its_key_again(refused: Refused) -> None:
    codes: list[Any] = [refused(to="+15005550004").code for _ in range(2)]

    assert codes == [21610, 21610]
