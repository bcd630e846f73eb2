"""The log of a service, with everything real: what came of each text, and what did not go out."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import pytest

from twilio_nb.account import SandboxAccount
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.entries import entry as made
from twilio_nb.errors import GatewayError, RuleDenied, WebhookNotFound
from twilio_nb.phones import Phone
from twilio_nb.service import Service
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.registry import Registry

Eventually = Callable[[Callable[[], bool]], None]
LEAD = re.compile(r"%twilio_logs --request ([0-9a-f]{24})")


def echo(payload: dict[str, str]) -> str:
    print("Before", payload["Body"], payload["From"])  # noqa: T201 - as people do
    if payload["Body"].startswith("fail"):
        secret_local = "not for the log"
        raise ValueError(f"cannot do {payload['Body']} for {payload['From']} {len(secret_local)}")
    return "You are number one"


@pytest.fixture
def phone(account: SandboxAccount) -> Iterator[Phone]:
    account.service.define(echo, "echo", respond_result=True)
    yield account.phone()
    account.service.database.collection("logs").delete_many({})


def entry(account: SandboxAccount, eventually: Eventually, **asked: Any) -> dict[str, Any]:
    """The newest entry, once there is one."""
    eventually(lambda: len(account.service.logs(**asked)) > 0)
    return dict(account.service.logs(**asked).iloc[0])


def test_a_text_leaves_an_entry_without_its_words_and_number(  # LOG-01, LOG-09, WHC-16
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:
    phone.text("Strawberries")

    found = entry(account, eventually, from_=phone.number)
    assert (found["status"], found["state"], found["source"]) == ("OK", "answered", "webhook")
    assert (found["webhook"], found["replies"], found["reply_length"]) == ("echo", 1, 18)
    assert found["from"] == f"…{phone.number[-4:]}"
    assert found["printed"] == f"Before … …{phone.number[-4:]}\n"
    assert found["duration"] >= 0
    assert found["completed"] >= found["started"]
    assert found["sid"].startswith("SM")


def test_an_error_leads_to_its_entry_with_the_traceback_and_no_locals(  # LOG-08, WHC-16
    account: SandboxAccount, phone: Phone, eventually: Eventually, capsys: pytest.CaptureFixture[str]
) -> None:
    phone.text("fail strawberries")

    lead = LEAD.search(capsys.readouterr().err)
    assert lead is not None
    found = entry(account, eventually, request_id=lead[1])
    assert (found["status"], found["state"], found["error_kind"]) == ("Error", "failed", "ValueError")
    assert found["error_code"] == "FunctionExecutionError"  # LOG-02
    assert found["traceback"].startswith("Traceback (most recent call last):")
    assert "raise ValueError" in found["traceback"]
    for told in (found["traceback"], found["error"], found["printed"]):
        assert "strawberries" not in told
        assert phone.number not in told
        assert "not for the log" not in told.replace('"not for the log"', "")
    assert lead[1] in account.service.texts(columns="all")["request_id"].dropna().tolist()


def test_a_replay_leaves_an_entry_and_its_error_leads_there(
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:
    phone.text("fail again")
    (row, *_) = account.service.replay("echo", states=["failed"])

    lead = LEAD.search(row["error"])
    assert lead is not None
    assert entry(account, eventually, request_id=lead[1])["source"] == "replay"


def test_a_send_that_a_rule_refuses_leaves_an_entry(service: Service) -> None:  # RUL-12
    service.rules.remove("allow-send")
    with pytest.raises(RuleDenied, match=LEAD) as denied:
        service.send("+15558675309", "Strawberries")

    (found,) = service.logs(request_id=denied.value.request_id).to_dict("records")
    assert (found["status"], found["error_kind"], found["to"]) == ("Error", "RuleDenied", "…5309")
    assert found["error_code"] == denied.value.error_code == "NoMatchingRuleFound"  # CFG-20, LOG-02
    assert (found["action"], found["reason"]) == ("send", "no rule allows it")
    assert "Strawberries" not in str(found)


def test_a_send_that_twilio_refuses_leaves_an_entry(service: Service) -> None:  # RUL-12
    with pytest.raises(GatewayError, match=LEAD) as refused:
        service.send("+15558675309", "Hello", from_="+15005550001")

    (found,) = service.logs(status="Error").to_dict("records")
    assert found["request_id"] == refused.value.request_id
    assert found["error_code"] == "TwilioError"  # SND-06
    assert refused.value.code is not None


def test_a_dry_run_and_an_explanation_leave_none(service: Service) -> None:
    service.rules.remove("allow-send")
    with pytest.raises(RuleDenied) as denied:
        service.checked("+15558675309", "Hello")
    service.rules.explain("+15558675309")

    assert denied.value.request_id is None
    assert len(service.logs()) == 0


def test_a_send_that_a_handler_is_refused_stands_under_its_request(
    account: SandboxAccount, eventually: Eventually
) -> None:
    def sends(payload: dict[str, str]) -> None:
        with contextlib.suppress(RuleDenied):
            account.service.send("+15558675399", "Hello")

    name = f"sends-{token_hex(3)}"
    account.service.rules.remove("allow-send")
    try:
        account.service.define(sends, name)
        account.phone().text("Go on")
        eventually(lambda: len(account.service.logs(webhook=name)) == 2)
    finally:
        account.service.rules.add("allow-send")

    log = account.service.logs(webhook=name)
    assert log["request_id"].nunique() == 1
    assert set(log["source"]) == {"send", "webhook"}


def test_a_refusal_that_a_handler_lets_through_is_told_whole_with_the_persons_own_line(
    account: SandboxAccount, eventually: Eventually
) -> None:  # RUL-12
    def forwards(payload: dict[str, str]) -> None:
        account.service.send({"To": "+15558675399", "Body": payload["Body"]})

    name = f"forwards-{token_hex(3)}"
    account.service.rules.add("allow-send", when={"to": "+15558675398"})
    try:
        account.service.define(forwards, name)
        note = str(account.phone().text("Go on").note)
        eventually(lambda: len(account.service.logs(webhook=name)) == 2)
    finally:
        account.service.rules.add("allow-send")

    rows = account.service.logs(webhook=name).to_dict("records")
    (run,) = [row for row in rows if row["source"] == "webhook"]
    assert run["error"].startswith("RuleDenied: No rule of ")
    assert "tells about each rule (line " in run["error"]
    assert run["error"].endswith("test_logs.py)")
    assert "rules.py" not in run["traceback"]
    assert note.count("In the log:") == 1
    assert run["request_id"] in note


def test_a_late_run_has_both_its_entries_under_one_request(
    account: SandboxAccount, eventually: Eventually
) -> None:
    def slow(payload: dict[str, str]) -> str:
        time.sleep(1.5)
        return "At last"

    name = f"slow-{token_hex(3)}"
    account.service.define(slow, name, respond_result=True, timeout=1)
    account.phone().text("Slowly")
    eventually(lambda: len(account.service.logs(webhook=name)) == 2)

    log = account.service.logs(webhook=name)
    assert log["request_id"].nunique() == 1
    assert set(log["state"]) == {"late"}
    assert log["duration"].max() > 1


def test_a_webhook_that_neither_is_nor_was_is_told_with_the_nearest(service: Service) -> None:  # LOG-03
    Registry(service.database).save_webhook(WebhookDefinition(service.name, "saveText"))

    with pytest.raises(
        WebhookNotFound, match=r"no webhook 'savetxt'; it has: inbox, saveText\. Did you mean 'saveText'"
    ):
        service.logs(webhook="savetxt")
    with pytest.raises(WebhookNotFound, match=r"has no webhook 'other'; it has: inbox, saveText\.$"):
        service.logs(webhook="other")

    assert len(service.logs(webhook="saveText")) == len(service.logs(webhook="inbox")) == 0


def test_a_webhook_that_was_is_no_mistake_as_long_as_anything_of_it_is_stored(service: Service) -> None:
    now = datetime.now(UTC)
    given: dict[str, Any] = {"service": service.name, "webhook": "old", "started": now, "completed": now}
    LogBook(service.database).add([made("1" * 24, source="webhook", **given)])

    assert len(service.logs(webhook="old")) == 1
    assert len(service.logs(webhook="old", status="Error")) == 0
    assert len(service.texts(webhook="old")) == 0
