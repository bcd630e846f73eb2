"""A simulated account's pictures, WhatsApp and Messaging Services, as a notebook meets them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from twilio.rest import Client

import twilio_nb
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
    phone = account.phone("+15558675341")
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
    phone = account.phone("whatsapp:+15558675342")
    assert account.join in phone.text("Hello").replies[0]
    phone.text(account.join)

    assert phone.text("Hello").note == "Stored. Nothing answers here; %%twilio_webhook defines what does."
    account.service.send(phone.number, "Welcome", from_=account.whatsapp)

    eventually(lambda: "Welcome" in phone.messages.replies)
    eventually(lambda: "read" in account.service.texts(with_=phone.number)["status"].tolist())
    stored = account.service.texts(with_=phone.number, direction="inbound")
    assert stored["body"].tolist() == ["Hello"]


def test_a_day_later_whatsapp_takes_no_free_text(account: SandboxAccount, eventually: Eventually) -> None:
    phone = account.phone("whatsapp:+15558675343")
    phone.text(account.join)
    account.skip(timedelta(days=1))

    account.service.send(phone.number, "Too late", from_=account.whatsapp)

    eventually(lambda: account.service.texts(with_=phone.number)["error_code"].dropna().tolist() == [63016])


def test_a_messaging_service_sends_by_one_of_its_numbers(mongod: object, eventually: Eventually) -> None:
    with twilio_nb.sandbox("of-a-service") as account:
        sid = account.messaging_service("Shop")
        phone = account.phone()

        message = account.service.send(phone.number, "Sale!", from_=sid)

        assert message.status == "accepted"
        eventually(lambda: account.service.texts()["status"].tolist() == ["delivered"])
        [text] = account.service.texts().to_dict("records")
        assert text["from"] in account.numbers
        assert phone.messages.replies == ["Sale!"]
        phone.text("Still there?")
        assert account.service.texts(direction="inbound")["body"].tolist() == ["Still there?"]
        phone.text("STOP")
        with pytest.raises(GatewayError) as caught:
            account.service.send(phone.number, "More!", from_=sid)
        assert caught.value.code == 21610


def test_a_phone_says_when_a_service_receives_nothing(mongod: object) -> None:
    with twilio_nb.sandbox("of-nothing") as account:
        client = Client(account.service.definition.account_sid, account.service.token.reveal())
        client.messaging.base_url = account.service.definition.api_url
        services = client.messaging.v1.services
        services(account.messaging_service()).update(use_inbound_webhook_on_number=False)

        texted = account.phone().text("Is anybody there?")

        assert "use_inbound_webhook_on_number is off" in str(texted.note)
        assert len(account.service.texts()) == 0


def test_a_number_is_in_one_messaging_service_at_most(mongod: object) -> None:
    with twilio_nb.sandbox("of-two-services") as account:
        account.messaging_service("First", account.numbers[0])

        for numbers, said in ((account.numbers[::-1], "another"), (["+15551112222"], "not a phone number")):
            with pytest.raises(InvalidMessage, match=said):
                account.messaging_service("Second", *numbers)

        account.messaging_service("Second", account.numbers[1])  # what was refused holds no number


def test_a_lost_answer_to_a_send_of_a_service_is_found_in_twilios_log(mongod: object) -> None:
    with twilio_nb.sandbox("of-a-lost-answer") as account:
        sid = account.messaging_service()
        account.misbehave("500", after=True)

        message = account.service.send("+15558675344", "Did it?", from_=sid)

        assert [one["sid"] for one in account.service.gateway.messages()] == [message.sid]


@pytest.mark.parametrize("time", [timedelta(days=-1), timedelta(days=101)])
def test_time_passes_forward_and_not_for_ever(account: SandboxAccount, time: timedelta) -> None:
    with pytest.raises(InvalidMessage, match="100 days"):
        account.skip(time)
