"""A REST API that is slow, refuses, fails, hangs or hangs up, through the library and through plain HTTP."""

import contextlib
import time
from threading import Thread
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.conftest import Sandbox

Order = dict[str, Any]


def tell(sandbox: Sandbox, **order: Any) -> tuple[int, Any]:
    return sandbox.control("POST", "/sandbox/behaviour", **order)


def send(sandbox: Sandbox, body: str = "Hi", timeout: float = 0.3) -> requests.Response:
    return requests.post(
        f"{sandbox.url}/2010-04-01/Accounts/{sandbox.sid}/Messages.json",
        data={"To": sandbox.phone, "From": sandbox.number, "Body": body},
        auth=(sandbox.sid, sandbox.token),
        timeout=timeout,
    )


def bodies(sandbox: Sandbox) -> list[str]:
    return [message["body"] for message in sandbox.get("Messages.json")["messages"]]


def test_too_many_requests_are_refused_and_had_no_effect(sandbox: Sandbox) -> None:
    tell(sandbox, fault="429", seconds=2.5, times=2)
    for _ in range(2):
        answer = send(sandbox)
        assert answer.status_code == 429
        assert answer.json() == {
            "code": 20429,
            "message": "Too Many Requests",
            "more_info": "https://www.twilio.com/docs/errors/20429",
            "status": 429,
        }
        assert answer.headers["Retry-After"] == "3"
        assert int(answer.headers["Twilio-Concurrent-Requests"]) > 100
    assert bodies(sandbox) == []
    assert send(sandbox).status_code == 201


@pytest.mark.parametrize("after", [False, True])
def test_a_failure_tells_nothing_of_its_effect(sandbox: Sandbox, after: bool) -> None:
    tell(sandbox, fault="500", after=after)
    answer = send(sandbox, "Did it?")
    assert (answer.status_code, answer.json()["code"]) == (500, 20500)
    assert bodies(sandbox) == (["Did it?"] if after else [])
    assert send(sandbox).status_code == 201


@pytest.mark.parametrize("after", [False, True])
def test_a_request_that_hangs_is_never_answered(sandbox: Sandbox, after: bool) -> None:
    tell(sandbox, fault="hang", after=after)
    with pytest.raises(requests.ReadTimeout):
        send(sandbox, "Did it?")
    assert bodies(sandbox) == (["Did it?"] if after else [])
    assert send(sandbox).status_code == 201


def test_a_sandbox_ends_while_a_request_hangs(sandbox: Sandbox) -> None:
    tell(sandbox, fault="hang")

    def wait() -> None:
        with contextlib.suppress(requests.ConnectionError):
            send(sandbox, timeout=20)

    waiting = Thread(target=wait)
    waiting.start()
    while sandbox.get("/sandbox/behaviour")["fault"]:
        time.sleep(0.01)
    sandbox.stop()
    waiting.join()
    assert sandbox.process.returncode == 0


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_that_closes_brings_no_answer(sandbox: Sandbox, after: bool) -> None:
    tell(sandbox, fault="close", after=after)
    with pytest.raises(requests.ConnectionError, match="without response"):
        send(sandbox, "Did it?")
    assert bodies(sandbox) == (["Did it?"] if after else [])
    assert send(sandbox).status_code == 201


@pytest.mark.parametrize("after", [False, True])
def test_a_slow_answer_comes_whole(sandbox: Sandbox, after: bool) -> None:
    tell(sandbox, fault="slow", seconds=0.5, after=after)
    with pytest.raises(requests.ReadTimeout):
        send(sandbox, "Slow", timeout=0.1)
    assert bodies(sandbox) == (["Slow"] if after else [])
    tell(sandbox, fault="slow", seconds=0.2, after=after)
    started = time.monotonic()
    answer = send(sandbox, "Slow", timeout=10)
    assert time.monotonic() - started > 0.2
    assert (answer.status_code, answer.json()["body"]) == (201, "Slow")


def test_the_library_raises_what_was_told(sandbox: Sandbox) -> None:
    messages = sandbox.client().messages
    for fault, status, code in [("429", 429, 20429), ("500", 500, 20500)]:
        tell(sandbox, fault=fault)
        with pytest.raises(TwilioRestException) as caught:
            messages.create(to=sandbox.phone, from_=sandbox.number, body="Hi")
        assert (caught.value.status, caught.value.code) == (status, code)
    tell(sandbox, fault="close", after=True)
    with pytest.raises(requests.ConnectionError):
        messages.create(to=sandbox.phone, from_=sandbox.number, body="Did it?")
    assert [message.body for message in messages.list()] == ["Did it?"]


def test_other_requests_are_spared_unless_told(sandbox: Sandbox) -> None:
    tell(sandbox, fault="500", times=None)
    assert sandbox.request("GET", "Messages.json")[0] == 200
    assert [send(sandbox).status_code for _ in range(3)] == [500] * 3
    tell(sandbox, fault="500", times=None, sends=False)
    assert sandbox.request("GET", "Messages.json")[0] == 500
    assert send(sandbox).status_code == 500
    sandbox.request("DELETE", "/sandbox/behaviour")
    assert sandbox.request("GET", "Messages.json")[0] == 200
    assert send(sandbox).status_code == 201


def test_an_order_takes_the_place_of_the_one_before(sandbox: Sandbox) -> None:
    tell(sandbox, fault="500", times=None)
    assert tell(sandbox, fault="429") == (
        200,
        {"fault": "429", "after": False, "seconds": 1.0, "times": 1, "sends": True},
    )
    assert [send(sandbox).status_code for _ in range(2)] == [429, 201]


def test_what_is_left_of_the_orders_can_be_seen(sandbox: Sandbox) -> None:
    assert sandbox.get("/sandbox/behaviour") == {"fault": None, "deliveries": []}
    tell(sandbox, fault="500", after=True, times=3)
    sandbox.control("POST", "/sandbox/deliveries", to=sandbox.phone, error_code=30003, times=5)
    send(sandbox)
    assert sandbox.get("/sandbox/behaviour") == {
        "fault": {"fault": "500", "after": True, "seconds": 1.0, "times": 2, "sends": True},
        "deliveries": [
            {
                "to": sandbox.phone,
                "times": 4,
                "status": "undelivered",
                "error_code": 30003,
                "callbacks": "in order",
            }
        ],
    }


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"fault": "tired"},
        {"fault": "429", "after": True},
        {"fault": "slow", "seconds": -1},
        {"fault": "slow", "seconds": "1"},
        {"fault": "slow", "seconds": 1e9},
        {"fault": "500", "times": 0},
        {"fault": "500", "times": True},
        {"fault": "500", "after": "yes"},
        {"fault": "500", "sends": None},
        {"fault": ["500"]},
        {"fault": "500", "when": "now"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(sandbox_of_module: Sandbox, order: Order) -> None:
    status, error = tell(sandbox_of_module, **order)
    assert (status, error["code"]) == (400, 20001)
    assert "fault is one of slow, 429, 500, hang, close" in error["message"]
    assert send(sandbox_of_module).status_code == 201


def test_the_controls_ask_for_the_accounts_credentials(sandbox_of_module: Sandbox) -> None:
    for method, path in [
        ("POST", "/sandbox/behaviour"),
        ("DELETE", "/sandbox/behaviour"),
        ("POST", "/sandbox/deliveries"),
    ]:
        status, error, _ = sandbox_of_module.request(
            method, path, data=b'{"fault": "500"}', credentials=(sandbox_of_module.sid, "0" * 32)
        )
        assert (status, error["code"]) == (401, 20003)
