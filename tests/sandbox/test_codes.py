"""Every code for which users get advice: how the sandbox is brought to raise it, and what the library makes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_services import make
from twilio_nb.sandbox.outcomes import ENDINGS
from twilio_nb.sandbox.whatsapp import SENDER
from twilio_nb.sending.advice import ADVICE

PHONE, ON_WHATSAPP = "+15558675309", "whatsapp:+15558675309"
EMPTY, FULL = "a service without a number", "a service with one"
SOON, LATER = datetime.now(UTC) + timedelta(minutes=1), datetime.now(UTC) + timedelta(days=1)
FIXED = {"schedule_type": "fixed"}

# The arguments of messages.create; from_ is the account's first number unless given, or a service is.
REFUSED: list[tuple[int, dict[str, Any]]] = [
    (21211, {"to": "5558675309"}),
    (21211, {"to": "+15005550001"}),
    (21212, {"from_": "not a number!"}),
    (21212, {"from_": "+15005550001"}),
    (21408, {"to": "+15005550003"}),
    (21602, {"body": ""}),
    (21603, {"from_": ""}),
    (21604, {"to": ""}),
    (21606, {"from_": "+15551112222"}),
    (21606, {"from_": "+15005550007"}),
    (21608, {"to": "+15005021608"}),
    (21610, {"to": "+15005550004"}),
    (21611, {"from_": "+15005550008"}),
    (21612, {"to": "+15005550002"}),
    (21614, {"to": "+15005550009"}),
    (21617, {"body": "x" * 1601}),
    (21620, {"media_url": ["no url"]}),
    (21623, {"media_url": ["http://127.0.0.1:9/a.png"] * 11}),
    (21703, {"messaging_service_sid": EMPTY}),
    (21704, {"messaging_service_sid": FULL, "to": ON_WHATSAPP}),
    (35111, {"messaging_service_sid": FULL, **FIXED}),
    (35115, {"messaging_service_sid": FULL, **FIXED, "send_at": "tomorrow"}),
    (35117, {"messaging_service_sid": FULL, **FIXED, "send_at": SOON}),
    (35118, {**FIXED, "send_at": LATER}),
    (21910, {"to": ON_WHATSAPP}),
    (63007, {"to": ON_WHATSAPP, "from_": "whatsapp:+15550100001"}),
]

# What comes later, to a recipient whose number ends in the code.
BY_TEXT = (30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30022, 30032, 30034, 30036, 30044, 30450)
ON_A_CHANNEL = (63003, 63015, 63016, 63017, 63018, 63024, 63038)


def test_no_code_with_advice_is_left_out() -> None:
    asked = {20003, 20404, 20429}  # of any request, below
    assert {code for code, _ in REFUSED} | {*BY_TEXT, *ON_A_CHANNEL} | asked == set(ADVICE)


@pytest.fixture(scope="module")
def services(sandbox_of_module: Sandbox) -> dict[str, str]:
    return {EMPTY: make(sandbox_of_module), FULL: make(sandbox_of_module, sandbox_of_module.number)}


@pytest.mark.parametrize(("code", "changes"), REFUSED)
def test_a_send_is_refused_with_its_code(
    sandbox_of_module: Sandbox, services: dict[str, str], code: int, changes: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"to": PHONE, "from_": sandbox_of_module.number, "body": "Hi", **changes}
    if service := given.get("messaging_service_sid"):
        given |= {"messaging_service_sid": services[service]}
        del given["from_"]
    client = sandbox_of_module.client()
    before = len(client.messages.list())
    with pytest.raises(TwilioRestException) as raised:
        client.messages.create(**given)
    assert (raised.value.code, raised.value.status) == (code, 400)
    assert raised.value.msg
    assert len(client.messages.list()) == before


@pytest.mark.parametrize("code", [*BY_TEXT, *ON_A_CHANNEL])
def test_a_message_ends_with_its_code(sandbox_of_module: Sandbox, code: int) -> None:
    channel = "whatsapp:" if code in ON_A_CHANNEL else ""
    client = sandbox_of_module.client()
    sent = client.messages.create(
        to=f"{channel}+150050{code}", from_=SENDER if channel else sandbox_of_module.number, body="Hi"
    )
    assert (sent.status, sent.error_code) == ("queued", None)
    sandbox_of_module.wait_for(str(sent.sid), ENDINGS[code][0])
    message = client.messages(str(sent.sid)).fetch()
    assert (message.error_code, message.error_message) == (code, ENDINGS[code][1])


def test_who_is_not_let_in_is_told_20003(sandbox_of_module: Sandbox) -> None:
    client = sandbox_of_module.client()
    client.password = "0" * 32
    client.auth = (sandbox_of_module.sid, "0" * 32)
    with pytest.raises(TwilioRestException) as raised:
        client.messages.create(to=PHONE, from_=sandbox_of_module.number, body="Hi")
    assert (raised.value.code, raised.value.status) == (20003, 401)


def test_what_is_not_there_is_20404(sandbox_of_module: Sandbox) -> None:
    client = sandbox_of_module.client()
    for resource in (
        client.messages("SM" + "0" * 32),
        client.messages("SM" + "0" * 32).media("ME" + "0" * 32),
        client.incoming_phone_numbers("PN" + "0" * 32),
        client.applications("AP" + "0" * 32),
        client.messaging.v1.services("MG" + "0" * 32),
    ):
        with pytest.raises(TwilioRestException) as raised:
            resource.fetch()
        assert (raised.value.code, raised.value.status) == (20404, 404)


def test_too_much_at_once_is_20429(sandbox_of_module: Sandbox) -> None:
    sandbox_of_module.control("POST", "/sandbox/behaviour", fault="429")
    with pytest.raises(TwilioRestException) as raised:
        sandbox_of_module.client().messages.create(to=PHONE, from_=sandbox_of_module.number, body="Hi")
    assert (raised.value.code, raised.value.status) == (20429, 429)
