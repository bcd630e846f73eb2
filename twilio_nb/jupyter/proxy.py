"""The receiver as a server process of jupyter-server-proxy, and the directory where its sockets are.

jupyter-server-proxy starts it when it is wanted, restarts it when it crashes, and shows its page to a
logged-in user. Nothing is started by naming it here.
"""

import atexit
import os
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from twilio_nb.receiving.launch import credentials
from twilio_nb.receiving.listeners import PAGES_SOCKET
from twilio_nb.storage.directories import RUNTIME_VARIABLE, new_runtime

NAME = "twilio-nb"
"""Name of the server process, and of its path below the base URL; must be the entry point's name."""

START_SECONDS = 15
"""How long the receiver may take to answer for the first time."""


class Runtime:
    """The runtime directory of this Jupyter Server.

    Attributes
    ----------
    directory : Path
        Private, removed when the process ends.
    loopback_url : str or None
        The base address under which this server's public route is reached on loopback; None as long as
        there is none, in which case the receiver opens a loopback port of its own.
    """

    def __init__(self) -> None:
        self.directory: Path = new_runtime("jupyter")
        self.loopback_url: str | None = None
        self._process = os.getpid()
        # Kernels inherit it. One that was inherited itself belongs to a Jupyter Server further out.
        os.environ[RUNTIME_VARIABLE] = str(self.directory)
        atexit.register(self._remove)

    def _remove(self) -> None:
        if os.getpid() == self._process:  # a forked child ends without taking it away
            shutil.rmtree(self.directory, ignore_errors=True)


@cache
def runtime() -> Runtime:
    """Return this process's runtime directory, which the first call makes.

    Returns
    -------
    Runtime
        Always the same one.
    """
    return Runtime()


def receiver_server() -> dict[str, Any]:
    """Describe the receiver to jupyter-server-proxy; the entry point ``twilio-nb``.

    Returns
    -------
    dict
        Arguments of its ``ServerProcess``.
    """
    return {
        # A function, because the address of the server is known only when it listens.
        "command": receiver_command,
        "unix_socket": str(runtime().directory / PAGES_SOCKET),
        "timeout": START_SECONDS,
        "update_last_activity": False,
        "new_browser_tab": True,
        "launcher_entry": {
            "enabled": True,
            "title": "Text messages",
            "icon_path": str(Path(__file__).with_name("icon.svg")),
            "category": "Notebook",  # JupyterLab shows pictures of tiles only there, and among consoles
        },
    }


def receiver_command() -> list[str]:
    """Return the command that starts the receiver.

    Returns
    -------
    list of str
        With braces doubled, because jupyter-server-proxy formats it.
    """
    here = runtime()
    command = [
        *without_credentials(os.environ),
        # -P: a file called random.py beside the notebooks must not take the place of a module.
        *(sys.executable, "-P", "-m", "twilio_nb.receiving.receiver"),
        *("--runtime", str(here.directory), "--parent", str(os.getpid())),
    ]
    if here.loopback_url:
        command += ["--loopback-url", here.loopback_url]
    return [part.replace("{", "{{").replace("}", "}}") for part in command]


def without_credentials(environ: Mapping[str, str]) -> list[str]:
    """Return the beginning of a command that runs without Jupyter's credentials.

    jupyter-server-proxy can add to the environment only, so ``env`` takes away; it becomes what it runs,
    so that the process id stays the receiver's.

    Parameters
    ----------
    environ : Mapping
        The environment that the command will inherit.

    Returns
    -------
    list of str
        ``env -u NAME …``.

    Examples
    --------
    >>> without_credentials({"JUPYTER_TOKEN": "…", "HOME": "/home/ann"})
    ['/usr/bin/env', '-u', 'JUPYTER_TOKEN']
    """
    env = shutil.which("env") or "/usr/bin/env"
    return [env, *(part for name in credentials(environ) for part in ("-u", name))]
