"""What the server extension works out of the server it is in."""

import re
from types import SimpleNamespace

import pytest

from twilio_nb.jupyter.extension import loopback_url
from twilio_nb.jupyter.public_route import public_pattern


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "http://127.0.0.1:8888/a%40b/"),
        ({"ip": ""}, "http://127.0.0.1:8888/a%40b/"),
        ({"ip": "0.0.0.0"}, "http://127.0.0.1:8888/a%40b/"),
        ({"ip": "::1"}, "http://[::1]:8888/a%40b/"),
        ({"ip": "192.168.1.7"}, None),
        ({"certfile": "/etc/ssl/mine.pem"}, None),
        ({"sock": "/run/jupyter.sock"}, None),
    ],
)
def test_the_loopback_address_is_one_that_the_sandbox_can_reach(
    settings: dict[str, str], expected: str | None
) -> None:
    server = {"ip": "localhost", "port": 8888, "base_url": "/a%40b/", "sock": "", "certfile": ""} | settings

    assert loopback_url(SimpleNamespace(**server)) == expected


@pytest.mark.parametrize("base_url", ["/", "/a%40b/", "/user/ann.smith/", "/a+b(c)/"])
def test_the_public_paths_are_below_the_base_url_letter_by_letter(base_url: str) -> None:  # WHU-01
    pattern = public_pattern(base_url)
    tails = ("twilio/service/s/incoming_webhook/w", "twilio/service/s/status")

    for tail in tails:
        match = re.fullmatch(pattern, base_url + tail)
        assert match is not None
        assert match[1] == tail
    assert re.fullmatch(pattern, base_url.replace(".", "x") + "x" + tails[0]) is None


@pytest.mark.parametrize(
    "tail",
    [
        "twilio/service/s/incoming_webhook/",
        "twilio/service/s/incoming_webhook/w/",
        "twilio/service/s/incoming_webhook/%77",
        "twilio/service/s/incoming_webhook/w\n",
        "twilio/service/s/incoming_webhook/ü",
        "twilio/service/s/incoming_webhook/" + "w" * 65,
        "twilio/service//status",
        "twilio/service/s/t/status",
        "twilio-nb/service/s/status",
    ],
)
def test_no_other_path_is(tail: str) -> None:
    # tornado matches from the start and adds the $ itself
    assert re.fullmatch(public_pattern("/"), "/" + tail) is None
