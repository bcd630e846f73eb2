"""What jupyter-server-proxy is told of the receiver."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_server_proxy.config import ServerProcess

from twilio_nb.jupyter import proxy
from twilio_nb.storage.directories import RUNTIME_VARIABLE


@pytest.fixture
def runtime() -> proxy.Runtime:
    """This process's runtime directory."""
    return proxy.runtime()


def test_the_entry_point_is_the_server_that_the_extension_looks_for() -> None:
    (entry,) = importlib.metadata.entry_points(group="jupyter_serverproxy_servers", name=proxy.NAME)

    assert entry.load() is proxy.receiver_server


def test_jupyter_server_proxy_takes_the_description(runtime: proxy.Runtime) -> None:
    process = ServerProcess(name=proxy.NAME, **proxy.receiver_server())

    assert process.launcher_entry.title == "Text messages"
    assert Path(process.launcher_entry.icon_path).is_file()
    assert process.unix_socket == str(runtime.directory / "pages.sock")


def test_the_command_names_this_process_as_the_parent(runtime: proxy.Runtime) -> None:
    command = proxy.receiver_command()

    assert command[command.index("--parent") + 1] == str(os.getpid())
    assert command[command.index("--runtime") + 1] == str(runtime.directory)
    assert "--loopback-url" not in command


def test_braces_survive_the_formatting_of_jupyter_server_proxy(
    runtime: proxy.Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "loopback_url", "http://127.0.0.1:8888/{ann}/")

    assert proxy.receiver_command()[-1].format() == "http://127.0.0.1:8888/{ann}/"


@pytest.mark.parametrize(
    "name",
    [
        "JUPYTER_TOKEN",
        "JUPYTERHUB_API_TOKEN",
        "JPY_API_TOKEN",
        "JUPYTERHUB_CRYPT_KEY",
        "CONFIGPROXY_AUTH_TOKEN",
    ],
)
def test_credentials_of_jupyter_are_taken_away(name: str) -> None:
    kept = {"PATH": os.environ["PATH"], "TWILIO_AUTH_TOKEN": "t", "JUPYTERHUB_PUBLIC_URL": "u"}
    command = proxy.without_credentials({name: "s3cret", **kept})

    done = subprocess.run(
        [*command, sys.executable, "-c", "import os; print(sorted(os.environ))"],
        env={name: "s3cret", **kept},
        capture_output=True,
        text=True,
        check=True,
    )

    assert name not in done.stdout
    assert all(repr(other) in done.stdout for other in kept)


def test_the_directory_is_published_and_removed_when_the_process_ends() -> None:
    program = (
        "import os\n"
        "from twilio_nb.jupyter.proxy import receiver_server, runtime\n"
        "receiver_server()\n"
        "if os.fork() == 0:\n"
        "    raise SystemExit  # a forked child leaves it alone\n"
        "os.wait()\n"
        f"print(os.environ['{RUNTIME_VARIABLE}'], runtime().directory.is_dir())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    path, existed = done.stdout.split()

    assert existed == "True"
    assert not Path(path).exists()
