"""No exchange with Twilio lasts for ever, and nothing leaves after its caller has given up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from tests.sending.conftest import ACCOUNT_SID, MESSAGE_SID, RECORD, TOKEN, Answer, Far
from twilio_nb.errors import GatewayError
from twilio_nb.sending.deadline import Deadline, DeadlineAdapter
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.transport import never_connected
from twilio_nb.storage.secrets import Secret

TO, SENDER = "+15558675309", "+15005550006"
BEGINNING = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"


@contextmanager
def trickling(first: bytes) -> Iterator[str]:
    """A server that answers at once with `first`, and then with a byte every tenth of a second, for ever."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(first)
                while not over.wait(0.1):
                    connection.sendall(b"x")
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"", id="nothing but a byte now and then"),
        pytest.param(BEGINNING + b"X-Slow: ", id="a header without an end"),
        pytest.param(BEGINNING + b"Content-Length: 100000\r\n\r\n", id="a body a byte at a time"),
        pytest.param(BEGINNING + b"\r\n", id="a body without an end"),
    ],
)
def test_an_answer_that_trickles_in_ends_with_the_time_for_the_whole(first: bytes) -> None:
    with trickling(first) as url:
        gateway = Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=url, timeout=0.7)
        began = time.monotonic()

        with pytest.raises(GatewayError, match=r"no answer within 0\.7 s") as caught:
            gateway.create_message(to=TO, from_=SENDER, body="Hello")

        assert caught.value.unknown
        assert time.monotonic() - began < 5
        with pytest.raises(GatewayError, match=r"within 0\.7 s.*Try again"):
            gateway.messages(to=TO)


def test_a_connection_that_was_kept_is_limited_too(far: Far) -> None:
    gave_up = threading.Event()
    far.will_answer(Answer(201, RECORD), Answer(201, RECORD, before=lambda: gave_up.wait(10)))
    gateway = Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=far.url, timeout=0.5)
    gateway.create_message(to=TO, from_=SENDER, body="Hello")

    with pytest.raises(GatewayError, match=r"within 0\.5 s"):
        gateway.create_message(to=TO, from_=SENDER, body="Hello")
    gave_up.set()


@pytest.mark.parametrize("kept", [False, True])
def test_what_was_not_sent_when_the_time_is_up_is_never_sent(far: Far, kept: bool) -> None:
    far.will_answer(Answer(201, RECORD))
    session = requests.Session()
    session.mount("http://", DeadlineAdapter())
    if kept:
        session.post(far.url, data={"Body": "first"}, timeout=5)

    with Deadline(0.01) as deadline:
        while not deadline.is_over:
            time.sleep(0.01)
        with pytest.raises(requests.RequestException) as caught:
            session.post(far.url, data={"Body": "late"}, timeout=5)

    assert never_connected(caught.value)
    assert [("Body", "late")] not in [asked.form for asked in far.asked]


def busy(**headers: str) -> Answer:
    said = {"code": 20429, "message": "Too many requests", "status": 429}
    return Answer(429, said, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda: "1", id="in seconds"),
        pytest.param(lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True), id="until"),
    ],
)  # fmt: skip
def test_twilio_is_given_the_time_it_asks_for(gateway: Gateway, far: Far, asked: Callable[[], str]) -> None:
    far.will_answer(busy(Retry_After=asked()), Answer(201, RECORD))
    began = time.monotonic()

    gateway.create_message(to=TO, from_=SENDER, body="Hello")

    assert 0.9 <= time.monotonic() - began < 5
    assert len(far.asked) == 2


def test_a_longer_wait_than_there_is_time_for_is_left_to_the_person(gateway: Gateway, far: Far) -> None:
    far.will_answer(busy(Retry_After="60", Twilio_Concurrent_Requests="112"))
    began = time.monotonic()

    with pytest.raises(
        GatewayError, match=r"counted 112 at the same time\. It asks to wait 60 s\."
    ) as caught:
        gateway.create_message(to=TO, from_=SENDER, body="Hello")

    assert time.monotonic() - began < 5
    assert (len(far.asked), caught.value.unknown, caught.value.code) == (1, False, 20429)


@pytest.mark.parametrize("nonsense", ["soon", "-1", "²", ""])
def test_a_wait_that_is_none_is_passed_over(gateway: Gateway, far: Far, nonsense: str) -> None:
    far.will_answer(busy(Retry_After=nonsense.encode().decode("latin-1")), Answer(201, RECORD))

    assert gateway.create_message(to=TO, from_=SENDER, body="Hello")["sid"] == MESSAGE_SID
