"""The gateway against the simulated account: what both know of Twilio fits together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.numbers import number
from tests.sandbox.conftest import Sandbox, starter
from twilio_nb.errors import GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret

TO = "+15558675309"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start()


def test_a_message_is_sent_read_listed_and_deleted(at: Gateway, sandbox: Sandbox) -> None:
    sent = at.create_message(
        to=TO, from_=sandbox.number, body="Hello 👋", media_url=["https://a.example/1.png"]
    )

    assert (sent["to"], sent["from"], sent["body"]) == (TO, sandbox.number, "Hello 👋")
    assert (sent["num_media"], sent["direction"], sent["error_code"]) == (1, "outbound-api", None)
    assert abs(datetime.now(UTC) - sent["date_created"]) < timedelta(minutes=1)
    assert at.message(sent["sid"])["sid"] == sent["sid"]
    assert sent["sid"] in [record["sid"] for record in at.messages(to=TO, from_=sandbox.number)]

    at.delete_message(sent["sid"])

    with pytest.raises(GatewayError) as caught:
        at.message(sent["sid"])
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_pages_and_filters_bring_just_what_was_asked(at: Gateway, sandbox: Sandbox) -> None:
    to = number()
    sids = [at.create_message(to=to, from_=sandbox.number, body=str(n))["sid"] for n in range(7)]
    an_hour = timedelta(hours=1)

    assert sorted(record["sid"] for record in at.messages(to=to)) == sorted(sids)
    assert len(at.messages(to=to, limit=3)) == 3
    assert at.messages(to=to, date_sent_after=datetime.now(UTC) + an_hour) == []
    assert at.messages(to=number()) == []


def test_account_and_numbers_are_read_and_a_number_pointed(at: Gateway, sandbox: Sandbox) -> None:
    assert (at.account()["sid"], at.account()["status"]) == (sandbox.sid, "active")
    assert sandbox.token not in repr(at.account())
    number = next(number for number in at.numbers() if number["phone_number"] == sandbox.second_number)

    at.update_number(number["sid"], sms_url="http://127.0.0.1:9/x#rc=2")

    assert [one["sms_url"] for one in at.numbers() if one["sid"] == number["sid"]] == [
        "http://127.0.0.1:9/x#rc=2"
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550004"}, 21610),
        ({"from_": "+15005550007"}, 21606),
        ({"body": None}, 21602),
        ({"body": "x" * 1601}, 21617),
    ],
)
def test_a_refusal_keeps_twilios_code(
    at: Gateway, sandbox: Sandbox, fields: dict[str, str], code: int
) -> None:  # SND-06
    wanted = {"to": TO, "from_": sandbox.number, "body": "Hello", **fields}

    with pytest.raises(GatewayError) as caught:
        at.create_message(**wanted)

    assert (caught.value.status, caught.value.code, caught.value.unknown) == (400, code, False)


def test_a_wrong_token_is_refused_everywhere(sandbox: Sandbox) -> None:
    stranger = Gateway(sandbox.sid, Secret("0" * 32), api_url=sandbox.url)

    for ask in (stranger.account, stranger.messages, lambda: stranger.create_message(to=TO, body="x")):
        with pytest.raises(GatewayError) as caught:
            ask()
        assert (caught.value.status, caught.value.code) == (401, 20003)
