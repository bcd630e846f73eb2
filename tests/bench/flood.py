"""Jupyter's own API while the public route is flooded, beside jupyter-server-proxy under the same flood.

What is asked is ``api/status``, over one connection, every 20 ms: it stands for whatever a person does in the
meantime. The flood is bounded in requests and in time.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench.inbox import TOKEN
from tests.bench.load import Load, load
from tests.bench.rows import Row
from tests.bench.surroundings import Program, surroundings
from tests.bench.texts import requests
from tests.bench.through_jupyter import SERVICE, answers, jupyter
from twilio_nb.domain.paths import INBOX, webhook_path
from twilio_nb.playground import free_port, wait_for

EVERY = 0.02
MOST = 4000  # requests a second; more than are ever answered
CONNECTIONS = (4, 32)


@dataclass(frozen=True)
class Flooded:
    """How an API answered during a flood.

    Attributes
    ----------
    times : list of float
        Milliseconds until each answer, in ascending order.
    flood : Load
        What came of the flood.
    """

    times: list[float]
    flood: Load

    @property
    def p95(self) -> float:
        return self.times[len(self.times) * 95 // 100]


def flooded(
    server: str, token: str, texts: Sequence[bytes], *, connections: int, seconds: float, folder: Path
) -> Flooded:
    """Flood a server, and ask it for its status meanwhile.

    Parameters
    ----------
    server : str
        Base address of a Jupyter Server on loopback.
    token : str
        Its token.
    texts : sequence of bytes
        The requests of the flood.
    connections : int
        Over how many it comes.
    seconds : float
        How long it lasts.
    folder : Path
        Where the requests are handed over.

    Returns
    -------
    Flooded
    """
    address, times = server.split("/")[2], []
    headers = {"Authorization": f"token {token}"}
    with httpx.Client(base_url=server, headers=headers, timeout=10) as http, ThreadPoolExecutor(1) as thread:
        flood = thread.submit(load, address, texts, connections=connections, seconds=seconds, folder=folder)
        time.sleep(0.5 + seconds / 10)  # until it has begun
        until = time.perf_counter() + seconds * 0.8
        while (began := time.perf_counter()) < until:
            http.get("api/status").raise_for_status()
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(EVERY)
        return Flooded(sorted(times), flood.result())


def measure(seconds: float = 5.0) -> Iterator[Row]:
    """Measure each flood, and the same one against the alternative."""
    port, token = free_port(), secrets.token_hex(16)
    url = f"http://127.0.0.1:{port}/"
    login = f"Authorization: token {token}\r\n"
    with surroundings() as root, Program(f"PUBLIC_URL = {url!r}\n{SERVICE}"), jupyter(root, port, token):
        inbox, null = url + webhook_path("bench", INBOX), url + "null/"
        wait_for(lambda: answers(inbox, {}) or None, 30, "The receiver did not start.")
        wait_for(lambda: answers(null, {"Authorization": f"token {token}"}) or None, 30, "No null server.")
        for kind, key in (("signed", TOKEN), ("unsigned", "wrong")):
            for connections in CONNECTIONS:
                count = int(MOST * seconds)
                here, there = (
                    flooded(url, token, texts, connections=connections, seconds=seconds, folder=root)
                    for texts in (requests(inbox, key, count), requests(null, key, count, headers=login))
                )
                what = f"api/status while {connections} connections send {kind} texts, 95th percentile, ms"
                yield Row(what, here.p95, "the same through jupyter-server-proxy", there.p95, "50")
