"""A sandbox account in this process, with a receiver of its own, and a service as at Twilio beside it."""

import secrets
import time
from collections.abc import Callable, Iterator

import pytest

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage.mongod import Mongod


@pytest.fixture(scope="module")
def account(mongod: Mongod) -> Iterator[SandboxAccount]:
    """A simulated account that the module's tests share."""
    opened = twilio_nb.sandbox(f"tests-{secrets.token_hex(3)}")
    yield opened
    opened.close()
    host = Host.running()
    if host is not None:
        host.close()


@pytest.fixture
def own(mongod: Mongod) -> Iterator[SandboxAccount]:
    """An account of the test's own: a number is in one Messaging Service at most."""
    with twilio_nb.sandbox(f"own-{secrets.token_hex(3)}") as opened:
        yield opened


@pytest.fixture
def service(account: SandboxAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service as one at Twilio: stored, its token in the environment, with no public address.

    What stands for Twilio is the simulated account's API.
    """
    name = f"service-{secrets.token_hex(3)}"
    variable = f"TWILIO_NB_SECRET_{name.upper().replace('-', '_')}"
    monkeypatch.setenv(variable, account.service.token.reveal())
    monkeypatch.setenv("TWILIO_NB_DATABASE", f"test_{secrets.token_hex(4)}")
    definition = account.service.definition
    opened = twilio_nb.connect(
        name, account_sid=definition.account_sid, api_url=definition.api_url, sender=account.numbers[0]
    )
    yield opened
    opened.database.drop()
    opened.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that other processes bring about."""

    def wait(happened: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < deadline, f"did not happen within {seconds} s"
            time.sleep(0.02)

    return wait
