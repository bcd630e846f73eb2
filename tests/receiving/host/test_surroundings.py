"""What a host leaves behind, keeps to itself, and says of the surroundings it is in."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.receiving.host.conftest import Line, Server, Twilio, receiver_of
from tests.receiving.host.desk import eventually
from twilio_nb import __version__
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving import launch
from twilio_nb.receiving.host import Host
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import new_runtime
from twilio_nb.storage.secrets import Secret


def test_closing_leaves_no_process_and_no_directory(host: Host, twilio: Twilio, database: Database) -> None:
    Line(host, twilio, database)
    process = receiver_of(host)
    directory = host._receiver._directory  # type: ignore[attr-defined]
    assert directory.is_dir()

    host.close()

    assert process.poll() is not None
    assert not directory.exists()
    assert Host.running() is None


def test_the_receiver_of_a_kernel_has_none_of_jupyter_s_credentials(
    mongod: Any, twilio: Twilio, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_CRYPT_KEY", "JUPYTERHUB_COOKIE_SECRET"):
        monkeypatch.setenv(name, "s3cret")
    host = Host.start()
    try:
        Line(host, twilio, database)
        environment = psutil.Process(receiver_of(host).pid).environ()
    finally:
        host.close()

    assert "s3cret" not in environment.values()
    assert environment["XDG_RUNTIME_DIR"]


def test_a_kernel_that_keeps_its_texts_elsewhere_than_the_receiver_is_told_where_to_say_so(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGODB_URI", "mongodb://127.0.0.1:1/?password=hunter2")
    open_link = line.host._reception.connection.link
    assert open_link is not None
    line.host._thread.loop.call_soon_threadsafe(open_link.close)

    eventually(lambda: not line.host.is_connected)
    with pytest.raises(ConfigurationError, match="another MongoDB than its Jupyter Server") as caught:
        line.serve()
    assert "TWILIO_NB_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    monkeypatch.delenv("TWILIO_NB_MONGODB_URI")
    line.serve()
    assert line.host.is_connected


SCRIPT = """
import threading, time
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.receiving.context import context
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret
import asyncio

host = Host.start()
database = Database.open("test_exit")
host.serve(ServiceDefinition("s", "AC" + "0" * 32, sandbox=True), database, [Secret("0" * 32)], None)

async def stuck(payload):
    await asyncio.to_thread(time.sleep, 60)

for function in (stuck, lambda payload: time.sleep(60)):
    handler = Handler(function, "s", "w")
    host.register(handler, database)
    start(handler, Text(()))
time.sleep(0.2)
database.drop()
print(host._receiver._process.pid, flush=True)
"""


def test_nothing_keeps_the_interpreter_from_exiting(mongod: Any) -> None:
    began = time.monotonic()
    script = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert script.stdout is not None
    pid = int(script.stdout.readline())
    printed = time.monotonic()

    assert script.wait(10) == 0
    assert time.monotonic() - printed < 3, f"started after {printed - began}"
    script.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_welcome_that_makes_no_sense_does_not_end_the_host(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    welcome = {"type": "welcome", "protocol": 1, "version": __version__, "addresses": {}}
    server = Server({"ready": True}, welcome)
    monkeypatch.setenv("TWILIO_NB_RUNTIME", str(server.directory))
    host = Host.start()
    try:
        # Now and then the connection breaks before the welcome is read, which is no news.
        eventually(lambda: "dialled again" in caplog.text)
        asked = server.asked
        eventually(lambda: server.asked > asked)
    finally:
        host.close()
        server.close()


def test_a_receiver_that_cannot_start_says_why(
    mongod: Any, twilio: Twilio, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "new_runtime", lambda kind: open_to_all(new_runtime(kind)))
    host = Host.start()
    try:
        with pytest.raises(ConfigurationError, match=r"The receiver ended with 1\.") as caught:
            Line(host, twilio, database)
        assert "open to other users" in str(caught.value)
    finally:
        host.close()


def open_to_all(directory: Path) -> Path:
    directory.chmod(0o755)
    return directory


@pytest.mark.parametrize(
    ("start", "greeting", "said"),
    [
        ({"error": "mongod is missing."}, {}, "Jupyter cannot start the receiver: mongod is missing."),
        (
            {"ready": True},
            {"type": "refused", "reason": "The kernel runs 2, its Jupyter Server 1."},
            "The receiver refused this kernel: The kernel runs 2, its Jupyter Server 1.",
        ),
        (
            {"ready": True},
            {"type": "welcome", "protocol": 0, "version": "0.0.1"},
            r"The receiver runs twilio_nb 0\.0\.1, this kernel .* Install the same release",
        ),
    ],
)
def test_under_jupyter_its_receiver_is_asked_for_and_what_is_wrong_is_said_at_once(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    start: dict[str, Any],
    greeting: dict[str, Any],
    said: str,
) -> None:
    server = Server(start, greeting)
    monkeypatch.setenv("TWILIO_NB_RUNTIME", str(server.directory))
    host = Host.start()
    definition = ServiceDefinition("s", "AC" + "0" * 32)
    began = time.monotonic()
    try:
        with pytest.raises(ConfigurationError, match=said):
            host.serve(definition, database, [Secret("0" * 32)], Gateway("AC" + "0" * 32, Secret("0" * 32)))
        assert time.monotonic() - began < 5
        assert server.asked
    finally:
        host.close()
        server.close()


def test_a_jupyter_server_without_the_package_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launch.notices() == []
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/ann/notebook.ipynb")

    (notice,) = launch.notices()

    assert "Jupyter Server whose own environment has no twilio_nb" in notice
    monkeypatch.setenv("TWILIO_NB_RUNTIME", "/run/user/1000/twilio_nb/jupyter-1-0000")
    assert launch.notices() == []
