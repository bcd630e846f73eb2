import pytest

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.receiving.address import base_address, bases, public_bases, status_callback

ACCOUNT = "AC" + "0" * 32
HUB = {"JUPYTERHUB_PUBLIC_URL": "https://hub.example.org/user/ann/"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org/user/ann//", "https://example.org/user/ann/"),
        ("https://u:p@Example.org:8443/a%40b/?x=1#rc=2", "https://Example.org:8443/a%40b/"),
        ("http://[::1]:8888", "http://[::1]:8888/"),
    ],
)
def test_an_address_loses_what_twilio_does_not_sign_and_keeps_its_spelling(given: str, expected: str) -> None:
    assert base_address(given) == expected


@pytest.mark.parametrize("given", ["", "example.org", "ftp://example.org/", "https://", "https://u:p@/x"])
def test_what_is_no_web_address_is_refused_without_being_echoed(given: str) -> None:
    with pytest.raises(ValueError, match="no http") as raised:
        base_address(given)

    assert not given or given not in str(raised.value)


def test_the_configured_address_counts_then_the_hub_s_and_no_other() -> None:
    configured = ServiceDefinition("s", ACCOUNT, public_url="https://text.example.org/")

    assert public_bases(configured, HUB) == ["https://text.example.org/"]
    assert public_bases(ServiceDefinition("s", ACCOUNT), HUB) == ["https://hub.example.org/user/ann/"]
    assert public_bases(None, HUB) == ["https://hub.example.org/user/ann/"]
    assert public_bases(ServiceDefinition("s", ACCOUNT), {}) == []
    assert public_bases(None, {"JUPYTERHUB_PUBLIC_URL": "nonsense"}) == []


def test_loopback_counts_for_sandboxes_and_for_them_alone() -> None:
    loopback = "http://127.0.0.1:8888/"

    assert bases(ServiceDefinition("s", ACCOUNT, sandbox=True), loopback) == [loopback]
    assert bases(ServiceDefinition("s", ACCOUNT, sandbox=True), None) == []
    assert bases(ServiceDefinition("s", ACCOUNT), loopback) == []
    public = ServiceDefinition("s", ACCOUNT, sandbox=True, public_url="https://text.example.org/")
    assert bases(public, loopback) == [loopback]


def test_status_callbacks_name_the_reply_and_ask_for_repetition() -> None:
    sid = "SM" + "0" * 32

    assert status_callback("https://example.org/a/", "s", sid, 2) == (
        f"https://example.org/a/twilio/service/s/status?reply={sid}.2#rc=2&rp=ct,5xx"
    )
