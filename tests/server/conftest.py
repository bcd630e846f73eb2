"""A real Jupyter Server with a login, on an awkward base URL; a Twilio that signs; real kernels."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from tests import planted
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.mongod import Mongod
from twilio_nb.storage.registry import Registry

PUBLIC = "https://text.example.org/ann/"
"""Where the world sees the server, through some proxy."""

Form = dict[str, str] | list[tuple[str, str]]


class Jupyter:
    """A running Jupyter Server."""

    def __init__(
        self, root: Path, database: str, base_url: str, *options: str, wanted: bool, port: int = 0
    ) -> None:
        self.token = planted.token()
        self.base_url = base_url
        self.secret = planted.token()
        self.runtime = root / "runtime"
        self.runtime.mkdir(mode=0o700)
        self.marker = data_directory() / "receiving"
        self.marker.unlink(missing_ok=True)
        if wanted:
            self.marker.touch()
        self.log = root / "jupyter.log"
        config = root / "config"
        config.mkdir()
        # What takes seconds to load and is not asked for here; JupyterLab has tests of its own.
        others = dict.fromkeys(
            ("jupyterlab", "jupyter_lsp", "notebook_shim", "jupyter_server_terminals"), False
        )
        settings = {"ServerApp": {"jpserver_extensions": others}}
        (config / "jupyter_server_config.json").write_text(json.dumps(settings))
        environment = {
            **os.environ,
            "JUPYTER_TOKEN": self.token,
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTERHUB_API_TOKEN": "hub-" + self.token,
            "TWILIO_NB_DATABASE": database,
            "TWILIO_NB_SECRET_MYTWILIO": self.secret,
        }
        command = [
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", "--port=0"),
            *("--ip=127.0.0.1", f"--ServerApp.base_url={base_url}", f"--ServerApp.root_dir={root}"),
            *options,
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.url = self._wait()
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self.login = httpx.Client(
            base_url=self.url, timeout=30, headers={"Authorization": f"token {self.token}"}
        )

    def _wait(self) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            for file in self.runtime.glob(f"jpserver-{self.process.pid}.json"):
                with contextlib.suppress(ValueError, httpx.TransportError):
                    port = json.loads(file.read_text())["port"]
                    url = f"http://127.0.0.1:{port}{self.base_url}"
                    httpx.get(url + "api/status", headers={"Authorization": f"token {self.token}"})
                    return url
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    # Twilio

    def post(
        self, path: str, form: Form, *, signed: bool = True, base: str = PUBLIC, **how: Any
    ) -> httpx.Response:
        """Post a form as Twilio does, signed for the public address."""
        pairs = list(form.items()) if isinstance(form, dict) else form
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | how.pop("headers", {})
        if signed:
            text = base + path + "".join(name + value for name, value in sorted(set(pairs)))
            digest = hmac.new(self.secret.encode(), text.encode(), hashlib.sha1).digest()
            headers["X-Twilio-Signature"] = base64.b64encode(digest).decode()
        body = how.pop("content", None) or urlencode(pairs).encode()
        return how.pop("client", self.http).post(path, content=body, headers=headers, **how)  # type: ignore[no-any-return]

    def form(self, **fields: str) -> dict[str, str]:
        return {
            "MessageSid": "SM" + secrets.token_hex(16),
            "AccountSid": "AC" + "0" * 32,
            "From": "+15558675309",
            "To": "+18057166646",
            "Body": "Hello! How are you?",
            "NumMedia": "0",
        } | fields

    # Processes

    def receivers(self) -> list[psutil.Process]:
        """The receivers of this server, wherever they are now."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                command = process.cmdline()
                if "twilio_nb.receiving.receiver" in command and str(self.process.pid) in command:
                    found.append(process)
        return found

    def receiver(self) -> psutil.Process:
        deadline = time.monotonic() + 10
        while not (found := self.receivers()) and time.monotonic() < deadline:
            time.sleep(0.01)
        (only,) = found
        return only

    @property
    def directory(self) -> Path:
        """Its runtime directory of ours."""
        (only,) = Path(os.environ["XDG_RUNTIME_DIR"], "twilio_nb").glob(f"jupyter-{self.process.pid}-*")
        return only

    @contextlib.contextmanager
    def kernel(self) -> "Iterator[BlockingKernelClient]":
        """A real kernel of this server, started through its API."""
        model = self.login.post("api/kernels", json={"name": "python3"}).raise_for_status().json()
        client = BlockingKernelClient()
        client.load_connection_file(str(self.runtime / f"kernel-{model['id']}.json"))
        client.start_channels()
        client.wait_for_ready(timeout=30)
        try:
            yield client
        finally:
            client.stop_channels()
            self.login.delete(f"api/kernels/{model['id']}")

    def end(self, how: int = signal.SIGTERM) -> None:
        """End the server with a signal, and see that nothing of it is left."""
        receivers = self.receivers()
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.marker.unlink(missing_ok=True)
        self.http.close()
        self.login.close()
        psutil.wait_procs(receivers, 5)


Start = Callable[..., Jupyter]


@pytest.fixture(scope="module")
def definitions(mongod: Mongod) -> Iterator[Database]:
    """A database in which a real service is defined, and a webhook besides its inbox."""
    database = Database.open(f"test_{secrets.token_hex(6)}")
    registry = Registry(database)
    registry.save_service(ServiceDefinition("myTwilio", "AC" + "0" * 32, public_url=PUBLIC))
    registry.save_webhook(WebhookDefinition("myTwilio", "saveText", respond_result=True))
    yield database
    database.drop()
    database.close()


@pytest.fixture(scope="module")
def starting(definitions: Database, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Start a Jupyter Server on the module's database; who starts it ends it."""

    def begin(*options: str, base_url: str = "/a%40b/", wanted: bool = True) -> Jupyter:
        root = tmp_path_factory.mktemp("jupyter")
        return Jupyter(root, definitions.name, base_url, *options, wanted=wanted)

    return begin


@pytest.fixture
def start(starting: Start) -> Iterator[Start]:
    """Start Jupyter Servers that a test may do anything to."""
    started: list[Jupyter] = []

    def begin(*options: str, **how: Any) -> Jupyter:
        started.append(starting(*options, **how))
        return started[-1]

    yield begin
    for jupyter in started:
        jupyter.end()


@pytest.fixture(scope="module")
def jupyter(starting: Start) -> Iterator[Jupyter]:
    """A server whose receiver is wanted from the start, for all tests of the module."""
    running = starting()
    running.receiver()
    yield running
    running.end()
