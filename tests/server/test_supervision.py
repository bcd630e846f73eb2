"""The receiver's life inside a real Jupyter Server: back after every end of its own, gone with the server."""

import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.server

INBOX = "twilio/service/myTwilio/incoming_webhook/inbox"


def until(condition: Callable[[], Any], seconds: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - began


def takes_texts(jupyter: Any) -> bool:
    return bool(jupyter.post(INBOX, jupyter.form()).status_code == 200)


def is_replaced(jupyter: Any, old: int) -> bool:
    return any(process.pid != old for process in jupyter.receivers())


def report(line: str) -> None:
    """Tell a figure to whoever reads the output of a passing test (pytest -rP)."""
    sys.stdout.write(line + "\n")


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_receiver_that_ends_is_back_within_a_second(jupyter: Any, way: int) -> None:
    # SIGTERM makes it exit with 0, after which jupyter-server-proxy alone would not start it again.
    until(lambda: takes_texts(jupyter), 10)
    time.sleep(1)  # the watch has seen it
    receiver = jupyter.receiver()

    receiver.send_signal(way)

    replaced = until(lambda: is_replaced(jupyter, receiver.pid), 5)
    answered = replaced + until(lambda: takes_texts(jupyter), 10)
    report(f"signal {way}: another process after {replaced:.2f} s, texts taken after {answered:.2f} s")
    assert replaced < 1
    assert answered < 8  # on a busy machine; see the report for a quiet one


def test_a_receiver_that_hangs_is_killed_and_replaced_and_what_it_had_taken_is_taken_again(
    start: Any,
) -> None:
    jupyter = start()
    until(lambda: takes_texts(jupyter), 10)
    receiver = jupyter.receiver()
    statuses: list[int] = []
    waiting = threading.Thread(
        target=lambda: statuses.append(jupyter.post(INBOX, jupyter.form()).status_code)
    )
    receiver.suspend()
    try:
        waiting.start()
        replaced = until(lambda: is_replaced(jupyter, receiver.pid), 15)
        answered = replaced + until(lambda: takes_texts(jupyter), 10)
        waiting.join()
    finally:
        if receiver.is_running():
            receiver.resume()

    report(f"hung: another process after {replaced:.2f} s, texts taken after {answered:.2f} s")
    assert gone(receiver)
    assert 5 < replaced < 9
    assert statuses == [200]


@pytest.mark.parametrize("answered", [True, False], ids=["after its first answer", "before"])
def test_a_receiver_that_hangs_as_soon_as_it_was_restarted_is_replaced_as_fast(
    start: Any, answered: bool
) -> None:
    jupyter = start()
    until(lambda: takes_texts(jupyter), 10)
    first = jupyter.receiver()
    first.kill()
    until(lambda: is_replaced(jupyter, first.pid), 5)
    receiver = next(process for process in jupyter.receivers() if process.pid != first.pid)
    if answered:
        until(lambda: takes_texts(jupyter), 10)
    else:
        until(lambda: listens(jupyter.directory / "pages.sock"), 10)
    receiver.suspend()
    try:
        replaced = until(lambda: is_replaced(jupyter, receiver.pid), 15)
        answers = replaced + until(lambda: takes_texts(jupyter), 10)
    finally:
        if receiver.is_running():
            receiver.resume()

    report(f"hung when new: another process after {replaced:.2f} s, texts taken after {answers:.2f} s")
    assert gone(receiver)
    assert replaced < 9


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def test_a_receiver_that_cannot_start_is_tried_ever_less_often_until_it_can(start: Any) -> None:
    jupyter = start()
    until(lambda: takes_texts(jupyter), 10)
    seen: dict[int, float] = {}
    began = time.monotonic()
    jupyter.directory.chmod(0o755)  # which it refuses
    jupyter.receiver().kill()
    while time.monotonic() - began < 6:
        for process in jupyter.receivers():
            seen.setdefault(process.pid, time.monotonic() - began)
        time.sleep(0.005)

    report(f"started after {[round(when, 2) for when in seen.values()]} s")
    assert sum(when > 3 for when in seen.values()) <= 6
    assert jupyter.post(INBOX, jupyter.form()).status_code == 503
    jupyter.directory.chmod(0o700)
    until(lambda: takes_texts(jupyter), 20)


def by_shutdown(jupyter: Any) -> None:
    assert jupyter.login.post("api/shutdown").status_code == 200


def by_signal(way: int) -> Callable[[Any], None]:
    return lambda jupyter: jupyter.process.send_signal(way)


@pytest.mark.parametrize(
    "end",
    [by_shutdown, by_signal(signal.SIGTERM), by_signal(signal.SIGINT), by_signal(signal.SIGKILL)],
    ids=["menu", "SIGTERM", "SIGINT", "SIGKILL"],
)
def test_when_jupyter_ends_the_receiver_is_gone_and_so_is_the_directory(start: Any, end: Any) -> None:
    jupyter = start()
    until(lambda: takes_texts(jupyter), 10)
    receiver, directory = jupyter.receiver(), jupyter.directory

    end(jupyter)
    jupyter.process.wait(15)

    took = until(lambda: gone(receiver), 5)
    report(f"gone {took:.2f} s after Jupyter")
    assert took < 2
    until(lambda: not directory.exists(), 2)
    log = jupyter.log.read_text()
    assert "Traceback" not in log
    assert "was destroyed" not in log
    assert "Unclosed" not in log


@pytest.mark.parametrize("end", [by_shutdown, by_signal(signal.SIGKILL)], ids=["menu", "SIGKILL"])
def test_a_receiver_that_was_stopped_is_gone_after_jupyter_all_the_same(start: Any, end: Any) -> None:
    jupyter = start()
    until(lambda: takes_texts(jupyter), 10)
    receiver, directory = jupyter.receiver(), jupyter.directory
    receiver.suspend()

    end(jupyter)
    jupyter.process.wait(15)

    took = until(lambda: gone(receiver), 5)
    report(f"stopped before, gone {took:.2f} s after Jupyter")
    assert took < 3
    until(lambda: not directory.exists(), 2)


def test_the_receiver_has_none_of_jupyter_s_credentials(jupyter: Any) -> None:
    until(lambda: takes_texts(jupyter), 10)
    environment = jupyter.receiver().environ()

    assert jupyter.token not in str(environment)
    assert "JUPYTER_TOKEN" not in environment
    assert "JUPYTERHUB_API_TOKEN" not in environment
    assert environment["TWILIO_NB_DATABASE"]


def test_the_directory_is_private_and_its_sockets_are(jupyter: Any) -> None:
    until(lambda: takes_texts(jupyter), 10)
    assert jupyter.directory.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in jupyter.directory.glob("*.sock")}
    assert modes == dict.fromkeys(("pages.sock", "webhooks.sock", "kernels.sock", "start.sock"), 0o600)


def test_an_inherited_runtime_directory_is_left_to_its_owner(
    start: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("TWILIO_NB_RUNTIME", str(tmp_path))
    jupyter = start()

    until(lambda: takes_texts(jupyter), 10)
    assert list(tmp_path.iterdir()) == []


def test_many_kernels_that_want_the_receiver_at_once_get_one(start: Any) -> None:
    jupyter = start(wanted=False)
    answers: list[bytes] = []

    def want() -> None:
        with socket.socket(socket.AF_UNIX) as kernel:
            kernel.settimeout(20)
            kernel.connect(str(jupyter.directory / "start.sock"))
            answers.append(kernel.recv(1000))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [b'{"ready": true}\n'] * 8
    jupyter.receiver()


def test_without_jupyter_server_proxy_s_extension_the_route_works_all_the_same(start: Any) -> None:
    jupyter = start("--ServerApp.jpserver_extensions={'jupyter_server_proxy': False, 'twilio_nb': True}")

    until(lambda: takes_texts(jupyter), 10)
    assert jupyter.login.get("twilio-nb/", follow_redirects=True).status_code == 404
