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
SECONDS = 5.0
ROUNDS = 3
THREADS = CONNECTIONS // 2
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


def measure(rounds: int = ROUNDS, seconds: float = SECONDS) -> Iterator[Row]:
    """Measure both in turns, on one mongod."""
    with surroundings() as root, Program(SERVICE) as service:
        loopback, uri = service.value
        inbox = loopback + webhook_path("bench", INBOX)
        with flask(uri) as rival:
            wanted = {inbox: 8000, rival: 3000}
            texts = {url: requests(url, TOKEN, int(rate * rounds * seconds)) for url, rate in wanted.items()}
            loads: dict[str, list[Load]] = {inbox: [], rival: []}
            for _ in range(rounds):
                for url, found in loads.items():
                    share = int(wanted[url] * seconds)
                    ours, texts[url] = texts[url][:share], texts[url][share:]
                    address = url.split("/")[2]
                    found.append(load(address, ours, connections=CONNECTIONS, seconds=seconds, folder=root))
    here, there = middle(loads[inbox]), middle(loads[rival])
    alternative = f"Flask, gunicorn (2 workers, {THREADS} threads each), RequestValidator, pymongo"
    yield Row(f"texts stored a second, {CONNECTIONS} connections", here.rate, alternative, there.rate, "3 ×")
    yield Row("the same, 99th percentile, ms", here.p99, alternative, there.p99, "below it")
    yield Row("the same, median, ms", here.p50, alternative, there.p50)


@contextmanager
def flask(uri: str) -> Iterator[str]:
    """Run the alternative with two workers, for two cores; give its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/sms"
    command = [sys.executable, "-m", "gunicorn", "--workers=2", f"--threads={THREADS}", "--keep-alive=75"]
    process = subprocess.Popen(
        [*command, f"--bind=127.0.0.1:{port}", "--log-level=error", "tests.bench.rivals:webhook"],
        env=os.environ | {"BENCH_URI": uri, "BENCH_TOKEN": TOKEN, "BENCH_URL": url},
    )
    try:
        wait_until_listening(port)
        yield url
    finally:
        process.terminate()
        process.wait(10)
