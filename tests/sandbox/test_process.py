"""The sandbox as a process: what it leaves on disk, how it ends, how it comes back."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from http.client import HTTPException
from pathlib import Path
from threading import Thread

import psutil
import pytest

from tests.sandbox.conftest import Sandbox, StartSandbox, Webhook


def test_the_account_is_written_for_its_owner_alone(sandbox: Sandbox) -> None:
    file = sandbox.directory / "account.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert sandbox.directory.stat().st_mode & 0o777 == 0o700
    account = json.loads(file.read_text())
    assert re.fullmatch("AC[0-9a-f]{32}", account["account_sid"])
    assert re.fullmatch("[0-9a-f]{32}", account["auth_token"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", account["url"])
    assert account["numbers"] == ["+15550100001", "+15550100002"]
    assert account["phone"] == "+15558675309"


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    listening = [c for c in psutil.Process(sandbox.process.pid).net_connections() if c.status == "LISTEN"]
    assert [connection.laddr.ip for connection in listening] == ["127.0.0.1"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_restarted_it_is_the_same_account_at_the_same_address(
    start: StartSandbox, webhook: Webhook, how: signal.Signals
) -> None:
    first = start()
    first.answer_at(webhook.url)
    first.process.send_signal(how)
    first.process.wait(5)
    second = start()
    for key in ("url", "account_sid", "auth_token", "numbers", "phone"):
        assert second.account[key] == first.account[key], key
    second.text()
    assert len(webhook.calls) == 1


@pytest.mark.parametrize("left", ["", '{"url": 1, "account_sid": "AC1"}'])
def test_an_account_of_another_release_is_replaced_by_a_new_one(
    start: StartSandbox, tmp_path: Path, left: str
) -> None:
    (tmp_path / "account.json").write_text(left)

    assert start(directory=tmp_path).account["account_sid"] != "AC1"


def test_a_port_that_somebody_else_took_is_replaced(start: StartSandbox) -> None:
    first = start()
    port = int(first.url.rpartition(":")[2])
    first.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        other.settimeout(0.1)
        command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(first.directory)]
        process = subprocess.Popen(command)
        try:
            deadline = time.monotonic() + 5
            while (account := json.loads((first.directory / "account.json").read_text()))["url"] == first.url:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        finally:
            process.terminate()
            process.wait(5)
    assert account["auth_token"] == first.token


def test_a_second_one_in_the_same_directory_refuses_with_a_reason(sandbox: Sandbox) -> None:
    command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(sandbox.directory)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=10)
    assert second.returncode == 1
    assert "another sandbox runs there" in second.stderr
    assert "Traceback" not in second.stderr
    assert sandbox.get("/sandbox/notifications") == {"notifications": []}


def text_until_it_breaks(sandbox: Sandbox) -> None:
    with contextlib.suppress(OSError, HTTPException, ValueError):
        sandbox.text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_even_with_work_under_way(
    sandbox: Sandbox, webhook: Webhook, how: signal.Signals
) -> None:
    webhook.delay = 5
    sandbox.answer_at(webhook.url)
    waiting = Thread(target=text_until_it_breaks, args=[sandbox])
    waiting.start()
    while not webhook.calls:
        time.sleep(0.01)
    started = time.monotonic()
    sandbox.process.send_signal(how)
    assert sandbox.process.wait(5) == 0
    assert time.monotonic() - started < 2  # a quarter of a second on an idle machine
    waiting.join(5)


def test_with_a_directory_it_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    parent = textwrap.dedent("""
        import subprocess, sys, time
        command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", sys.argv[1]]
        print(subprocess.Popen(command).pid, flush=True)
        time.sleep(60)
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", parent, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    sandbox = psutil.Process(int(process.stdout.readline()))
    while not (tmp_path / "account.json").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    process.kill()
    process.wait(5)
    process.stdout.close()
    try:
        sandbox.wait(5)
    finally:
        if sandbox.is_running():
            sandbox.kill()


def test_by_hand_it_says_how_to_use_it_and_never_the_token(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "twilio_nb.sandbox"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(tmp_path), "PATH": ""},
    )
    assert process.stdout
    output = ""
    while "Ctrl-C" not in output:
        output += process.stdout.readline()
    found = re.search(r"in (\S+/account.json)", output)
    assert found
    file = Path(found[1])
    account = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert account["url"] in output
    assert account["account_sid"] in output
    assert account["auth_token"] not in output
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=5)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert not file.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_token_stands_in_no_output_and_no_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while not (tmp_path / "account.json").exists():
        time.sleep(0.01)
    sandbox = Sandbox(subprocess.Popen(["true"], text=True), tmp_path)
    sandbox.process.wait()
    sandbox.text()
    sandbox.request("POST", "/sandbox/texts", data=b"\x00")
    process.terminate()
    assert process.communicate(timeout=5)[0] == ""


def test_nothing_heavy_is_imported() -> None:
    program = textwrap.dedent("""
        import sys
        import twilio_nb.sandbox.__main__, twilio_nb.sandbox.application
        heavy = {"twilio", "pandas", "pymongo", "pyarrow", "IPython", "aiohttp", "phonenumbers"}
        print(heavy & set(sys.modules))
    """)
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
