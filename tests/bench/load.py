"""A client that keeps connections busy with prepared requests: ``python -m tests.bench.load``.

It runs in a process of its own and parses as little as it can, because it shares the cores with what it
measures. Each request is sent once; a connection that the server closes is opened again.
"""

import argparse
import asyncio
import json
import pickle
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What came of a load.

    Attributes
    ----------
    rate : float
        Answers of 200 a second.
    p50, p99 : float
        Milliseconds until the answer, of these.
    statuses : dict of str to int
        How often each status was answered; ``"lost"`` for connections that ended instead.
    """

    rate: float
    p50: float
    p99: float
    statuses: dict[str, int]


def load(address: str, requests: Sequence[bytes], *, connections: int, seconds: float, folder: Path) -> Load:
    """Send requests over so many connections for so many seconds, or until none is left.

    Parameters
    ----------
    address : str
        ``host:port``, or the path of a unix socket.
    requests : sequence of bytes
        Whole HTTP/1.1 requests; each is sent once.
    connections : int
        How many are kept busy.
    seconds : float
        For how long; the first tenth is not counted.
    folder : Path
        Where the requests are handed over.

    Returns
    -------
    Load
    """
    file = folder / "requests.pickle"
    file.write_bytes(pickle.dumps(list(requests)))
    arguments = [address, str(file), str(connections), str(seconds)]
    command = [sys.executable, "-m", "tests.bench.load", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    return Load(**json.loads(done.stdout))


def middle(loads: Sequence[Load]) -> Load:
    """Return the load of the median rate, after making sure that every request was answered with 200."""
    for one in loads:
        if set(one.statuses) != {"200"}:
            message = f"Not every answer was 200: {one.statuses}"
            raise RuntimeError(message)
    return sorted(loads, key=lambda one: one.rate)[len(loads) // 2]


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._answer = b""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        if length and len(body) < int(length[1]):
            return
        self._busy = False
        self._run.answered(head[9:12].decode(), self._began)
        if b"\r\nconnection: close" in head.lower() or head.startswith(b"HTTP/1.0"):
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if self._busy and not self._run.is_over:
            self._run.statuses["lost"] += 1
        self._run.closed()

    def _send(self) -> None:
        request = self._run.next()
        if request is None:
            self._transport.close()
            return
        self._answer, self._busy, self._began = b"", True, time.perf_counter()
        self._transport.write(request)


class Run:
    """What all connections share."""

    def __init__(self, address: str, requests: Sequence[bytes], connections: int, seconds: float) -> None:
        self._address = address
        self._requests: Iterator[bytes] = iter(requests)
        self._connections = connections
        self._seconds = seconds
        self._times: list[float] = []
        self._opening: set[asyncio.Task[None]] = set()
        self.statuses: Counter[str] = Counter()

    @property
    def is_over(self) -> bool:
        return time.perf_counter() > self._until

    def next(self) -> bytes | None:
        return None if self.is_over else next(self._requests, None)

    def answered(self, status: str, began: float) -> None:
        now = time.perf_counter()
        self._last = now
        if now < self._counted or self.is_over:
            return
        self.statuses[status] += 1
        if status == "200":
            self._times.append(now - began)

    def closed(self) -> None:
        if not self.is_over:
            task = asyncio.ensure_future(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            if self._address.startswith("/"):
                await loop.create_unix_connection(lambda: Connection(self), self._address)
            else:
                host, _, port = self._address.partition(":")
                await loop.create_connection(lambda: Connection(self), host, int(port))
        except OSError:
            self.statuses["refused"] += 1
            await asyncio.sleep(0.05)
            self.closed()

    async def run(self) -> Load:
        began = time.perf_counter()
        self._until, self._counted = began + self._seconds, began + self._seconds / 10
        self._last = began
        for _ in range(self._connections):
            await self._open()
        while not self.is_over:
            await asyncio.sleep(0.1)
            if time.perf_counter() - self._last > 15:  # nothing left to send, or nobody answers
                break
        times = sorted(self._times) or [float("nan")]
        return Load(
            rate=len(self._times) / (self._until - self._counted),
            p50=times[len(times) // 2] * 1000,
            p99=times[len(times) * 99 // 100] * 1000,
            statuses=dict(self.statuses),
        )


def main() -> None:
    """Run one load, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("file", type=Path)
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    requests = pickle.loads(given.file.read_bytes())
    print(json.dumps(vars(uvloop.run(Run(given.address, requests, given.connections, given.seconds).run()))))


if __name__ == "__main__":
    main()
