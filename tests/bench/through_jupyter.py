"""A webhook through Jupyter Server until it is durable, beside jupyter-server-proxy in front of nothing.

The alternative does less: no signature is checked and nothing is stored behind it, and Jupyter asks for its
token, which Twilio could not send.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.bench.inbox import CONNECTIONS, TOKEN
from tests.bench.load import Load, load, middle
from tests.bench.rows import Row
from tests.bench.surroundings import Program, surroundings, wait_until_listening
from tests.bench.texts import requests
from twilio_nb.domain.paths import INBOX, webhook_path
from twilio_nb.playground import SCREEN, free_port, wait_for

SERVICE = """
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry

database = Database.open()
Registry(database).save_service(ServiceDefinition("bench", "AC" + "0" * 32, public_url=PUBLIC_URL))
ready(None)
"""


def measure(rounds: int = 3, seconds: float = 5.0) -> Iterator[Row]:
    """Measure both in turns, in one Jupyter Server."""
    port, token = free_port(), secrets.token_hex(16)
    url = f"http://127.0.0.1:{port}/"
    with surroundings() as root, Program(f"PUBLIC_URL = {url!r}\n{SERVICE}"), jupyter(root, port, token):
        inbox, null = url + webhook_path("bench", INBOX), url + "null/"
        login = f"Authorization: token {token}\r\n"
        wait_for(lambda: answers(inbox, {}) or None, 30, "The receiver did not start.")
        wait_for(lambda: answers(null, {"Authorization": f"token {token}"}) or None, 30, "No null server.")
        loads: dict[str, list[Load]] = {inbox: [], null: []}
        for _ in range(rounds):
            for target, found in loads.items():
                count, headers = int(4000 * seconds), "" if target == inbox else login
                texts = requests(target, TOKEN, count, headers=headers)
                address = f"127.0.0.1:{port}"
                found.append(load(address, texts, connections=CONNECTIONS, seconds=seconds, folder=root))
    here, there = middle(loads[inbox]), middle(loads[null])
    alternative = "jupyter-server-proxy, with a server behind it that does nothing"
    yield Row("texts stored a second, through Jupyter", here.rate, alternative, there.rate, "2.5 ×")
    yield Row("the same, 99th percentile, ms", here.p99, alternative, there.p99, "below half of it")
    yield Row("the same, median, ms", here.p50, alternative, there.p50)


def answers(url: str, headers: dict[str, str]) -> bool:
    """Tell whether a receiver, or the other server, stands behind an address."""
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.post(url, data={"Body": "unsigned"}, headers=headers, timeout=5)
        return answer.status_code in (200, 403)
    return False


@contextlib.contextmanager
def jupyter(root: Path, port: int, token: str) -> Iterator[None]:
    """Run Jupyter Server with our extension and the other server."""
    servers = {
        "null": {
            "command": [sys.executable, "-m", "tests.bench.rivals", "{unix_socket}"],
            "unix_socket": True,
        }
    }
    settings = {
        "ServerProxy": {"servers": servers},
        "ServerApp": {"jpserver_extensions": dict.fromkeys(SCREEN, False)},
    }
    (root / "jupyter_server_config.json").write_text(json.dumps(settings))
    folders = {f"JUPYTER_{name}_DIR": str(root) for name in ("CONFIG", "DATA", "RUNTIME")}
    Path(
        os.environ["TWILIO_NB_DATA"], "receiving"
    ).touch()  # webhooks were defined before: the receiver starts
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--ServerApp.open_browser=False"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", f"--ServerApp.root_dir={root}"),
            "--ServerApp.log_level=ERROR",
        ],
        env=os.environ | folders | {"JUPYTER_TOKEN": token, "TWILIO_NB_SECRET_BENCH": TOKEN},
        start_new_session=True,
    )
    try:
        wait_until_listening(port)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except (
            subprocess.TimeoutExpired
        ):  # the handler of one of many requests has swallowed the signal's SystemExit
            process.kill()
            process.wait()
