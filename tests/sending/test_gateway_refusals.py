"""What Twilio refuses, or does not answer as itself, as the gateway's errors: code, advice, what is unknown."""

import socket
import threading
from typing import Any

import pytest

from tests.sending.conftest import (
    ACCOUNT_SID,
    MESSAGE_SID,
    RECORD,
    TOKEN,
    Answer,
    Far,
    create,
    refused,
)
from twilio_nb.errors import GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret


def test_a_refusal_says_what_twilio_said_and_what_to_do(gateway: Gateway, far: Far) -> None:
    far.will_answer(refused(21610, "Attempt to send to unsubscribed recipient"))

    with pytest.raises(GatewayError) as caught:
        create(gateway)

    error = caught.value
    assert (error.status, error.code, error.unknown) == (400, 21610, False)
    assert error.more_info == "https://www.twilio.com/docs/api/errors/21610"
    assert "Attempt to send to unsubscribed recipient" in str(error)
    assert "START" in str(error)
    assert "\x1b" not in str(error)


def test_a_list_that_is_refused_keeps_status_and_code(gateway: Gateway, far: Far) -> None:
    far.will_answer(refused(20003, "Authenticate", 401))

    with pytest.raises(GatewayError, match="Authenticate") as caught:
        gateway.messages()

    assert (caught.value.status, caught.value.code) == (401, 20003)


@pytest.mark.parametrize(
    "odd", [{"status": "400"}, {"code": "x"}, {"detail": 5}, {"detail": None, "title": []}]
)
def test_problem_details_of_odd_types_are_errors_of_ours(
    gateway: Gateway, far: Far, odd: dict[str, Any]
) -> None:
    far.will_answer(Answer(400, {"type": "x", "title": "Bad", "status": 400, "code": 21211} | odd))

    with pytest.raises(GatewayError):
        create(gateway)


def test_problem_details_are_understood(gateway: Gateway, far: Far) -> None:
    problem = {"type": "https://x", "title": "Bad", "status": 400, "code": 21211, "detail": "No such number"}
    far.will_answer(Answer(400, problem))

    with pytest.raises(GatewayError, match="No such number") as caught:
        create(gateway)

    assert (caught.value.status, caught.value.code) == (400, 21211)


def test_an_error_without_json_still_gets_its_advice(gateway: Gateway, far: Far) -> None:
    far.will_answer(Answer(401, b"<html>no</html>"))

    with pytest.raises(GatewayError, match="token was not rotated") as caught:
        gateway.message(MESSAGE_SID)

    assert (caught.value.status, caught.value.code) == (401, None)


def test_too_many_requests_are_repeated_because_twilio_processed_none(gateway: Gateway, far: Far) -> None:
    busy = refused(20429, "Too many requests", 429)
    far.will_answer(busy, busy, Answer(201, RECORD))

    assert create(gateway)["sid"] == MESSAGE_SID
    assert len(far.asked) == 3


def test_the_repetitions_end(gateway: Gateway, far: Far) -> None:
    far.will_answer(refused(20429, "Too many requests", 429))

    with pytest.raises(GatewayError, match="safe to try again") as caught:
        create(gateway)

    assert (len(far.asked), caught.value.unknown) == (4, False)


def test_a_server_error_on_a_create_is_not_repeated_and_its_outcome_unknown(
    gateway: Gateway, far: Far
) -> None:
    far.will_answer(Answer(503, {"message": "Service unavailable", "status": 503}))

    with pytest.raises(GatewayError, match="before sending again") as caught:
        create(gateway)

    assert (len(far.asked), caught.value.status, caught.value.unknown) == (1, 503, True)


def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(far: Far) -> None:
    gave_up = threading.Event()
    far.will_answer(Answer(201, RECORD, before=lambda: gave_up.wait(10)))
    gateway = Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=far.url, timeout=0.2)

    with pytest.raises(GatewayError, match=r"no answer within 0\.2 s.*before sending again") as caught:
        create(gateway)
    gave_up.set()

    assert (len(far.asked), caught.value.status, caught.value.unknown) == (1, None, True)


def test_a_connection_that_breaks_off_leaves_the_outcome_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(100)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        with pytest.raises(GatewayError, match="broke off") as caught:
            create(Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=url))
        thread.join()

    assert caught.value.unknown


def test_a_connection_never_made_sent_nothing(gateway: Gateway, far: Far) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(GatewayError, match="nothing was sent") as caught:
        create(Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=url))

    assert not caught.value.unknown


@pytest.mark.parametrize("body", [b"<html>Welcome to this hotel's WLAN</html>", [1, 2], b""])
def test_a_success_that_is_not_twilios_is_an_error(gateway: Gateway, far: Far, body: object) -> None:
    far.will_answer(Answer(200, body))

    for ask in (gateway.account, gateway.messages):
        with pytest.raises(GatewayError, match="not Twilio's") as caught:
            ask()
        assert not caught.value.unknown
    with pytest.raises(GatewayError, match="not Twilio's") as caught:
        create(gateway)
    assert caught.value.unknown


@pytest.mark.parametrize("unexpected", [{}, {"messages": None, "x": 1}, {"error": "odd"}])
def test_a_list_of_an_unknown_shape_is_an_error_of_ours(
    gateway: Gateway, far: Far, unexpected: object
) -> None:
    far.will_answer(Answer(200, unexpected))

    with pytest.raises(GatewayError):
        gateway.messages()
