"""The gateway against a simulated account that misbehaves: what it repeats, and what it leaves open."""

from collections.abc import Iterator

import pytest

from tests.numbers import number
from tests.sandbox.conftest import Sandbox, starter
from twilio_nb.errors import GatewayError
from twilio_nb.sending import transport
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start()


@pytest.fixture
def at(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setattr(transport, "PAUSES", (0.01, 0.01, 0.01))
    yield Gateway(sandbox.sid, Secret(sandbox.token), api_url=sandbox.url, timeout=0.5)
    assert sandbox.request("DELETE", "/sandbox/behaviour")[0] == 204


def tell(sandbox: Sandbox, **order: object) -> None:
    assert sandbox.control("POST", "/sandbox/behaviour", **order)[0] == 200


def test_what_was_refused_for_haste_is_sent_once(at: Gateway, sandbox: Sandbox) -> None:
    tell(sandbox, fault="429", times=2, seconds=0)

    to = number()
    sent = at.create_message(to=to, from_=sandbox.number, body="Hi")

    assert [record["sid"] for record in at.messages(to=to)] == [sent["sid"]]


def test_haste_without_end_is_reported(at: Gateway, sandbox: Sandbox) -> None:
    tell(sandbox, fault="429", times=None)

    with pytest.raises(GatewayError) as caught:
        at.create_message(to="+15558675321", from_=sandbox.number, body="Hi")

    assert (caught.value.status, caught.value.code, caught.value.unknown) == (429, 20429, False)


def test_a_slow_answer_in_time_is_an_answer(at: Gateway, sandbox: Sandbox) -> None:
    tell(sandbox, fault="slow", seconds=0.2)

    assert at.create_message(to="+15558675322", from_=sandbox.number, body="Hi")["status"] == "queued"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fault", ["500", "hang", "close"])
def test_an_outcome_that_nobody_can_know_is_said_to_be_unknown(
    at: Gateway, sandbox: Sandbox, fault: str, after: bool
) -> None:
    to = number()
    tell(sandbox, fault=fault, after=after)

    with pytest.raises(GatewayError) as caught:
        at.create_message(to=to, from_=sandbox.number, body="Did it?")

    assert caught.value.unknown
    assert len(at.messages(to=to)) == after


def test_reading_that_fails_leaves_nothing_unknown(at: Gateway, sandbox: Sandbox) -> None:
    tell(sandbox, fault="close", sends=False)

    with pytest.raises(GatewayError) as caught:
        at.messages()

    assert not caught.value.unknown
