"""Sends as App Services took them and refused them, item by item, by way of the simulated Twilio."""

from collections.abc import Callable
from typing import Any

import pytest

import twilio_nb
from twilio_nb.errors import TwilioNBError
from twilio_nb.service import Service

TO = "+15558675309"
PICTURE = "https://example.org/cat.png"

Send = Callable[[Service, str], Any]

SENT: list[tuple[str, Send]] = [
    ("SND-01 a document", lambda service, number: service.send({"to": TO, "from": number, "body": "Hi"})),
    ("SND-01 arguments", lambda service, number: service.send(to=TO, from_=number, body="Hi")),
    (
        "SND-02 a picture",
        lambda service, number: service.send({"to": TO, "from": number, "mediaUrl": PICTURE}),
    ),
    ("SND-03 capitals", lambda service, number: service.send({"To": TO, "From": number, "Body": "Hi"})),
    ("SND-04 spelled as people do", lambda service, number: service.send("+1 (555) 867-5309", "Hi", number)),
]


@pytest.mark.parametrize("send", [row[1] for row in SENT], ids=[row[0] for row in SENT])
def test_a_send_is_taken_and_returns_the_message(service: Service, send: Send) -> None:  # SND-05, SND-11
    number = service.definition.sender

    sent = send(service, str(number))

    assert (sent.status, sent.to, sent.from_) == ("queued", TO, number)


REFUSED: list[tuple[str, str, Send]] = [
    ("SND-04 one side on WhatsApp", "TwilioError", lambda s, n: s.send(f"whatsapp:{TO}", "Hi", n)),
    ("SND-06 no sender of the account's", "TwilioError", lambda s, n: s.send(TO, "Hi", "+15005550001")),
    ("SND-06 an empty sender", "InvalidParameter", lambda s, n: s.send({"to": TO, "from": "", "body": "Hi"})),
    ("SND-07 no number", "InvalidParameter", lambda s, n: s.send("12", "Hi", n)),
    ("SND-07 neither text nor picture", "InvalidParameter", lambda s, n: s.send(TO, from_=n)),
    ("SND-10 a service that is not there", "ServiceNotFound", lambda s, n: twilio_nb.context.services["no"]),
]


@pytest.mark.parametrize(("code", "send"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refusal_raises_and_tells_its_code(service: Service, code: str, send: Send) -> None:  # CFG-20
    with pytest.raises(TwilioNBError) as caught:
        send(service, str(service.definition.sender))

    assert caught.value.error_code == code


def test_without_a_rule_the_code_is_that_of_the_retired_service(
    service: Service,
) -> None:  # SND-07, RUL-02, CFG-20
    service.rules.remove("allow-send")

    with pytest.raises(TwilioNBError) as caught:
        service.send(TO, "Hi")

    assert caught.value.error_code == "NoMatchingRuleFound"
    with pytest.raises(TwilioNBError) as caught:
        service.rules.remove("allow-send")
    assert caught.value.error_code == "RuleNotFound"
