"""A kernel as a person sees it: cells, and what appears under them, also long after they have ended."""

import queue
import time
from dataclasses import dataclass
from typing import Any

from twilio_nb.headless import Kernel


@dataclass(frozen=True)
class Cell:
    """A cell that was run, and everything that has appeared under it so far."""

    notebook: "Notebook"
    request: str

    def outputs(self) -> list[dict[str, Any]]:
        self.notebook.listen()
        return [
            message
            for message in self.notebook.heard
            if message["parent_header"].get("msg_id") == self.request
        ]

    def text(self) -> str:
        """What a person reads under it."""
        shown = []
        for message in self.outputs():
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                shown.append(content["data"].get("text/plain", ""))
            elif message["msg_type"] == "error":
                shown.append(f"{content['ename']}: {content['evalue']}\n")
        return "".join(shown)

    def is_done(self) -> bool:
        return any(
            message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            for message in self.outputs()
        )

    def wait(self, seconds: float = 60) -> "Cell":
        deadline = time.monotonic() + seconds
        while not self.is_done():
            assert time.monotonic() < deadline, f"the cell did not end within {seconds} s: {self.text()}"
            time.sleep(0.02)
        return self


class Notebook:
    """A kernel, and a client that hears everything it says."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.heard: list[dict[str, Any]] = []
        self.pid = int(self.run("import os; print(os.getpid())").text())

    def listen(self) -> None:
        while True:
            try:
                self.heard.append(self.kernel.client.get_iopub_msg(timeout=0.01))
            except queue.Empty:
                return

    def begin(self, code: str) -> Cell:
        return Cell(self, self.kernel.client.execute(code))

    def run(self, code: str, seconds: float = 60) -> Cell:
        """Run a cell, which must not fail."""
        cell = self.begin(code).wait(seconds)
        failed = [message for message in cell.outputs() if message["msg_type"] == "error"]
        assert not failed, cell.text()
        assert "UsageError" not in cell.text(), cell.text()
        return cell

    def close(self) -> None:
        """Take all its handlers out of service."""
        self.run("service.close()")

    def restarted(self) -> None:
        """Wait until the kernel that took the place of this one answers."""
        self.kernel.client.wait_for_ready(timeout=60)
        self.pid = int(self.run("import os; print(os.getpid())").text())
