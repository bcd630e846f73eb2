"""The magics about what answers texts, in a real shell."""

import inspect

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from tests.notebook.conftest import SID, RecordingService, Run
from twilio_nb.notebook.current import services

DEFAULTS = {
    "name": "weather",
    "respond_result": False,
    "on_error": 200,
    "disable_arg_logs": True,
    "concurrency": 1,
    "timeout": 10.0,
}


def test_a_webhook_is_the_cells_last_function_with_its_options(
    run: Run, service: RecordingService, shell: InteractiveShell
) -> None:
    cell = """%%twilio_webhook weather --respond-result --concurrency 3 --timeout 2.5 --run-as user --secret key
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
    (asked,) = service.asked
    assert asked == (
        "define",
        DEFAULTS
        | {
            "respond_result": True,
            "concurrency": 3,
            "timeout": 2.5,
            "run_as": "user",
            "secret": "key",
        },
    )
    assert service.functions["weather"] is shell.user_ns["answer"]
    assert shell.user_ns["number"] == 5


def test_the_defaults_of_a_webhook_are_the_services_own(run: Run, service: RecordingService) -> None:
    run("%%twilio_webhook weather\ndef answer(payload): ...")

    assert service.asked == [("define", DEFAULTS)]


def test_a_condition_is_json_in_single_quotes(run: Run, service: RecordingService) -> None:  # WHC-10
    run(
        """%%twilio_webhook weather --can-evaluate '{"From": {"$in": "%%values.staff"}}' --on-error 500 --arg-logs
def answer(payload): ..."""
    )

    condition = {"From": {"$in": "%%values.staff"}}
    others = {"can_evaluate": condition, "on_error": 500, "disable_arg_logs": False}
    assert service.asked == [("define", DEFAULTS | others)]


def test_a_condition_without_its_quotes_is_said_in_one_line(run: Run, service: RecordingService) -> None:
    with pytest.raises(UsageError, match="Put it in single quotes"):
        run('%%twilio_webhook weather --can-evaluate {"From":"+15558675309"}\ndef answer(payload): ...')

    assert service.asked == []


def test_a_name_that_no_webhook_can_have_is_said_before_a_service_is_opened(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str | None] = []
    monkeypatch.setattr(services, "opener", opened.append)

    with pytest.raises(UsageError, match="cannot name a webhook"):
        run("%%twilio_webhook 'a b' --service new\ndef answer(payload): ...")

    assert opened == []


def test_a_slip_leads_to_the_manual_of_a_magic_for_cells(run: Run, shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match="%%twilio_webhook\\? explains"):
        run("%%twilio_webhook weather --odd\ndef answer(payload): ...")

    assert shell.object_inspect("%%twilio_webhook")["found"]  # type: ignore[no-untyped-call]


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
        ("w --refused", ["refused"], []),
        (f"w {SID} SM2", [], [SID, "SM2"]),
    ],
)
def test_replay_takes_states_or_sids(
    run: Run, service: RecordingService, line: str, states: list[str], sids: list[str]
) -> None:
    run(f"%twilio_replay {line}")

    assert service.asked == [("replay", {"name": "w", "states": states, "sids": sids})]
