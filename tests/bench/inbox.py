"""A webhook until it is durable: the receiver alone, beside Flask on gunicorn."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.load import Load, load, middle
from tests.bench.rows import Row
from tests.bench.surroundings import Program, surroundings, wait_until_listening
from tests.bench.texts import requests
from twilio_nb.domain.paths import INBOX, webhook_path
from twilio_nb.playground import free_port

CONNECTIONS = 64
MOST = 8000  # texts a second that are prepared; more than can be stored
TOKEN = "0123456789abcdef" * 2

SERVICE = f"""
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret

database = Database.open("bench")
definition = ServiceDefinition("bench", "AC" + "0" * 32, sandbox=True)
addresses = Host.start().serve(definition, database, [Secret("{TOKEN}")], None)
ready([addresses.loopback, database.uri.reveal()])
"""


def measure(rounds: int = 3, seconds: float = 5.0) -> Iterator[Row]:
    """Measure all in turns, on one mongod."""
    with surroundings() as root, Program(SERVICE) as service:
        loopback, uri = service.value
        with flask(uri, "sync") as usual, flask(uri, "gthread") as threaded:
            urls = {"": loopback + webhook_path("bench", INBOX), "usual": usual, "threaded": threaded}
            loads: dict[str, list[Load]] = {name: [] for name in urls}
            for _ in range(rounds):
                for name, url in urls.items():
                    texts = requests(url, TOKEN, int(MOST * seconds))
                    address = url.split("/")[2]
                    loads[name].append(
                        load(address, texts, connections=CONNECTIONS, seconds=seconds, folder=root)
                    )
    here = middle(loads[""])
    for name, kind, aim in (("usual", "two workers", "3 ×"), ("threaded", "two workers of 8 threads", "")):
        there, alternative = middle(loads[name]), f"Flask, RequestValidator and pymongo on gunicorn, {kind}"
        yield Row(
            f"texts stored a second, {CONNECTIONS} connections", here.rate, alternative, there.rate, aim
        )
        yield Row("their answers, 99th percentile, ms", here.p99, alternative, there.p99, aim and "below it")


@contextmanager
def flask(uri: str, worker: str) -> Iterator[str]:
    """Run the alternative with two workers, for two cores, of a kind of gunicorn's; give its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/sms"
    threads = ["--threads=8", "--keep-alive=75"] if worker == "gthread" else []
    options = [f"--bind=127.0.0.1:{port}", "--workers=2", f"--worker-class={worker}", *threads]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, "--log-level=error", "tests.bench.rivals:webhook"],
        env=os.environ | {"BENCH_URI": uri, "BENCH_TOKEN": TOKEN, "BENCH_URL": url},
    )
    try:
        wait_until_listening(port)
        yield url
    finally:
        process.terminate()
        process.wait(10)
