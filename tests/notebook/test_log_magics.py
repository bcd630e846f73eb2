"""``%twilio_logs``: what it asks of a service, and how it shows what it gets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from IPython.core.error import UsageError

from tests.notebook.conftest import RecordingService
from twilio_nb.domain.entries import entry
from twilio_nb.notebook.log_table import in_full, table
from twilio_nb.storage.log_frames import log_frame

Run = Callable[[str], Any]
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def made(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"service": "s", "webhook": "echo", "started": NOW, "completed": NOW}
    return entry("65" * 12, **(given | {"source": "webhook", "state": "answered"} | more))


def test_the_options_narrow_what_is_asked_for(run: Run, service: RecordingService) -> None:  # LOG-04
    shown = run("%twilio_logs myTwilio --errors --webhook echo --since 2h")

    (_, asked), *_ = service.asked
    assert datetime.now(UTC) - asked.pop("since") - timedelta(hours=2) < timedelta(minutes=1)
    assert asked == {"status": "Error", "webhook": "echo"}
    assert repr(shown) == "The log has no such entry."


def test_a_request_is_asked_for_by_its_id(run: Run, service: RecordingService) -> None:  # LOG-08
    shown = run("%twilio_logs --request 6565")

    assert service.asked == [("logs", {"request_id": "6565"})]
    assert "no such request" in repr(shown)


def test_in_a_terminal_the_tail_is_what_there_is(run: Run, service: RecordingService) -> None:  # LOG-04
    assert repr(run("%twilio_logs --tail")) == "The log has no such entry."


def test_a_request_has_no_tail(run: Run, service: RecordingService) -> None:
    with pytest.raises(UsageError, match="not both"):
        run("%twilio_logs --tail --request 6565")


def test_a_line_says_what_became_of_a_text() -> None:
    log = log_frame(
        [
            made(duration=0.0123, message={"from": "+15558675309"}),
            made(state="failed", error="ValueError: no", source="replay"),
            made(state=None, webhook=None, error="SignatureError: no"),
            made(state=None, webhook=None, error="RuleDenied: no", source="send"),
            made(state=None, webhook=None, error="GatewayError (code 21610): no", source="forward"),
        ]
    )

    rows = table(log).rows
    assert [row["outcome"] for row in rows] == [
        "answered",
        "failed, run again: ValueError: no",
        "refused: no",
        "not sent: no",
        "not sent: no",
    ]
    assert [row["webhook"] for row in rows] == ["echo", "echo", "status callback", "", ""]
    assert log["error"].tolist()[3:] == ["RuleDenied: no", "GatewayError (code 21610): no"]
    assert (rows[0]["took"], rows[0]["from"], rows[0]["time"]) == ("12 ms", "…5309", NOW)


def test_in_full_a_request_shows_what_was_printed_and_raised_as_text() -> None:
    late = made(state="late")
    failed = made(
        own_id="66" * 12, state="failed", error="E: no", printed=HOSTILE, traceback="Traceback\n  …"
    )

    shown = in_full(log_frame([failed, late]))

    facts = [(row[""], row["what"]) for row in shown.rows]
    assert facts.index(("outcome", "late; the reply goes by REST")) < facts.index(
        ("outcome", "failed: E: no")
    )
    assert ("traceback", "Traceback\n  …") in facts
    assert ("kind of error", "E") in facts
    assert facts[-1][0] == "…"
    assert "try the handler by hand" in str(facts[-1][1])
    assert "<img" not in shown._repr_html_()
    assert "\u202e" not in repr(shown)
