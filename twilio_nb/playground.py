"""A Jupyter Server of its own, in a directory of its own, with kernels to run cells in.

It leaves nothing behind. The demo runs in it, and so do tests that want all parts together, with a token
and a base URL. It knows nothing of texts.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests
from jupyter_client.blocking.client import BlockingKernelClient

from twilio_nb.errors import TwilioNBError
from twilio_nb.headless import Kernel

Found = TypeVar("Found")

# What an outer Jupyter or hub tells its own processes is not meant for this one.
OUTER = ("JPY_", "JUPYTER_", "JUPYTERHUB_", "TWILIO_NB_RUNTIME", "XDG_RUNTIME_DIR")

# Who runs cells without a screen needs none of these; they take seconds to load, and start node.
SCREEN = ("jupyterlab", "jupyter_lsp", "notebook", "notebook_shim", "jupyter_server_terminals")


class Playground:
    """A running Jupyter Server on loopback; a context manager.

    Parameters
    ----------
    base_url : str
        The path it lives under.
    lab : bool
        Whether it serves JupyterLab too, for a browser.

    Attributes
    ----------
    root : Path
        Its directory, with everything it and its kernels write.
    notebooks : Path
        The directory that it serves.
    url : str
        Its address with the base URL, ending in a slash.
    token : str
        The token it asks for.
    process : subprocess.Popen or None
        The server.
    """

    def __init__(self, base_url: str = "/demo/", *, lab: bool = False) -> None:
        # Not TMPDIR: unix sockets live below it, and their paths end at 104 to 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="twilio-nb-", dir="/tmp"))
        self.notebooks = self.root / "notebooks"
        self.token = secrets.token_hex(16)
        self._clients: list[BlockingKernelClient] = []
        self._log = self.root / "jupyter.log"
        # Port 0 would do, but older servers then announce port 0. Is this one taken in the meantime, they
        # try others by themselves.
        self._port = free_port()
        self._base_url = base_url
        self._environment = self._folders(lab=lab)
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start Jupyter Server; once more, with the same data and address, when it has ended.

        Raises
        ------
        TwilioNBError
            If it ends instead, or does not answer within a minute.
        """
        self.process = self._start()
        self.url = self._address(self.process)

    def _folders(self, *, lab: bool) -> dict[str, str]:
        """Make the directories, and return the environment that names them."""
        folders = {
            "XDG_RUNTIME_DIR": "run",
            "TWILIO_NB_DATA": "data",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "share",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OUTER)}
        for variable, folder in folders.items():
            path = self.root / folder
            path.mkdir(mode=0o700)
            environment[variable] = str(path)
        # A token on the command line could be read by everybody on this machine.
        environment["JUPYTER_TOKEN"] = self.token
        self.notebooks.mkdir()
        if not lab:
            settings = {"ServerApp": {"jpserver_extensions": dict.fromkeys(SCREEN, False)}}
            (self.root / "config" / "jupyter_server_config.json").write_text(json.dumps(settings))
        return environment

    def _start(self) -> subprocess.Popen[bytes]:
        options = [
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self._port}",
            f"--ServerApp.base_url={self._base_url}",
            f"--ServerApp.root_dir={self.notebooks}",
            "--ServerApp.open_browser=False",
            *(["--allow-root"] if os.getuid() == 0 else []),
        ]
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the one who started this, who then ends it in order.
            return subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *options],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _address(self, process: subprocess.Popen[bytes]) -> str:
        """Wait until the server has written where it listens, and answers there."""
        info = self.root / "runtime" / f"jpserver-{process.pid}.json"

        def ready() -> str | None:
            if process.poll() is not None:
                message = f"Jupyter Server ended with {process.returncode} instead of starting. {self.log()}"
                raise TwilioNBError(message)
            try:
                facts = json.loads(info.read_text())
                url = f"http://127.0.0.1:{facts['port']}{facts['base_url']}"
                self.request("GET", "api/status", url=url)
            except (OSError, ValueError):  # not there yet, half written, or not listening
                return None
            return url

        return wait_for(ready, 60, "Jupyter Server did not start within a minute.")

    def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, url: str | None = None
    ) -> Any:
        """Ask the server's REST API as who is logged in does.

        Parameters
        ----------
        method, path : str
            Such as ``"POST"`` and ``"api/kernels"``.
        body : dict, optional
            Sent as JSON.
        url : str, optional
            The server's address, where it is not known yet.

        Returns
        -------
        object
            The JSON it answers; None for an empty answer.

        Raises
        ------
        requests.RequestException
            If it does not answer, or refuses.
        """
        answer = requests.request(
            method,
            (url or self.url) + path,
            json=body,
            headers={"Authorization": f"token {self.token}"},
            timeout=30,
            proxies={"http": "", "https": ""},
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def log(self, lines: int = 20) -> str:
        """Return the last lines that Jupyter Server wrote."""
        written = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(["The end of its log:", *written[-lines:]])

    def kernel(self) -> Kernel:
        """Start a kernel through the server's REST API."""
        kernel_id = self.request("POST", "api/kernels", {"name": "python3"})["id"]
        client = BlockingKernelClient(connection_file=str(self.root / "runtime" / f"kernel-{kernel_id}.json"))
        client.load_connection_file()
        client.start_channels()
        self._clients.append(client)

        def ready() -> Kernel | None:
            # The client calls a kernel dead that takes more than a second to start: a busy machine, no more.
            with contextlib.suppress(RuntimeError):
                client.wait_for_ready(timeout=60)
                return Kernel(kernel_id, client)
            return None

        return wait_for(ready, 60, "The kernel did not answer within a minute.")

    def processes(self) -> list[psutil.Process]:
        """Return every process that runs in this directory, as its environment says."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("TWILIO_NB_DATA") == str(self.root / "data"):
                    found.append(process)
        return found

    def close(self) -> None:
        """End Jupyter Server and all that it started, wait until they are gone, and remove the directory."""
        with uninterrupted():
            for client in self._clients:
                client.stop_channels()
            if self.process is not None and self.process.poll() is None:
                self.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(15)
            # Database and sandbox leave by themselves after their last user; what does not is ended here.
            deadline = time.monotonic() + 10
            while (left := self.processes()) and time.monotonic() < deadline:
                time.sleep(0.1)
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            if self.process is not None:
                self.process.wait(10)
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Playground:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def free_port() -> int:
    """Return a port on loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(look: Callable[[], Found | None], seconds: float, message: str) -> Found:
    """Look ten times a second until there is something; raise with the message after so many seconds."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise TwilioNBError(message)
        time.sleep(0.1)
    return found


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a second Ctrl-C not stop the cleaning up after the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
