"""Errors, texts, configuration and context: the magics in a real shell."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import twilio_nb
from tests.notebook.conftest import TO, RecordingService, Run
from twilio_nb.errors import GatewayError, InvalidAddress, ServiceNotFound
from twilio_nb.notebook.current import services
from twilio_nb.receiving.context import context


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%twilio_send", "required: TO"),
        (f"%twilio_send {TO} --dry-run Hello", "Put options first"),
        (f"%twilio_send --unknown {TO} Hello", "--unknown"),
        (f"%twilio_send --format {TO} Hello {{nobody}}", "no variable 'nobody'"),
        (f"%%twilio_send {TO} Hello\nyou", "is the cell"),
        ("%twilio_replay a --failed SM1", "not both"),
        ("%twilio_texts --since noon", "is no time"),
        ("%twilio_texts --with 5558675309", r"did you mean '\+15558675309'"),
        ("%twilio_texts --with 'Bob from the café'", "is no sender"),
        ("%twilio_texts --limit few", "invalid int"),
        ("%twilio_texts --direction in", "invalid choice"),
        ("%%twilio_webhook\ndef f(p): pass", "required: NAME"),
        ("%%twilio_webhook w --timeout long\ndef f(p): pass", "invalid float"),
    ],
)
def test_a_mistake_is_said_in_one_line(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str], cell: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        run(cell)

    shown = capsys.readouterr()
    assert type(caught.value) is UsageError
    assert "Traceback" not in shown.out + shown.err
    assert service.asked == []


def test_an_error_of_ours_is_one_line_and_the_cell_fails(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str]
) -> None:
    service.fails_with = InvalidAddress("'x' is not a number.")

    with pytest.raises(UsageError, match="'x' is not a number") as caught:
        run("%twilio_send x Hello")

    shown = capsys.readouterr()
    assert type(caught.value) is UsageError
    assert (shown.out + shown.err).strip() == "UsageError: 'x' is not a number."


def test_an_error_of_another_kind_keeps_its_traceback(run: Run, service: RecordingService) -> None:
    service.fails_with = RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        run("%twilio_send x Hello")


def test_without_a_service_it_is_said_how_to_open_one(run: Run, shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match=r"twilio_nb\.connect"):
        run(f"%twilio_send {TO} Hello")


def test_a_stored_service_is_opened_on_first_use(run: Run, shell: InteractiveShell) -> None:
    stored = RecordingService("stored")
    services.opener = lambda name: stored

    run(f"%twilio_send {TO} Hello")

    assert stored.asked == [("send", {"to": TO, "body": "Hello"})]


def test_texts_are_narrowed_by_number_age_and_count(run: Run, service: RecordingService) -> None:
    frame = run("f = %twilio_texts --since 2h --with '+1 555 867-5309' --limit 5\nf")

    verb, filters = service.asked[0]
    since = filters.pop("since")
    assert (list(frame.columns), verb, filters) == (["error_code"], "texts", {"with_": TO, "limit": 5})
    assert abs(datetime.now(UTC) - timedelta(hours=2) - since) < timedelta(minutes=1)


def test_texts_are_narrowed_by_words_direction_and_status(run: Run, service: RecordingService) -> None:
    run("%twilio_texts --words 'stop please' --direction inbound --status received")

    assert service.asked == [
        ("texts", {"words": "stop please", "direction": "inbound", "status": "received"})
    ]


@pytest.mark.parametrize("address", ["72645", "MyCafe", "whatsapp:+15558675309"])
def test_texts_with_any_kind_of_address_can_be_read(
    run: Run, service: RecordingService, address: str
) -> None:
    run(f"%twilio_texts --with {address}")

    assert service.asked == [("texts", {"with_": address})]


def test_config_shows_what_is_not_in_order(run: Run, service: RecordingService) -> None:
    findings = run("%twilio_config")

    assert "! No sender is set." in repr(findings)
    assert "myTwilio" in repr(findings)


def test_config_is_a_form_where_there_are_widgets(
    run: Run, shell: InteractiveShell, service: RecordingService
) -> None:
    shell.kernel = object()  # type: ignore[attr-defined]

    run("%twilio_config")

    assert service.asked == [("config", {})]


def test_config_without_a_service_is_advice_and_no_error(run: Run, shell: InteractiveShell) -> None:
    def opener(name: str | None) -> Any:
        message = "Nothing is stored."
        raise ServiceNotFound(message)

    services.opener = opener

    assert "✗ Nothing is stored." in repr(run("%twilio_config"))


def test_context_is_offered_and_taken_back(shell: InteractiveShell) -> None:
    assert shell.user_ns["context"] is context
    assert "context" not in shell.run_line_magic("who_ls", "")

    twilio_nb.unload_ipython_extension(shell)

    assert "context" not in shell.user_ns
    assert "twilio_send" not in shell.magics_manager.magics["line"]


def test_a_context_of_the_users_own_is_never_touched(shell: InteractiveShell) -> None:
    twilio_nb.unload_ipython_extension(shell)
    shell.user_ns["context"] = "mine"

    twilio_nb.load_ipython_extension(shell)
    twilio_nb.unload_ipython_extension(shell)

    assert shell.user_ns["context"] == "mine"


def test_a_failure_at_twilio_shows_no_token_in_the_most_talkative_mode(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str]
) -> None:
    service.fails_with = GatewayError("Twilio refused: no.", status=400, code=21211)
    run("%xmode Verbose")
    capsys.readouterr()

    with pytest.raises(UsageError):
        run("%twilio_send x Hello")

    shown = capsys.readouterr()
    assert (shown.out + shown.err).strip() == "UsageError: Twilio refused: no."


def test_loading_imports_nothing_heavy() -> None:
    program = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
before = set(sys.modules)
shell.run_line_magic("load_ext", "twilio_nb")
new = {name.partition(".")[0] for name in set(sys.modules) - before}
sys.stdout.write(" ".join(sorted(new)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    heavy = {
        "pandas",
        "numpy",
        "pyarrow",
        "pymongo",
        "bson",
        "twilio",
        "requests",
        "ipywidgets",
        "phonenumbers",
    }
    assert heavy & set(done.stdout.split()) == set()
    assert "twilio_nb" in done.stdout
