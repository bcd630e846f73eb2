"""Where the gateway's credentials go, and where they never do."""

import base64
import traceback

import pytest

from tests.sending.conftest import (
    ACCOUNT_SID,
    RECORD,
    TOKEN,
    Answer,
    Far,
    create,
    page,
    refused,
)
from twilio_nb.errors import ConfigurationError, GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.secrets import Secret


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
