"""A simulated account's pictures, WhatsApp and Messaging Services, as a notebook meets them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from twilio.rest import Client

from tests.numbers import number
from tests.sandbox.test_media import png
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import GatewayError, InvalidMessage

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(png())
    return path


def test_a_picture_is_stored_with_its_type_and_can_be_fetched(account: SandboxAccount, picture: Path) -> None:
    phone = account.phone(number())
    sent = phone.text("Look", media=[picture, png(3)])

    stored = account.service.database.collection("messages").find_one({"_id": sent[0]["sid"]})
    assert stored is not None
    assert stored["num_media"] == 2
    assert [one["content_type"] for one in stored["media"]] == ["image/png"] * 2
    assert [requests.get(one["url"], timeout=10).content for one in stored["media"]] == [png(), png(3)]
    assert "[2 pictures]" in repr(phone)


def test_a_file_of_no_known_type_is_refused(account: SandboxAccount, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"\0\1\2")

    with pytest.raises(InvalidMessage, match="Content-Type"):
        account.phone().text(media=tmp_path / "data")


def test_a_phone_on_whatsapp_joins_and_is_written_to(account: SandboxAccount, eventually: Eventually) -> None:
    phone = account.phone(f"whatsapp:{number()}")
    assert account.join in phone.text("Hello").replies[0]
    phone.text(account.join)

    assert phone.text("Hello").note == "Stored. Nothing answers here; %%twilio_webhook defines what does."
    account.service.send(phone.number, "Welcome", from_=account.whatsapp)

    eventually(lambda: "Welcome" in phone.messages.replies)
    eventually(lambda: "read" in account.service.texts(with_=phone.number)["status"].tolist())
    stored = account.service.texts(with_=phone.number, direction="inbound")
    assert stored["body"].tolist() == ["Hello"]


def test_a_day_later_whatsapp_takes_no_free_text(account: SandboxAccount, eventually: Eventually) -> None:
    phone = account.phone(f"whatsapp:{number()}")
    phone.text(account.join)
    account.skip(timedelta(days=1))

    account.service.send(phone.number, "Too late", from_=account.whatsapp)

    eventually(lambda: account.service.texts(with_=phone.number)["error_code"].dropna().tolist() == [63016])


def test_a_messaging_service_sends_by_one_of_its_numbers(
    own: SandboxAccount, eventually: Eventually
) -> None:  # SND-09
    sid = own.messaging_service("Shop")
    phone = own.phone()

    message = own.service.send(phone.number, "Sale!", from_=sid)

    assert message.status == "accepted"
    eventually(lambda: own.service.texts()["status"].tolist() == ["delivered"])
    [text] = own.service.texts().to_dict("records")
    assert text["from"] in own.numbers
    assert phone.messages.replies == ["Sale!"]


def test_texts_to_a_messaging_service_arrive_and_stop_stops_it(own: SandboxAccount) -> None:
    sid = own.messaging_service("Shop")
    phone = own.phone()

    phone.text("STOP")

    assert own.service.texts(direction="inbound")["body"].tolist() == ["STOP"]
    with pytest.raises(GatewayError) as caught:
        own.service.send(phone.number, "More!", from_=sid)
    assert caught.value.code == 21610


def test_a_phone_says_when_a_service_receives_nothing(own: SandboxAccount) -> None:
    client = Client(own.service.definition.account_sid, own.service.token.reveal())
    client.messaging.base_url = own.service.definition.api_url
    services = client.messaging.v1.services
    services(own.messaging_service()).update(use_inbound_webhook_on_number=False)

    texted = own.phone().text("Is anybody there?")

    assert "use_inbound_webhook_on_number is off" in str(texted.note)
    assert len(own.service.texts()) == 0


def test_a_number_is_in_one_messaging_service_at_most(own: SandboxAccount) -> None:
    own.messaging_service("First", own.numbers[0])

    for numbers, said in ((own.numbers[::-1], "another"), (["+15551112222"], "not a phone number")):
        with pytest.raises(InvalidMessage, match=said):
            own.messaging_service("Second", *numbers)

    own.messaging_service("Second", own.numbers[1])  # what was refused holds no number


def test_a_lost_answer_to_a_send_of_a_service_is_found_in_twilios_log(own: SandboxAccount) -> None:
    sid = own.messaging_service()
    own.misbehave("500", after=True)

    message = own.service.send("+15558675344", "Did it?", from_=sid)

    assert [one["sid"] for one in own.service.gateway.messages()] == [message.sid]


@pytest.mark.parametrize("time", [timedelta(days=-1), timedelta(days=101)])
def test_time_passes_forward_and_not_for_ever(account: SandboxAccount, time: timedelta) -> None:
    with pytest.raises(InvalidMessage, match="100 days"):
        account.skip(time)
