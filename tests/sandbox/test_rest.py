"""The REST API, through Twilio's own library and as JSON on the wire."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.conftest import Sandbox


def send(sandbox: Sandbox, text: str = "Hi", **fields: str) -> tuple[int, Any]:
    given = {"To": sandbox.phone, "From": sandbox.number, "Body": text, **fields}
    return sandbox.post("Messages.json", **{key: value for key, value in given.items() if value})


def test_the_library_creates_fetches_redacts_and_deletes(sandbox: Sandbox) -> None:
    client = sandbox.client()
    sent = client.messages.create(to=sandbox.phone, from_=sandbox.number, body="x" * 161)
    assert sent.sid is not None
    sandbox.wait_for(sent.sid, "delivered")
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.status, fetched.num_segments, fetched.price) == ("delivered", "2", "-0.01580")
    assert fetched.date_sent is not None
    assert datetime.now(UTC) - fetched.date_sent < timedelta(seconds=10)
    assert client.messages(sent.sid).update(body="").body == ""
    assert client.messages(sent.sid).fetch().num_segments == "2"
    assert client.messages(sent.sid).delete()
    with pytest.raises(TwilioRestException) as raised:
        client.messages(sent.sid).fetch()
    assert (raised.value.status, raised.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("€" * 80, "1"),
        ("€" * 81, "2"),
        ("a" * 152 + "€" + "a" * 152, "3"),
        ("😀" * 35, "1"),
        ("😀" * 66, "2"),
        ("😀" * 67, "3"),
        ("’" + "a" * 70, "2"),
    ],
)
def test_segments_are_counted_as_carriers_do(sandbox_of_module: Sandbox, body: str, count: str) -> None:
    record = send(sandbox_of_module, body)[1]
    assert record["num_segments"] == count
    assert sandbox_of_module.request("DELETE", f"Messages/{record['sid']}.json")[0] == 204


def test_pictures_make_it_an_mms(sandbox: Sandbox) -> None:
    urls = ["https://example.com/a.png", "https://example.com/b.jpg"]
    sent = sandbox.client().messages.create(to=sandbox.phone, from_=sandbox.number, media_url=urls)
    assert sent.sid is not None
    assert sent.sid.startswith("MM")
    assert (sent.num_media, sent.num_segments, sent.body) == ("2", "1", "")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "5558675309"}, 21211),
        ({"To": "+0123456789"}, 21211),
        ({"To": "+1555"}, 21211),
        ({"To": "hello"}, 21211),
        ({"To": "+15550100001"}, 21266),
        ({"From": "not a number!"}, 21212),
        ({"From": "+1-555-010-0001"}, 21212),
        ({"From": "+15551112222"}, 21606),
        ({"From": "12345"}, 21606),
        ({"From": "", "MessagingServiceSid": "MG" + "0" * 32}, 21701),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "not a url"}, 21609),
        ({"MediaUrl": "ftp://example.com/a.png"}, 21620),
        # https://www.twilio.com/docs/iam/test-credentials
        ({"From": "+15005550001"}, 21212),
        ({"From": "+15005550007"}, 21606),
        ({"From": "+15005550008"}, 21611),
        ({"From": "+15005550002"}, 21606),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550002"}, 21612),
        ({"To": "+15005550003"}, 21408),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    sandbox_of_module: Sandbox, changes: dict[str, str], code: int
) -> None:
    status, error = send(sandbox_of_module, **changes)
    assert status == error["status"] == 400
    assert error["code"] == code
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert set(error) == {"code", "message", "more_info", "status"}
    assert sandbox_of_module.get("Messages.json")["messages"] == []


def test_more_than_ten_media_are_refused(sandbox: Sandbox) -> None:
    urls = [f"https://example.com/{n}.png" for n in range(11)]
    with pytest.raises(TwilioRestException) as raised:
        sandbox.client().messages.create(to=sandbox.phone, from_=sandbox.number, media_url=urls)
    assert raised.value.code == 21623


def test_the_magic_sender_sends_and_1600_characters_are_not_too_many(sandbox: Sandbox) -> None:
    assert send(sandbox, From="+15005550006")[0] == 201
    assert send(sandbox, "x" * 1600)[0] == 201


def test_without_the_right_credentials_nothing_is_told(sandbox: Sandbox) -> None:
    for path in ("Messages.json", f"/2010-04-01/Accounts/{sandbox.sid}.json", "/sandbox/notifications"):
        for credentials in ((sandbox.sid, "wrong"), ("AC" + "0" * 32, sandbox.token), ("", "")):
            status, error, headers = sandbox.request("GET", path, credentials=credentials)
            assert (status, error["code"], error["message"]) == (401, 20003, "Authenticate")
            assert headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    sandbox.token = "wrong"
    with pytest.raises(TwilioRestException) as raised:
        sandbox.client().api.accounts(sandbox.sid).fetch()
    assert (raised.value.status, raised.value.code) == (401, 20003)


def test_another_account_and_unknown_resources_are_not_found(sandbox: Sandbox) -> None:
    for method, path in [
        ("GET", f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"),
        ("GET", f"Messages/SM{'0' * 32}.json"),
        ("DELETE", f"Messages/SM{'0' * 32}.json"),
        ("GET", f"IncomingPhoneNumbers/PN{'0' * 32}.json"),
        ("GET", "Calls.json"),
        ("GET", "/"),
    ]:
        status, error, _ = sandbox.request(method, path)
        assert (status, error["code"]) == (404, 20404), path
    status, error, _ = sandbox.request("DELETE", "Messages.json")
    assert (status, error["code"]) == (405, 20004)


def test_answers_carry_twilios_headers(sandbox: Sandbox) -> None:
    _, _, headers = sandbox.request("GET", "Messages.json")
    assert re.fullmatch("RQ[0-9a-f]{32}", headers["Twilio-Request-Id"])
    assert headers["Twilio-Concurrent-Requests"] == "1"
    assert headers["Content-Type"] == "application/json"
    status, content, headers = sandbox.request("DELETE", f"Messages/{send(sandbox)[1]['sid']}.json")
    assert (status, content) == (204, None)
    assert "Content-Type" not in headers


def test_the_account_and_its_numbers_are_shown(sandbox: Sandbox) -> None:
    client = sandbox.client()
    account = client.api.accounts(sandbox.sid).fetch()
    assert (account.sid, account.status, account.auth_token) == (sandbox.sid, "active", sandbox.token)
    numbers = client.incoming_phone_numbers.list()
    assert [number.phone_number for number in numbers] == sandbox.account["numbers"]
    assert numbers[0].capabilities == {"fax": False, "mms": True, "sms": True, "voice": False}
    found = client.incoming_phone_numbers.list(phone_number=sandbox.second_number)
    assert [number.sid for number in found] == [numbers[1].sid]
    assert len(client.incoming_phone_numbers.list(page_size=1)) == 2


def test_a_number_is_told_where_its_texts_go(sandbox: Sandbox) -> None:
    client = sandbox.client()
    sid = client.incoming_phone_numbers.list()[0].sid
    assert sid is not None
    number = client.incoming_phone_numbers(sid)
    assert (number.fetch().sms_url, number.fetch().sms_method) == ("", "POST")
    url = "http://127.0.0.1:8888/twilio/service/s/incoming_webhook/w?a=b#rc=2&rp=ct,5xx"
    assert number.update(sms_url=url, sms_method="GET").sms_url == url
    assert number.fetch().sms_method == "GET"
    assert number.update(friendly_name="Front desk").sms_url == url
    for wrong, code in [({"sms_url": "no url"}, 21402), ({"sms_method": "PUT"}, 21403)]:
        with pytest.raises(TwilioRestException) as raised:
            number.update(**wrong)
        assert raised.value.code == code
    assert number.update(sms_url="").sms_url == ""
