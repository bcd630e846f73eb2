"""New entries of the log reach Python's ``logging``, as they are written by real sends, handlers and stores."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.domain.entries import entry
from twilio_nb.errors import ConfigurationError, RuleDenied, WebhookNotFound
from twilio_nb.log_forwarder import NAME, THREAD, LogForwarder
from twilio_nb.notebook.widgets import reruns
from twilio_nb.service import Service
from twilio_nb.storage.logs import LogBook

Eventually = Callable[[Callable[[], bool]], None]
Forward = Callable[..., LogForwarder]


class Kept(logging.Handler):
    """Keeps its records, and does with each what it is told."""

    def __init__(self, does: Callable[[logging.LogRecord], object] = lambda record: None) -> None:
        super().__init__()
        self.records: list[Any] = []
        self._does = does

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self._does(record)

    @property
    def requests(self) -> list[str]:
        return [record.twilio_request_id for record in self.records]


@pytest.fixture
def forward(service: Service) -> Iterator[Forward]:
    with contextlib.ExitStack() as opened:
        yield lambda target, **which: opened.enter_context(service.forward_logs(target, **which))


def write(service: Service, number: int, **more: Any) -> str:
    """Write an entry as a receiver does, and return its request."""
    request, now = f"{number:024x}", datetime.now(UTC)
    given: dict[str, Any] = {"webhook": "echo", "state": "answered", "message": {"from": "+15558675309"}}
    made = entry(
        request, service=service.name, started=now, completed=now, source="webhook", **(given | more)
    )
    LogBook(service.database).add([made])
    return request


def test_each_entry_from_now_on_is_one_record(  # LOG-07
    service: Service, forward: Forward, eventually: Eventually
) -> None:
    write(service, 1)
    kept = Kept()
    forward(kept)

    answered = write(service, 2, printed="Before …", duration=0.2)
    failed = write(service, 3, state="failed", error="ValueError: no\n2026 CRITICAL forged")

    eventually(lambda: len(kept.records) >= 2)
    assert kept.requests == [answered, failed]
    good, bad = kept.records
    assert (good.name, good.levelname, good.getMessage()) == (NAME, "INFO", "echo, from …5309: answered")
    assert (good.twilio_status, good.twilio_from, good.twilio_printed) == ("OK", "…5309", "Before …")
    assert (good.twilio_traceback, good.twilio_duration, good.twilio_service) == (None, 0.2, service.name)
    assert good.created == good.twilio_completed.timestamp()
    assert bad.levelname == "ERROR"
    assert bad.getMessage() == "echo, from …5309: failed: ValueError: no 2026 CRITICAL forged"
    assert {name.removeprefix("twilio_") for name in vars(bad) if name.startswith("twilio_")} == {
        *service.logs().columns
    }


def test_only_what_has_both_the_status_and_the_webhook_is_forwarded(  # LOG-07
    service: Service, forward: Forward, eventually: Eventually
) -> None:
    for webhook in ("echo", "other"):
        write(service, len(webhook), webhook=webhook)
    kept = Kept()
    forward(kept, status="Error", webhook="echo")

    write(service, 11)
    write(service, 12, webhook="other", error="E: no")
    wanted = write(service, 13, error="E: no")

    eventually(lambda: len(kept.records) > 0)
    assert kept.requests == [wanted]


def test_a_handler_that_raises_is_told_of_and_gets_the_next(  # LOG-07
    service: Service, forward: Forward, eventually: Eventually, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(record: logging.LogRecord) -> None:
        raise OSError("no room on the disk")

    kept = Kept(fails)
    forward(kept)

    both = [write(service, 1), write(service, 2)]

    eventually(lambda: len(kept.records) == 2)
    assert kept.requests == both
    eventually(lambda: capsys.readouterr().err.count("OSError: no room on the disk") > 0)


def test_a_handler_whose_text_is_refused_hears_of_that_no_more(  # LOG-07
    service: Service, forward: Forward, eventually: Eventually
) -> None:
    def texts(record: logging.LogRecord) -> None:
        with contextlib.suppress(RuleDenied):
            service.send("+15558675398", record.getMessage())

    service.rules.remove("allow-send")
    kept, beside = Kept(texts), Kept(texts)
    forward(kept, status="Error")
    forward(beside, status="Error")

    first = write(service, 1, state="failed", error="E: no")
    eventually(lambda: len(service.logs()) == 3)
    last = write(service, 2, state="failed", error="E: no")
    eventually(lambda: len(service.logs()) == 6 and len(beside.records) == len(kept.records) == 2)

    assert kept.requests == beside.requests == [first, last]
    log = service.logs(request_id=first)
    assert sorted(log["source"]) == ["forward", "forward", "webhook"]


def test_a_logger_takes_what_its_level_and_handlers_allow(  # LOG-07
    service: Service, forward: Forward, eventually: Eventually
) -> None:
    kept, own = Kept(), logging.getLogger(service.name)
    own.addHandler(kept)
    own.setLevel(logging.ERROR)
    quiet = Kept()
    quiet.setLevel(logging.CRITICAL)
    forward(own)
    forward(quiet)

    write(service, 1)
    wanted = write(service, 2, error="E: no")

    eventually(lambda: len(kept.records) > 0)
    assert [(record.name, record.twilio_request_id) for record in kept.records] == [(service.name, wanted)]
    assert quiet.records == []


def left(service: Service) -> tuple[int, int, int]:
    """How many threads there are of forwarders, cursors on the server, and sockets."""
    cursors = service.database.client.admin.command("serverStatus")["metrics"]["cursor"]["open"]["total"]
    threads = [thread for thread in threading.enumerate() if thread.name == THREAD]
    return len(threads), int(cursors), len(psutil.Process().net_connections("unix"))


def test_many_that_were_opened_and_closed_leave_no_thread_stream_or_socket(  # LOG-07
    service: Service, eventually: Eventually
) -> None:
    kept = Kept()
    service.forward_logs(kept).close()
    before = left(service)

    for number in range(5):
        with service.forward_logs(kept) as forwarder:
            write(service, number)
            eventually(lambda: len(kept.records) == number + 1)  # noqa: B023 - asked at once
    write(service, 10)

    assert left(service) <= before
    assert "closed: 1 forwarded" in repr(forwarder)
    assert len(kept.records) == 5


def test_it_ends_with_its_service_and_when_its_handler_closes_it(  # LOG-07
    service: Service, eventually: Eventually
) -> None:
    own: list[LogForwarder] = []
    kept = Kept(lambda record: own[0].close())
    second = twilio_nb.connect(service.name)
    own.append(second.forward_logs(kept))
    second.forward_logs(Kept())

    write(service, 1)
    eventually(lambda: [thread.name for thread in threading.enumerate()].count(THREAD) == 1)
    second.close()

    assert THREAD not in [thread.name for thread in threading.enumerate()]


def test_what_is_written_while_it_is_being_closed_is_left_to_who_comes_after_it(  # LOG-07
    service: Service, eventually: Eventually
) -> None:
    first, second = Kept(), Kept()
    earlier = service.forward_logs(first)
    eventually(lambda: earlier._stream._place.keys() == {"start_after"})  # it listens
    with service.forward_logs(second):
        threading.Thread(target=earlier.close).start()
        eventually(earlier._ended.is_set)
        written = write(service, 1)
        eventually(lambda: second.requests == [written])
        earlier.close()

    assert first.requests == []


def test_a_cell_that_runs_again_forwards_once(  # LOG-07
    service: Service, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: asked))
    monkeypatch.setattr(reruns, "get_ipython", lambda: shell)
    monkeypatch.setattr(reruns, "_shown", {})
    first, second = Kept(), Kept()

    service.forward_logs(first)
    asked["header"] = {"msg_id": "2"}
    with service.forward_logs(second):
        written = write(service, 1)
        eventually(lambda: len(second.records) > 0)

    assert (first.requests, second.requests) == ([], [written])


@pytest.mark.parametrize(
    ("target", "which", "kind", "says"),
    [
        ("texts.log", {}, ConfigurationError, "found: str"),
        (Kept(), {"status": "error"}, ConfigurationError, "choose 'OK' or 'Error'"),
        (Kept(), {"webhook": {"$ne": ""}}, ConfigurationError, "webhook takes a string"),
        (Kept(), {"webhook": "inboks"}, WebhookNotFound, "Did you mean 'inbox'"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_no_thread(  # LOG-07
    service: Service, target: Any, which: dict[str, Any], kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        service.forward_logs(target, **which)

    assert THREAD not in [thread.name for thread in threading.enumerate()]


def test_a_texts_words_and_number_are_in_no_record(  # LOG-07, LOG-09
    account: SandboxAccount, eventually: Eventually
) -> None:
    def fails(payload: dict[str, str]) -> None:
        print("Got", payload["Body"])  # noqa: T201 - as people do
        raise ValueError(f"cannot do {payload['Body']} for {payload['From']}")

    account.service.define(fails, "fails")
    kept, phone = Kept(), account.phone()
    with account.service.forward_logs(kept, webhook="fails"):
        phone.text("Strawberries")
        eventually(lambda: len(kept.records) > 0)

    (record,) = kept.records
    assert record.getMessage().startswith(
        f"fails, from …{phone.number[-4:]}: failed: ValueError: cannot do …"
    )
    for told in (record.getMessage(), str(vars(record))):
        assert "Strawberries" not in told
        assert phone.number not in told
