"""The magics on real parts: a sandbox account, its phone, a receiver, MongoDB."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import twilio_nb
from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.current import services
from twilio_nb.receiving.host import Host
from twilio_nb.sending.advice import advice
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.mongod import Mongod

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def account(mongod: Mongod) -> Iterator[SandboxAccount]:
    """A simulated account that the module's tests share."""
    opened = twilio_nb.sandbox(f"magics-{secrets.token_hex(3)}")
    yield opened
    opened.close()
    host = Host.running()
    if host is not None:
        host.close()


@pytest.fixture
def at(shell: InteractiveShell, account: SandboxAccount) -> SandboxAccount:
    """The account, whose service the shell's magics use."""
    services.add(account.service)
    return account


def sent(account: SandboxAccount, number: str) -> list[str]:
    """What Twilio's log has as sent to a number, the newest first."""
    return [record["body"] for record in account.service.gateway.messages(to=number)]


def test_a_text_reaches_the_phone_as_typed_and_can_be_followed(run: Run, at: SandboxAccount) -> None:
    to = number()

    message = run(f'%twilio_send {to} Is it "$5", {{really}}?')

    assert sent(at, to) == ['Is it "$5", {really}?']
    assert message.refresh().status in ("queued", "sent", "delivered")


def test_with_a_key_running_all_again_texts_nobody_twice(run: Run, at: SandboxAccount) -> None:
    to = number()

    sids = {run(f"%twilio_send --once k {to} Class starts at 9").sid for _ in range(3)}

    assert len(sids) == 1
    assert sent(at, to) == ["Class starts at 9"]


def test_a_dry_run_leaves_no_trace_anywhere(run: Run, at: SandboxAccount) -> None:
    to = number()

    preview = run(f"%twilio_send --dry-run --once k {to} Hello")

    assert f"from    {at.numbers[0]}" in repr(preview)
    assert f"service {at.name}" in repr(preview)
    assert sent(at, to) == []
    assert at.service.database.collection("sends").find_one({"_id.recipient": to}) is None


@pytest.mark.parametrize("line", ["%twilio_send {} Hello", "%twilio_send --dry-run {} Hello"])
def test_the_rules_of_the_service_bind(run: Run, at: SandboxAccount, line: str) -> None:
    staff, stranger = "+15558679912", "+15558679913"
    at.service.rules.add("allow-send", when={"to": staff})
    try:
        run(line.format(staff))
        with pytest.raises(UsageError, match="'allow-send' comes closest"):
            run(line.format(stranger))
    finally:
        at.service.rules.add("allow-send")

    assert sent(at, stranger) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("15558675309 x", r"did you mean '\+15558675309'"),
        ("+15005550004 x", r"21610.*START"),
        ("--from +15005550007 +15558675309 x", "21606"),
        ("+15558675309", "nothing to send"),
    ],
)
def test_what_cannot_be_sent_is_said_in_one_line(
    run: Run, at: SandboxAccount, capsys: pytest.CaptureFixture[str], line: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        run(f"%twilio_send {line}")

    assert type(caught.value) is UsageError
    assert "Traceback" not in capsys.readouterr().err


def test_a_cell_answers_a_text_and_both_stand_in_the_frame(run: Run, at: SandboxAccount) -> None:
    to = number()
    run("%%twilio_webhook echo --respond-result\ndef echo(payload):\n    return payload['Body'] + '!'")

    conversation = at.phone(to).text("Hi")
    rows = run("%twilio_webhooks")
    frame = run(f"%twilio_texts --since 1h --with '{to}'")

    assert conversation.replies == ["Hi!"]
    assert [(row["service"], row["state"]) for row in rows if row["webhook"] == "echo"] == [(at.name, "live")]
    assert list(frame["body"]) == ["Hi", "Hi!"]
    assert list(run(f"%twilio_texts --with {to} --words hi --direction outbound")["body"]) == ["Hi!"]


def test_below_the_texts_stands_what_to_do_about_those_that_failed(
    run: Run, at: SandboxAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    to, log = number(), MessageLog(at.service.database)
    for code in ("30003", "30003", "39999"):
        form = [("To", to), ("ErrorCode", code)]
        sid = f"SM{secrets.token_hex(16)}"
        log.update_status(sid, "undelivered", service=at.name, form=form, time=datetime.now(UTC))

    frame = run(f"%twilio_texts --with {to}")

    shown = capsys.readouterr().out
    assert f"Error 30003 (2 texts): {advice(30003)}" in shown
    assert "Error 39999 (1 text): See https://www.twilio.com/docs/api/errors/39999" in shown
    assert len(frame) == 3
    run("%twilio_texts --with +15558670000")
    assert "Error" not in capsys.readouterr().out


def test_a_text_whose_handler_failed_is_answered_by_a_replay(run: Run, at: SandboxAccount) -> None:
    to = number()
    run("%%twilio_webhook fragile --respond-result\ndef answer(payload, response):\n    raise ValueError")
    at.phone(to).text("Hi")
    run("%%twilio_webhook fragile --respond-result\ndef answer(payload, response):\n    return 'mended'")

    table = run("%twilio_replay fragile --failed")

    assert len(table) == 1
    assert sent(at, to)[0] == "mended"
    assert len(run("%twilio_replay fragile --failed")) == 0


def test_config_finds_everything_in_order(run: Run, at: SandboxAccount) -> None:
    findings = run("%twilio_config")

    assert at.service.token.reveal() not in repr(findings) + findings._repr_html_()
    assert "problem" not in {finding.state for finding in findings}
