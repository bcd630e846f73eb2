"""The receiver's life: its sockets, its parent, its store, and kernels of other releases."""

import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from twilio_nb.domain.twiml import EMPTY
from twilio_nb.receiving.life import pause_before_start
from twilio_nb.receiving.listeners import Listeners
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import new_runtime
from twilio_nb.storage.registry import Registry


def until(condition: Callable[[], Any], seconds: float) -> float:
    """Wait for a condition; return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - began


def test_its_sockets_are_for_this_user_alone(receiver: Any) -> None:
    for name in ("pages.sock", "webhooks.sock", "kernels.sock"):
        mode = (receiver.directory / name).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
    listening = psutil.Process(receiver.process.pid).net_connections("inet")
    assert {connection.laddr.ip for connection in listening if connection.status == "LISTEN"} == {"127.0.0.1"}


def test_it_loads_neither_pandas_nor_the_notebook_nor_twilio_s_rest_client() -> None:
    program = (
        "import sys, twilio_nb.receiving.receiver, twilio_nb.receiving.web, twilio_nb.receiving.kernels\n"
        "unwanted = {'pandas', 'ipywidgets', 'IPython', 'twilio.rest', 'twilio_nb.notebook', 'numpy'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_on_sigterm_it_ends_at_once_and_leaves_no_socket(start_receiver: Callable[..., Any]) -> None:
    receiver = start_receiver().wait()

    receiver.process.send_signal(signal.SIGTERM)
    began = time.monotonic()

    assert receiver.process.wait(10) == 0
    assert time.monotonic() - began < 1.5
    assert not list(receiver.directory.glob("*.sock"))


def test_an_interrupt_is_for_its_parent(start_receiver: Callable[..., Any]) -> None:
    receiver = start_receiver().wait()

    receiver.process.send_signal(signal.SIGINT)
    time.sleep(0.3)

    assert receiver.request("GET", "/", socket_name="pages.sock").status == 200


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that starts a receiver, says its pid and directory, and waits."""
    program = (
        "import subprocess, sys, time\n"
        "from twilio_nb.storage.directories import new_runtime\n"
        "directory = new_runtime('kernel')\n"
        "command = [sys.executable, '-m', 'twilio_nb.receiving.receiver', '--runtime', str(directory)]\n"
        "receiver = subprocess.Popen(command)\n"
        "while not (directory / 'pages.sock').exists(): time.sleep(0.01)\n"
        "print(receiver.pid, directory, flush=True)\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_one_that_was_stopped_is_gone_when_its_parent_is(parent: subprocess.Popen[str], mongod: Any) -> None:
    assert parent.stdout is not None
    pid, directory = parent.stdout.readline().split()
    receiver = psutil.Process(int(pid))
    receiver.suspend()

    parent.kill()
    parent.wait()

    assert until(lambda: not receiver.is_running() or receiver.status() == "zombie", 3) < 2
    until(lambda: not Path(directory).exists(), 1)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_it_is_gone_when_its_parent_is(parent: subprocess.Popen[str], mongod: Any, ending: int) -> None:
    assert parent.stdout is not None
    pid, directory = parent.stdout.readline().split()
    receiver = psutil.Process(int(pid))

    parent.send_signal(ending)
    parent.wait()

    assert until(lambda: not receiver.is_running() or receiver.status() == "zombie", 3) < 2
    until(lambda: not Path(directory).exists(), 1)


def test_a_receiver_whose_directory_is_taken_away_ends(start_receiver: Callable[..., Any]) -> None:
    receiver = start_receiver().wait()
    for path in receiver.directory.iterdir():
        path.unlink()
    receiver.directory.rmdir()

    assert receiver.process.wait(5) == 0


@pytest.mark.parametrize("name", ["pages.sock", "webhooks.sock", "kernels.sock"])
def test_a_receiver_that_lost_a_socket_ends_so_that_another_takes_its_place(
    start_receiver: Callable[..., Any], name: str
) -> None:
    receiver = start_receiver().wait()
    (receiver.directory / name).unlink()

    assert receiver.process.wait(5) == 0


def test_a_killed_receiver_s_successor_takes_its_sockets_and_its_port(
    start_receiver: Callable[..., Any],
) -> None:
    first = start_receiver().wait()
    base = first.base
    first.kill()

    second = start_receiver(first.directory).wait()

    assert second.base == base


def test_a_leaving_receiver_leaves_its_successor_s_sockets_alone() -> None:
    directory = new_runtime("kernel")
    leaving, successor = Listeners(directory, None), Listeners(directory, None)

    leaving.remove()

    assert len(list(directory.glob("*.sock"))) == 3
    successor.remove()
    assert not list(directory.glob("*.sock"))


def test_a_crash_loop_slows_down_and_is_forgotten() -> None:
    directory = new_runtime("kernel")

    pauses = [pause_before_start(directory, 1000.0 + n) for n in range(14)]

    assert pauses[:4] == [0.0] * 4
    assert pauses[4:8] == [0.2, 0.4, 0.8, 1.6]
    assert pauses[-1] == 10.0
    assert pause_before_start(directory, 1100.0) == 0.0


def test_a_kernel_of_another_release_is_told_so(receiver: Any, sandbox: Any) -> None:
    kernel = type(sandbox.kernel)(receiver, version="0.0.1")

    assert kernel.welcome["type"] == "refused"
    assert "0.0.1" in kernel.welcome["reason"]
    assert kernel.hear() == {}
    kernel.close()


def test_a_kernel_that_uses_another_mongodb_is_told_so(receiver: Any, sandbox: Any) -> None:
    kernel = type(sandbox.kernel)(receiver, store="another")

    assert kernel.welcome["type"] == "refused"
    assert "another MongoDB" in kernel.welcome["reason"]
    assert "TWILIO_NB_MONGODB_URI" in kernel.welcome["reason"]
    kernel.close()


@pytest.mark.parametrize(
    "message", [b"[]\n", b"{\n", b'{"type":"register"}\n', b'{"type":"what"}\n', b"x" * (2 << 20)]
)
def test_a_kernel_that_cannot_be_understood_is_let_go_and_nobody_else(sandbox: Any, message: bytes) -> None:
    odd = sandbox.connect()
    with suppress(OSError):
        odd._socket.sendall(message)
        assert odd.hear()["type"] == "refused"

    assert sandbox.text(sandbox.form(), "inbox").status == 200


def test_a_kernel_is_told_the_addresses(receiver: Any, sandbox: Any) -> None:
    assert sandbox.kernel.welcome["addresses"] == {"loopback": receiver.base, "public": []}


def test_while_the_store_is_away_it_answers_503_and_recovers_by_itself(
    start_receiver: Callable[..., Any], serve: Callable[[Any], Any], tmp_path: Path
) -> None:
    # A store of its own: an embedded mongod of another data directory, held by this receiver alone.
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    receiver = start_receiver(None, TWILIO_NB_DATA=str(data), TWILIO_NB_SECRET_S="t" * 32).wait()
    service = serve(receiver)
    until(lambda: service.text(service.form(), "inbox", timeout=30).status == 200, 30)
    mongod = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if "mongod" in " ".join(process.info["cmdline"] or [])[:200]
        and str(data) in " ".join(process.info["cmdline"] or [])
        and "keeper" not in " ".join(process.info["cmdline"] or [])
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWILIO_NB_DATA", str(data))
        with Database.open(service.database.name) as own:  # where the receiver looks for the webhook
            service.registry = Registry(own)
            service.register(service.kernel)
    form = service.form()
    mongod.suspend()
    try:
        began = time.monotonic()
        reply = service.text(form)
        took = time.monotonic() - began
        page = receiver.request("GET", "/", socket_name="pages.sock", timeout=1)
    finally:
        mongod.resume()

    assert (reply.status, reply.code) == (503, "MongoDBError")
    assert took < 5
    assert page.status == 200
    assert until(lambda: service.text(service.form(), "inbox").status == 200, 10) < 3
    # What was refused is sent again; whether or not it had been stored, its handler runs once.
    with ThreadPoolExecutor() as threads:
        again = [threads.submit(service.text, form) for _ in range(2)]
        service.kernel.answer(service.kernel.hear("call"), "At last")
        assert {"At last" in reply.result().body for reply in again} == {True}
    service.kernel.hear("settled")
    service.kernel.tell("ping")
    service.kernel.hear("pong")


def test_a_receiver_that_ends_answers_what_it_has_stored_and_leaves_the_rest_to_the_kernel(
    start_receiver: Callable[..., Any], serve: Callable[[Any], Any]
) -> None:
    receiver = start_receiver().wait()
    service = serve(receiver)
    service.register(service.kernel)
    form = service.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(service.text, form)
        service.kernel.hear("call")
        receiver.process.send_signal(signal.SIGTERM)
        reply = answer.result()

    assert (reply.status, reply.body) == (200, EMPTY)
    assert service.kernel.hear() == {}
    receiver.process.wait(5)
    assert service.stored(form)["handling"]["state"] in ("running", "late")  # the kernel delivers by REST


def test_a_receiver_without_any_store_starts_and_says_why(start_receiver: Callable[..., Any]) -> None:
    receiver = start_receiver(None, TWILIO_NB_MONGODB_URI="mongodb://127.0.0.1:1/").wait()
    began = time.monotonic()

    reply = receiver.post("twilio/service/s/incoming_webhook/inbox", {"MessageSid": "SM1"}, token="t")

    assert reply.status == 503
    assert time.monotonic() - began < 5
