import pytest

from twilio_nb.domain.reach import hindrance


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:8888/", "this machine only"),
        ("http://localhost:8888/lab", "this machine only"),
        ("https://[::1]/", "this machine only"),
        ("https://jupyter.localhost/", "this machine only"),
        ("http://192.168.1.7:8888/", "your own network"),
        ("https://10.0.0.1/", "your own network"),
        ("https://workstation:8888/", "your own network"),
        ("https://hub.local/", "your own network"),
        ("http://hub.example.org/", "it is http"),
    ],
)
def test_an_address_that_twilio_cannot_use_says_why(url: str, says: str) -> None:
    assert says in (hindrance(url) or "")


@pytest.mark.parametrize("url", ["https://hub.example.org/user/ann/", "https://203.0.114.7:8443/"])
def test_nothing_is_against_https_in_the_world(url: str) -> None:
    assert hindrance(url) is None


def test_what_stands_in_for_twilio_on_this_machine_reaches_this_machine() -> None:
    assert hindrance("http://127.0.0.1:8888/", "http://127.0.0.1:9000") is None
    assert hindrance("http://127.0.0.1:8888/", "https://api.example.org") is not None
