"""The magics in a real shell."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import twilio_nb
from tests.notebook.conftest import SID, RecordingService
from twilio_nb.errors import GatewayError, InvalidAddress, ServiceNotFound
from twilio_nb.notebook.current import services
from twilio_nb.receiving.context import context

Run = Callable[[str], Any]
TO = "+15558675309"


@pytest.mark.parametrize(
    "text",
    [
        "Hello from the notebook",
        'It\'s "5" for $USER and {name}, 100% \\o/ # no comment',
        "How are you?",
        "Really??",
        "is it x?",
        "see https://example.org/?q=1&r={2}",
        "two  spaces",
        "a 'quoted' word?",
        "Grüße 👋🏽 שלום?",
    ],
)
def test_a_text_is_sent_exactly_as_typed(run: Run, service: RecordingService, text: str) -> None:
    run("name, x, you, word = 'Ada', 1, 2, 3")

    message = run(f"%twilio_send {TO} {text}")

    assert service.asked == [("send", {"to": TO, "body": text})]
    assert message.sid == SID


@pytest.mark.parametrize("before", ["", "m = ", "if True:\n    ", "x = 1\n"])
def test_a_question_is_a_text_wherever_the_magic_stands(
    run: Run, service: RecordingService, before: str
) -> None:
    run(f"{before}%twilio_send --once k {TO} How are you?\n")

    assert service.asked == [("send", {"to": TO, "body": "How are you?", "once": "k"})]


@pytest.mark.parametrize(
    "cell",
    [
        't = """\n{line}\n"""',
        "t = '''it's\n    {line}\n'''",
        '%twilio_send --dry-run {to} It\'s "5\nt = r"""\\\n{line}\n"""',
        '# it\'s\nt = \'"""\' + """\n{line}\n"""',
    ],
)
def test_a_string_that_reads_like_the_magic_stays_as_it_is(
    run: Run, shell: InteractiveShell, service: RecordingService, cell: str
) -> None:
    line = f"%twilio_send {TO} really?"

    run(cell.format(line=line, to=TO))

    assert line in shell.user_ns["t"]
    assert [verb for verb, _ in service.asked if verb == "send"] == []


def test_a_question_behind_a_string_is_a_text(run: Run, service: RecordingService) -> None:
    run(f's = "it\'s"  # isn\'t it?\nt = """\n%twilio_send a b?\n"""\n%twilio_send {TO} How are you?')

    assert service.asked == [("send", {"to": TO, "body": "How are you?"})]


def test_a_question_mark_right_behind_the_magic_asks_for_its_manual(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str]
) -> None:
    run("%twilio_send?")

    manual = capsys.readouterr().out
    assert "%twilio_send +15558675309 Hello from the notebook." in manual
    assert "--dry-run" in manual
    assert service.asked == []


def test_a_cell_is_a_text_of_several_lines(run: Run, service: RecordingService) -> None:
    run(f"%%twilio_send --media https://a.example/ --media https://b.example/ {TO}\n  Hi $x {{y}}\n\n%who?\n")

    assert service.asked == [
        (
            "send",
            {
                "to": TO,
                "body": "  Hi $x {y}\n\n%who?",
                "media_url": ["https://a.example/", "https://b.example/"],
            },
        )
    ]


def test_sender_service_and_key_can_be_chosen(run: Run, service: RecordingService) -> None:
    other = RecordingService("other")
    services.add(other)

    run(f"%twilio_send --service myTwilio --from '+1 500 555 0006' --once monday {TO} Hi")

    assert service.asked == [("send", {"to": TO, "body": "Hi", "from_": "+1 500 555 0006", "once": "monday"})]
    assert other.asked == []


def test_names_are_filled_in_on_request_only(run: Run, service: RecordingService) -> None:
    run("phone, name = '+15558675310', 'Ada'")
    run("%twilio_send --format {phone} Dear {name}, {{sic}}")

    assert service.asked == [("send", {"to": "+15558675310", "body": "Dear Ada, {sic}"})]


def test_a_dry_run_shows_size_and_what_made_it_dear_and_sends_nothing(
    run: Run, service: RecordingService
) -> None:
    preview = run(f"%twilio_send --dry-run --once k {TO} It’s on")

    assert [verb for verb, _ in service.asked] == ["checked"]
    for shown in (repr(preview), preview._repr_html_()):
        for part in (TO, "+15005550006", "1 segment", "UCS-2", "’ (U+2019)", "It’s on"):
            assert part in shown


@pytest.mark.parametrize(
    ("options", "body", "code"),
    [
        ("", "x" * 1601, "21617"),
        ("--media ftp://example.org/a.png", "x", "21620"),
        ("--media https://example.org/a.png --media example.org", "x", "21620"),
    ],
)
def test_a_dry_run_warns_of_what_twilio_refuses(
    run: Run, service: RecordingService, options: str, body: str, code: str
) -> None:
    preview = run(f"%twilio_send --dry-run {options} {TO} {body}")

    for shown in (repr(preview), preview._repr_html_()):
        assert f"! Twilio would refuse it with error {code}. " in shown


def test_a_dry_run_warns_of_nothing_that_twilio_takes(run: Run, service: RecordingService) -> None:
    preview = run(f"%twilio_send --dry-run --media HTTPS://example.org/a.png {TO} {'x' * 1600}")

    assert preview.warnings == ()


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


def test_a_webhook_is_the_cells_last_function_with_its_options(
    run: Run, service: RecordingService, shell: InteractiveShell
) -> None:
    cell = """%%twilio_webhook weather --respond-result --concurrency 3 --timeout 2.5 --run-as collector
    import math
    def first(payload): ...
    async def answer(payload, response):
        def inner(): ...
        return math.pi
    class Later:
        def method(self): ...
    number = 5
    number
    """.replace("\n    ", "\n")

    handle = run(cell)

    assert handle == "handle of weather"
    options = {"respond_result": True, "concurrency": 3, "timeout": 2.5, "run_as": "collector"}
    assert service.asked == [("define", {"name": "weather", **options})]
    assert service.functions["weather"] is shell.user_ns["answer"]
    assert shell.user_ns["number"] == 5


def test_the_defaults_of_a_webhook_are_the_services_own(run: Run, service: RecordingService) -> None:
    run("%%twilio_webhook weather\ndef answer(payload): ...")

    assert service.asked == [
        ("define", {"name": "weather", "respond_result": False, "concurrency": 1, "timeout": 10.0})
    ]


@pytest.mark.parametrize(
    "cell", ["x = 1", "class A:\n    def f(self): ...", "if True:\n    def f(p): ...", ""]
)
def test_a_cell_without_a_function_runs_nothing(
    run: Run, service: RecordingService, shell: InteractiveShell, cell: str
) -> None:
    with pytest.raises(UsageError):
        run(f"%%twilio_webhook weather\n{cell}")

    assert "x" not in shell.user_ns
    assert service.asked == []


def test_a_decorated_function_and_magics_in_the_cell_work(run: Run, service: RecordingService) -> None:
    run("def twice(f):\n    return lambda p: f(p) * 2")
    run("%%twilio_webhook w\n%precision 3\n@twice\ndef f(payload):\n    return payload")

    assert service.functions["w"]("ab") == "abab"


def test_a_name_that_is_no_function_in_the_end_is_said(run: Run, service: RecordingService) -> None:
    with pytest.raises(UsageError, match="no function any more"):
        run("%%twilio_webhook w\ndef f(p): ...\nf = 3")


def test_an_error_in_the_cell_points_to_its_line_and_defines_no_webhook(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZeroDivisionError):
        run("%%twilio_webhook w\ndef f(p): ...\n\n1 / 0")

    shown = capsys.readouterr().out
    assert "----> 4 1 / 0" in shown
    assert "cells.py" not in shown
    assert "magics.py" not in shown
    assert service.asked == []


def test_a_syntax_error_in_the_cell_points_to_its_line(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SyntaxError) as caught:
        run("%%twilio_webhook w\ndef f(p):\n    return (")

    assert caught.value.lineno == 3


def test_a_handlers_error_shows_its_source_later(run: Run, service: RecordingService) -> None:
    run("%%twilio_webhook w\ndef f(payload):\n    return payload['Body']")

    code = service.functions["w"].__code__
    assert code.co_firstlineno == 2
    assert "return payload['Body']" in inspect.getsource(service.functions["w"])


def test_webhooks_of_all_open_services_are_listed(run: Run, service: RecordingService) -> None:
    services.add(RecordingService("other"))

    assert [row["service"] for row in run("%twilio_webhooks")] == ["myTwilio", "other"]
    assert [row["service"] for row in run("%twilio_webhooks --service other")] == ["other"]


@pytest.mark.parametrize(
    ("line", "states", "sids"),
    [
        ("w", ["pending"], []),
        ("w --pending", ["pending"], []),
        ("w --failed", ["failed", "interrupted"], []),
        ("w --failed --pending", ["failed", "interrupted", "pending"], []),
        (f"w {SID} SM2", [], [SID, "SM2"]),
    ],
)
def test_replay_takes_states_or_sids(
    run: Run, service: RecordingService, line: str, states: list[str], sids: list[str]
) -> None:
    run(f"%twilio_replay {line}")

    assert service.asked == [("replay", {"name": "w", "states": states, "sids": sids})]


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
