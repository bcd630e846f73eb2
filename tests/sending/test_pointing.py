"""Where texts go, and pointing them here: what decides is the application, then the service, then the number."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, starter
from tests.sandbox.test_services import make
from tests.sending.conftest import Answer, Far
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.pointing import Route, point, routes


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start()


def only(found: list[Route]) -> Route:
    [route] = found
    return route


def application(sandbox: Sandbox, **settings: Any) -> str:
    """Give an application the first number; return its SID."""
    sid = str(sandbox.client().applications.create(friendly_name="App", **settings).sid)
    sandbox.answer_at("http://127.0.0.1:9/own", SmsApplicationSid=sid)
    return sid


def test_without_application_and_service_the_number_decides(at: Gateway, sandbox: Sandbox) -> None:
    sandbox.answer_at("http://127.0.0.1:9/own")

    route = only(routes(at, sandbox.number))

    assert (route.through, route.url, route.numbers) == (
        "number",
        "http://127.0.0.1:9/own",
        (sandbox.number,),
    )
    assert route.place == f"the number {sandbox.number}"


def test_a_service_decides_for_all_of_its_numbers_at_once(at: Gateway, sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number, sandbox.second_number, inbound_request_url="http://127.0.0.1:9/s")

    by_service, by_number = only(routes(at, service)), only(routes(at, sandbox.number))

    assert (by_service.through, by_service.url, by_service.place) == (
        "service",
        "http://127.0.0.1:9/s",
        "the Messaging Service 'Shop'",
    )
    assert set(by_service.numbers) == {sandbox.number, sandbox.second_number}
    assert by_number.numbers == (sandbox.number,)


def test_a_service_that_defers_leaves_it_to_each_of_its_numbers(at: Gateway, sandbox: Sandbox) -> None:
    service = make(sandbox, sandbox.number, sandbox.second_number, use_inbound_webhook_on_number=True)

    assert sorted((route.through, route.name) for route in routes(at, service)) == sorted(
        [("number", sandbox.number), ("number", sandbox.second_number)]
    )


def test_a_service_without_an_address_receives_nothing(at: Gateway, sandbox: Sandbox) -> None:
    sandbox.answer_at("http://127.0.0.1:9/own")
    make(sandbox, sandbox.number)

    assert only(routes(at, sandbox.number)).url is None


def test_an_application_hides_service_and_number(at: Gateway, sandbox: Sandbox) -> None:
    make(sandbox, sandbox.number, inbound_request_url="http://127.0.0.1:9/s")
    application(sandbox, sms_url="http://127.0.0.1:9/app")

    route = only(routes(at, sandbox.number))

    assert (route.through, route.url, route.place) == (
        "application",
        "http://127.0.0.1:9/app",
        "the TwiML application 'App'",
    )


@pytest.mark.parametrize("sender", [None, "72645", "MyCafe", "whatsapp:+14155238886", "MG" + "0" * 32])
def test_of_what_the_api_does_not_tell_nothing_is_said(
    at: Gateway, sandbox: Sandbox, sender: str | None
) -> None:
    assert routes(at, sender) == []  # this account has two numbers, of which none is chosen


@pytest.mark.parametrize("through", ["number", "service", "silent service", "application"])
def test_after_pointing_texts_arrive_at_the_new_address(
    at: Gateway, sandbox: Sandbox, far: Far, through: str
) -> None:
    sandbox.answer_at("http://127.0.0.1:9/own")
    if through == "service":
        make(sandbox, sandbox.number, inbound_request_url="http://127.0.0.1:9/s", inbound_method="GET")
    elif through == "silent service":
        make(sandbox, sandbox.number)
    elif through == "application":
        application(sandbox, sms_url="http://127.0.0.1:9/app", sms_method="GET")

    far.will_answer(Answer())
    point(at, only(routes(at, sandbox.number)), f"{far.url}/here#rc=2")
    sandbox.text("Hello")

    assert [(call.method, call.path) for call in far.asked] == [("POST", "/here")]
    assert only(routes(at, sandbox.number)).url == f"{far.url}/here#rc=2"


def test_a_deleted_application_is_taken_off_and_the_number_pointed(
    at: Gateway, sandbox: Sandbox, far: Far
) -> None:
    assert sandbox.client().applications(application(sandbox)).delete()
    route = only(routes(at, sandbox.number))
    assert route.is_missing

    far.will_answer(Answer())
    point(at, route, far.url)
    sandbox.text("Hello")

    assert len(far.asked) == 1
    assert only(routes(at, sandbox.number)).through == "number"
