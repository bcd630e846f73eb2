import secrets
import subprocess
import sys
from pathlib import Path

import pytest

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import (
    ConfigurationError,
    GatewayError,
    InvalidAddress,
    RuleDenied,
    SecretNotFound,
)
from twilio_nb.service import Service

PHONE = "+15558675309"


def test_a_sent_text_is_stored_and_stands_in_the_frame(service: Service) -> None:
    message = service.send(PHONE, "Hello")

    [row] = service.texts().to_dict("records")
    assert row["sid"] == message.sid
    assert row["body"] == "Hello"
    assert (row["from"], row["to"]) == (service.definition.sender, PHONE)
    assert row["direction"] == "outbound-api"


def test_refreshing_a_message_brings_its_status_up_to_date(service: Service, eventually: object) -> None:
    message = service.send(PHONE, "Hello")

    eventually(lambda: message.refresh().status == "delivered")  # type: ignore[operator]

    assert service.texts()["status"].tolist() == ["delivered"]


def test_the_number_of_an_account_with_several_must_be_chosen(
    service: Service, account: SandboxAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", account.service.token.reveal())
    undecided = twilio_nb.connect(
        "undecided",
        account_sid=service.definition.account_sid,
        api_url=service.definition.api_url,
    )

    with pytest.raises(ConfigurationError, match="2 numbers"):
        undecided.send(PHONE, "Hello")

    undecided.close()


def test_a_number_that_is_none_is_refused_before_twilio_is_asked(
    service: Service, account: SandboxAccount
) -> None:
    before = len(service.gateway.messages())

    with pytest.raises(InvalidAddress, match=r"\+15558675309"):
        service.send("555-867-5309", "Hello")

    assert len(service.gateway.messages()) == before


def test_nothing_to_send_is_said(service: Service) -> None:
    with pytest.raises(ConfigurationError, match="nothing to send"):
        service.send(PHONE, "")


def test_a_picture_goes_without_words(service: Service) -> None:
    message = service.send(PHONE, media_url="https://example.org/map.png")

    assert message.num_media == 1


def test_twilios_refusal_is_ours_with_its_code(service: Service) -> None:
    with pytest.raises(GatewayError) as caught:
        service.send("+15005550004", "Hello")

    assert caught.value.code == 21610
    assert service.texts().empty


def test_without_a_rule_nothing_is_sent(service: Service, account: SandboxAccount) -> None:
    service.database.collection("rules").delete_many({"service": service.name})
    before = len(service.gateway.messages())

    with pytest.raises(RuleDenied):
        service.send(PHONE, "Hello")

    assert len(service.gateway.messages()) == before


SEND_ONLY = """
import json, subprocess, sys, time
from pathlib import Path
import twilio_nb
from twilio_nb.sending.gateway import Gateway

folder = Path(sys.argv[1]) / "twilio"
process = subprocess.Popen([sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(folder)])
while not (folder / "account.json").exists():
    time.sleep(0.01)
account = json.loads((folder / "account.json").read_text())
import os
os.environ["TWILIO_AUTH_TOKEN"] = account["auth_token"]
asked, create = [], Gateway.create_message
Gateway.create_message = lambda self, **given: asked.append(given["status_callback"]) or create(self, **given)
facts = dict(account_sid=account["account_sid"], sender=account["numbers"][0], api_url=account["url"])
for more in ({}, {"public_url": "https://hub.example.org/user/ann/"}):
    service = twilio_nb.connect("mine", **facts, **more)
    service.send("+15558675309", "Hello")
    service.close()
print(*asked, sep=chr(10))
process.terminate()
process.wait()
"""

STORE_AWAY = """
import sys, time, psutil, twilio_nb
from twilio_nb.errors import StoreUnavailable
account = twilio_nb.sandbox("away")
[mongod] = [p for p in psutil.process_iter() if "mongod" in p.name() and sys.argv[1] in " ".join(p.cmdline())]
mongod.suspend()
began = time.monotonic()
try:
    account.service.send("+15558675309", "Hello")
except StoreUnavailable as error:
    print(f"refused after {time.monotonic() - began:.1f} s: {error}")
finally:
    mongod.resume()
print(len(account.service.gateway.messages()), "at Twilio")
account.service.send("+15558675309", "Hello again")
print(len(account.service.gateway.messages()), "at Twilio")
account.close()
"""


def test_a_store_that_is_away_refuses_before_twilio_is_asked(own_surroundings: Path) -> None:
    command = [sys.executable, "-c", STORE_AWAY, str(own_surroundings)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    refused, while_away, after = done.stdout.splitlines()
    assert float(refused.split()[2]) < 6
    assert while_away == "0 at Twilio"
    assert after == "1 at Twilio"


def test_a_missing_secret_names_every_place_it_may_stand(service: Service) -> None:
    other = twilio_nb.connect("elsewhere", account_sid="AC" + "1" * 32)

    with pytest.raises(SecretNotFound, match="TWILIO_NB_SECRET_ELSEWHERE"):
        other.send(PHONE, "Hello", from_="+15550100001")

    other.close()


def test_with_a_key_a_recipient_gets_one_text_however_often_it_is_sent(service: Service) -> None:
    first = service.send(PHONE, "Hello", once="monday")
    second = service.send(PHONE, "Hello", once="monday")
    other = service.send("+15558675310", "Hello", once="monday")

    assert second.sid == first.sid
    assert other.sid != first.sid
    assert len(service.texts()) == 2


def test_a_key_is_not_used_up_by_what_fails_before_twilio_is_asked(
    service: Service, account: SandboxAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = service.definition
    later = twilio_nb.connect(
        "later", account_sid=definition.account_sid, api_url=definition.api_url, sender=definition.sender
    )
    with pytest.raises(SecretNotFound):
        later.send(PHONE, "Hello", once="monday")

    monkeypatch.setenv("TWILIO_NB_SECRET_LATER", service.token.reveal())

    assert later.send(PHONE, "Hello", once="monday").body == "Hello"
    later.close()


def test_a_refused_text_may_be_tried_again_with_its_key(service: Service) -> None:
    for _ in range(2):
        with pytest.raises(GatewayError):
            service.send("+15005550009", "Hello", once="monday")


def test_no_address_is_given_out_where_none_is_known(service: Service) -> None:
    assert service.known_address() is None
    with pytest.raises(ConfigurationError, match="public_url"):
        service.address()


def test_status_callbacks_are_asked_for_where_a_public_address_is_configured(
    own_surroundings: Path, account: SandboxAccount
) -> None:
    command = [sys.executable, "-c", SEND_ONLY, str(own_surroundings)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    public = "https://hub.example.org/user/ann/twilio/service/mine/status#rc=2&rp=ct,5xx"
    assert done.stdout.splitlines() == ["None", public]


def test_the_address_to_configure_has_the_retired_services_tail(service: Service) -> None:
    public = twilio_nb.connect(service.name, public_url="https://hub.example.org/user/ann")

    address = public.address("saveText")

    tail = f"twilio/service/{service.name}/incoming_webhook/saveText"
    assert address == f"https://hub.example.org/user/ann/{tail}#rc=2&rp=ct,5xx"
    public.close()


def test_a_check_says_of_each_part_how_it_stands(service: Service) -> None:
    states = [finding.state for finding in service.check()]
    sentences = " ".join(finding.sentence for finding in service.check())

    assert states[:3] == ["ok", "ok", "ok"]
    assert "public_url" in sentences
    assert service.token.reveal() not in sentences


def test_a_check_of_a_wrong_token_says_so_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"wrong-{secrets.token_hex(2)}"
    monkeypatch.setenv(f"TWILIO_NB_SECRET_{name.upper().replace('-', '_')}", "0" * 32)
    wrong = twilio_nb.connect(
        name, account_sid=service.definition.account_sid, api_url=service.definition.api_url
    )

    findings = wrong.check()

    problems = [finding.sentence for finding in findings if finding.state == "problem"]
    assert len(problems) == 1
    assert "20003" in problems[0]
    wrong.close()
