"""The gateway on the real twilio library, against a real HTTP server."""

import base64
import logging
import socket
import threading
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.sending.conftest import ACCOUNT_SID, MESSAGE_SID, RECORD, TOKEN, Answer, Far
from twilio_nb.errors import ConfigurationError, GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
TO, SENDER = "+15558675309", "+15005550006"


def refused(code: int, said: str, status: int = 400) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": said, "more_info": more, "status": status})


def page(*records: dict[str, Any], **more: Any) -> Answer:
    return Answer(body={"messages": list(records), "page": 0, "page_size": 50, "next_page_uri": None, **more})


def create(gateway: Gateway, body: str = "Hello") -> dict[str, Any]:
    return gateway.create_message(to=TO, from_=SENDER, body=body)


def test_a_message_is_created_with_twilios_parameters_and_comes_back_as_a_plain_record(
    gateway: Gateway, far: Far
) -> None:
    far.will_answer(Answer(201, RECORD))

    record = gateway.create_message(
        to=TO, from_=SENDER, body="Hello", media_url=["https://a.example/1", "https://a.example/2"],
        status_callback="https://b.example/status#rc=2",
    )  # fmt: skip

    asked = far.asked[0]
    assert (asked.method, asked.path) == ("POST", MESSAGES)
    assert sorted(asked.form) == [
        ("Body", "Hello"),
        ("From", SENDER),
        ("MediaUrl", "https://a.example/1"),
        ("MediaUrl", "https://a.example/2"),
        ("StatusCallback", "https://b.example/status#rc=2"),
        ("To", TO),
    ]
    assert set(record) == set(RECORD)
    assert (record["from"], record["num_segments"], record["num_media"], record["price"]) == (
        SENDER,
        1,
        0,
        "-0.00750",
    )
    assert record["date_created"] == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert all(type(value) in (str, int, dict, datetime, type(None)) for value in record.values())


def test_the_credentials_are_the_accounts_own_whatever_the_environment_holds(
    gateway: Gateway, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "f" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "another")
    far.will_answer(Answer(201, RECORD))

    create(gateway)

    expected = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    assert far.asked[0].headers["Authorization"] == f"Basic {expected}"
    assert ACCOUNT_SID in far.asked[0].path


def test_a_proxy_in_the_environment_never_sees_what_goes_to_this_machine(
    gateway: Gateway, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    far.will_answer(Answer(201, RECORD))

    assert create(gateway)["sid"] == MESSAGE_SID


def test_a_region_of_twilios_changes_nothing_about_the_base_url(
    gateway: Gateway, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    far.will_answer(Answer(201, RECORD))

    assert create(gateway)["sid"] == MESSAGE_SID


def test_a_message_can_be_read_and_deleted(gateway: Gateway, far: Far) -> None:
    far.will_answer(Answer(body=RECORD | {"status": "delivered"}), Answer(204, b""))

    assert gateway.message(MESSAGE_SID)["status"] == "delivered"
    gateway.delete_message(MESSAGE_SID)

    assert [(asked.method, asked.path.rpartition("/")[2]) for asked in far.asked] == [
        ("GET", f"{MESSAGE_SID}.json"),
        ("DELETE", f"{MESSAGE_SID}.json"),
    ]


def test_a_list_follows_its_pages_at_the_base_url(gateway: Gateway, far: Far) -> None:
    other = RECORD | {"sid": "SM" + "c" * 32}
    far.will_answer(page(RECORD, next_page_uri=f"{MESSAGES}?PageToken=x&Page=1"), page(other))

    found = gateway.messages(to=TO)

    assert [record["sid"] for record in found] == [MESSAGE_SID, other["sid"]]
    assert far.asked[0].query == {"To": TO, "PageSize": "1000"}
    assert far.asked[1].query == {"PageToken": "x", "Page": "1"}


def test_dates_of_a_filter_are_sent_in_utc(gateway: Gateway, far: Far) -> None:
    far.will_answer(page())
    noon_in_tokyo = datetime(2026, 12, 1, 12, tzinfo=timezone(timedelta(hours=9)))

    gateway.messages(
        date_sent_after=noon_in_tokyo, date_sent_before=noon_in_tokyo + timedelta(hours=1), limit=5
    )

    assert far.asked[0].query == {
        "DateSent>": "2026-12-01T03:00:00Z",
        "DateSent<": "2026-12-01T04:00:00Z",
        "PageSize": "5",
    }


def test_a_date_without_a_time_zone_is_refused(gateway: Gateway) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        gateway.messages(date_sent_after=datetime(2026, 12, 1))  # noqa: DTZ001  # the mistake itself


def test_the_accounts_record_comes_without_its_token(gateway: Gateway, far: Far) -> None:
    far.will_answer(
        Answer(body={"sid": ACCOUNT_SID, "auth_token": TOKEN, "status": "active", "type": "Trial"})
    )

    record = gateway.account()

    assert (record["status"], record["type"]) == ("active", "Trial")
    assert TOKEN not in repr(record)


def test_numbers_are_listed_and_pointed_to_a_webhook(gateway: Gateway, far: Far) -> None:
    number: dict[str, Any] = {
        "sid": "PN" + "d" * 32,
        "phone_number": SENDER,
        "capabilities": {"sms": True},
        "sms_url": "",
    }
    far.will_answer(
        Answer(body={"incoming_phone_numbers": [number], "next_page_uri": None}),
        Answer(body=number | {"sms_url": "https://c.example/hook"}),
    )

    assert gateway.numbers()[0]["capabilities"] == {"sms": True}
    assert (
        gateway.update_number(number["sid"], sms_url="https://c.example/hook")["sms_url"]
        == "https://c.example/hook"
    )
    assert sorted(far.asked[1].form) == [("SmsMethod", "POST"), ("SmsUrl", "https://c.example/hook")]


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


def test_a_redirect_is_not_followed(gateway: Gateway, far: Far) -> None:
    far.will_answer(Answer(307, {}, {"Location": f"{far.url}/elsewhere"}))

    for ask in (lambda: create(gateway), gateway.account, gateway.messages):
        with pytest.raises(GatewayError, match="not followed"):
            ask()

    assert [asked.path.endswith("/elsewhere") for asked in far.asked] == [False, False, False]


@pytest.mark.parametrize(
    "next_page_url",
    [
        "https://evil.example/collect",
        "http://api.twilio.com/2010-04-01/x.json",
        "https://api.twilio.com.evil.example/",
        "https://api.twilio.com@evil.example/",
        "https://evil.example\\.twilio.com/",
        "https://api.twilio.com:8443/",
        "//evil.example/",
        "https://[::1/",
    ],
)
def test_an_answer_cannot_lead_the_credentials_to_another_host(
    gateway: Gateway, far: Far, next_page_url: str
) -> None:
    far.will_answer(page(RECORD, meta={"key": "messages", "next_page_url": next_page_url}))

    with pytest.raises(GatewayError, match="none of Twilio's hosts"):
        gateway.messages()

    assert len(far.asked) == 1


def test_what_stands_in_for_twilio_may_name_itself(gateway: Gateway, far: Far) -> None:
    more = f"{far.url}/v1/More?Page=1"
    far.will_answer(
        page(RECORD, meta={"key": "messages", "next_page_url": more}),
        page(RECORD, meta={"key": "messages", "next_page_url": None}),
    )

    assert len(gateway.messages()) == 2
    assert (far.asked[1].path, far.asked[1].query) == ("/v1/More", {"Page": "1"})


@pytest.mark.parametrize("ending", ["0/", "@evil.example/", ".evil.example/", "\\@evil.example/"])
def test_a_host_that_only_begins_like_the_base_url_is_another(
    gateway: Gateway, far: Far, ending: str
) -> None:
    far.will_answer(page(RECORD, meta={"key": "messages", "next_page_url": f"{far.url}{ending}"}))

    with pytest.raises(GatewayError, match="none of Twilio's hosts"):
        gateway.messages()


def test_an_absolute_address_of_another_product_leads_to_the_base_url(gateway: Gateway, far: Far) -> None:
    far.will_answer(
        page(
            RECORD, meta={"key": "messages", "next_page_url": "https://messaging.twilio.com/v1/More?Page=1"}
        ),
        page(),
    )

    gateway.messages()

    assert (far.asked[1].path, far.asked[1].query) == ("/v1/More", {"Page": "1"})


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


@pytest.mark.parametrize(
    "api_url",
    [
        "http://api.example",
        "http://10.0.0.7:80",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "https://",
        "https://user:hunter2@api.example",
        "https://api.example/?key=1",
        "http://127.0.0.1@api.example",
        "http://127.0.0.1\\@api.example",
        "http://[::1",
    ],
)
def test_a_base_url_that_would_expose_the_credentials_is_refused(api_url: str) -> None:
    with pytest.raises(ConfigurationError, match="https://") as caught:
        Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=api_url)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("api_url", ["https://proxy.example/twilio/", "http://localhost:1", "http://[::1]:1"])
def test_a_base_url_may_be_https_or_on_this_machine(api_url: str) -> None:
    Gateway(ACCOUNT_SID, Secret(TOKEN), api_url=api_url)


def test_no_traceback_however_talkative_shows_the_token(gateway: Gateway, far: Far) -> None:
    far.will_answer(refused(21211, "Invalid"))
    unreachable = Gateway(ACCOUNT_SID, Secret(TOKEN), api_url="http://127.0.0.1:9", timeout=1)

    for ask in (gateway, unreachable):
        with pytest.raises(GatewayError) as caught:
            create(ask)
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        verbose = "".join(shown.format())

        assert TOKEN not in verbose
        assert base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode() not in verbose


def test_nothing_of_a_message_is_logged(gateway: Gateway, far: Far, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="twilio_nb")
    caplog.set_level(logging.INFO)
    far.will_answer(Answer(201, RECORD))

    create(gateway, body="A private matter")
    far.will_answer(page())
    gateway.messages(to=TO)

    for private in ("A private matter", TO[1:], TOKEN):
        assert private not in caplog.text


def test_threads_share_a_gateway_and_each_gets_its_own_answer(gateway: Gateway, far: Far) -> None:
    far.echo = True
    wrong: list[str] = []

    def read(digit: str) -> None:
        sid = "SM" + digit * 32
        for _ in range(25):
            if gateway.message(sid)["sid"] != sid:
                wrong.append(sid)

    threads = [threading.Thread(target=read, args=(digit,)) for digit in "12345678"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (wrong, len(far.asked)) == ([], 200)
