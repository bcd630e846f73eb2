"""Another account of the same machine reaches no socket, file, process or name of ours."""

import contextlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.attacks import stranger
from tests.receiving.conftest import Receiver, Sandbox
from twilio_nb.errors import ConfigurationError
from twilio_nb.playground import Playground
from twilio_nb.storage.directories import private_directory

OPEN = """\
%load_ext twilio_nb
import twilio_nb
twilio_nb.secrets.set("real", {token!r})
real = twilio_nb.connect("real", account_sid="AC" + "1" * 32, public_url="https://example.org/")
account = twilio_nb.sandbox("strangers")
phone = account.phone()
"""
WEBHOOK = """\
%%twilio_webhook echo --respond-result
def echo(payload, response):
    return "You said " + payload["Body"]
"""
Request = tuple[int | None, str, str, dict[str, str]]
OPENED = ("pages.sock", "webhooks.sock", "kernels.sock", "start.sock", "mongod.sock")


@dataclass
class Notebook:
    """A notebook in use, and all that belongs to it."""

    playground: Playground
    token: str

    @property
    def directories(self) -> list[Path]:
        """Where our sockets, locks and data are: below a runtime and a data directory."""
        return [self.playground.root / "run", self.playground.root / "data"]

    @property
    def paths(self) -> list[str]:
        return [str(path) for directory in self.directories for path in [directory, *directory.rglob("*")]]

    @property
    def sockets(self) -> list[str]:
        return [path for path in self.paths if stat.S_ISSOCK(mode(path))]

    @property
    def account(self) -> dict[str, Any]:
        (file,) = self.playground.root.glob("run/twilio_nb/sandbox-*/account.json")
        facts: dict[str, Any] = json.loads(file.read_text())
        return facts

    @property
    def tokens(self) -> list[str]:
        credentials = json.loads((self.playground.root / "data/mongod/credentials").read_text())
        return [self.token, self.playground.token, self.account["auth_token"], credentials["password"]]


def mode(path: str) -> int:
    """What a path is; 0 for one that is gone: mongod makes files and takes them away at any moment."""
    with contextlib.suppress(FileNotFoundError):
        return os.lstat(path).st_mode
    return 0


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    with Playground() as playground:
        opened = Notebook(playground, secrets.token_hex(16))
        kernel = playground.kernel()
        kernel.run(OPEN.format(token=opened.token))
        kernel.run(WEBHOOK)
        assert "You said Hello" in kernel.run("phone.text('Hello')")
        yield opened


@contextlib.contextmanager
def opened(directories: list[Path]) -> Iterator[None]:
    """Let everybody into some directories for a moment."""
    before = [(path, stat.S_IMODE(path.stat().st_mode)) for path in directories]
    for path, _ in before:
        path.chmod(0o755)
    try:
        yield
    finally:
        for path, mode in before:
            path.chmod(mode)


def test_it_reaches_no_socket_no_file_and_no_process(notebook: Notebook) -> None:
    assert {Path(path).name for path in notebook.sockets} == set(OPENED)
    processes = [process.pid for process in notebook.playground.processes()]
    assert len(processes) >= 7, "Jupyter, kernel, receiver, mongod and sandbox with their keepers"

    with opened([notebook.playground.root, *notebook.directories]):
        tried = stranger.send(paths=notebook.paths, sockets=notebook.sockets, processes=processes)

    assert tried["read"] == [str(path) for path in notebook.directories], "which the test has opened"
    assert tried["written"] == tried["connected"] == tried["signalled"] == []
    shown = "\n".join(tried["seen"])
    assert "twilio_nb.receiving.receiver" in shown
    assert [token for token in notebook.tokens if token in shown] == []


def test_a_directory_that_was_opened_by_mistake_gives_nothing_away_yet(notebook: Notebook) -> None:
    directories = [Path(path) for path in notebook.paths if stat.S_ISDIR(mode(path))]
    files = [path for path in notebook.paths if stat.S_ISREG(mode(path))]

    with opened([notebook.playground.root, *directories]):
        tried = stranger.send(paths=[*files, *notebook.sockets], sockets=notebook.sockets)

    assert tried["read"] == tried["written"] == tried["connected"] == []


def test_where_nobody_can_be_somebody_else_permissions_say_the_same(notebook: Notebook) -> None:
    processes = [process.pid for process in notebook.playground.processes()]
    plan: dict[str, Any] = {"paths": notebook.paths, "sockets": notebook.sockets, "processes": processes}

    with (
        opened([notebook.playground.root, *notebook.directories]),
        pytest.warns(UserWarning, match="Not root"),
    ):
        assert stranger.send(tries=False, **plan) == stranger.send(**plan)


def test_nothing_of_ours_listens_but_on_loopback_and_there_it_wants_credentials(notebook: Notebook) -> None:
    ports: dict[str, set[int]] = {}
    for process in notebook.playground.processes():
        try:
            line, connections = " ".join(process.cmdline()), process.net_connections("all")
        except psutil.NoSuchProcess:  # one that asked the keyring, and has ended
            continue
        names = ("jupyter_server", "ipykernel", "keeper.py", "mongod", "twilio_nb.sandbox", "twilio_nb.receiving",
                 "keyring_process")  # fmt: skip
        (name,) = [part for part in names if part in line.split("{")[0]]
        for connection in connections:
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip == "127.0.0.1", name
                ports.setdefault(name, set()).add(connection.laddr.port)
            elif connection.family.name == "AF_UNIX":
                assert not str(connection.laddr).startswith(("@", "\x00")), (
                    "an abstract socket has no permissions"
                )
    jupyter, sandbox = urlsplit(notebook.playground.url).port, urlsplit(notebook.account["url"]).port
    # A kernel's own ports are Jupyter's, and ask for the key in its 0600 connection file.
    assert ports.keys() == {"jupyter_server", "ipykernel", "twilio_nb.sandbox"}
    assert (ports["jupyter_server"], ports["twilio_nb.sandbox"]) == ({jupyter}, {sandbox})

    account = f"/2010-04-01/Accounts/{notebook.account['account_sid']}"
    targets = [
        ("GET", f"{account}.json"), ("GET", f"{account}/Messages.json"), ("POST", f"{account}/Messages.json"),
        ("GET", f"{account}/IncomingPhoneNumbers.json"), ("POST", "/sandbox/texts"), ("GET", "/sandbox/notifications"),
        ("GET", "/sandbox/phones/+15558675309"),
    ]  # fmt: skip
    wrong = {"Authorization": "Basic QUM6d3Jvbmc="}
    asked = [(sandbox, method, target, headers) for method, target in targets for headers in ({}, wrong)]
    base = urlsplit(notebook.playground.url).path
    pages: list[Request] = [
        (jupyter, "GET", f"{base}{page}", {}) for page in ("api/contents", "api/kernels", "twilio-nb/")
    ]
    webhook: Request = (jupyter, "POST", f"{base}twilio/service/strangers/incoming_webhook/echo", {})

    tried = stranger.send(requests=[*asked, *pages, webhook])

    assert tried["answered"][: len(asked)] == [401] * len(asked)
    assert set(tried["answered"][len(asked) : -1]) <= {302, 403}
    assert tried["answered"][-1] in (400, 403)


def test_a_receiver_s_own_port_answers_only_what_is_signed(receiver: Receiver, sandbox: Sandbox) -> None:
    port = urlsplit(receiver.base).port
    asked = [
        "/",
        "/twilio-nb/",
        "/service/s/status",
        "/" + sandbox.path("inbox"),
        f"/twilio/service/{sandbox.name}/status",
    ]
    form = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    }

    tried = stranger.send(
        requests=[(port, method, target, form) for target in asked for method in ("GET", "POST")]
    )

    assert tried["answered"] == [404] * 6 + [403] * 4
    assert sandbox.text(sandbox.form(), "inbox").status == 200


VICTIM = """
import fcntl, os, sys
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.directories import new_runtime
os.setgroups([]); os.setgid({uid}); os.setuid({uid})
try:
    print(new_runtime("kernel"))
except ConfigurationError as error:
    print(error)
"""


@pytest.mark.parametrize("how", ["a directory", "an open directory", "a link", "a file"])
def test_a_runtime_directory_that_somebody_else_made_first_is_refused_with_what_to_do(how: str) -> None:
    if os.geteuid() != 0:
        # Who cannot become somebody else meets a directory of somebody else all the same.
        with pytest.raises(ConfigurationError, match=r"/ belongs to user id 0, expected .* XDG_RUNTIME_DIR"):
            private_directory(Path("/"))
        return
    uid = 60_000 + os.getpid() % 5000
    path, home = Path(f"/tmp/twilio_nb-{uid}"), Path(f"/tmp/home-{uid}")
    home.mkdir(mode=0o700)
    os.chown(home, uid, uid)
    if how == "a link":
        path.symlink_to(home)
    elif how == "a file":
        path.touch()
    else:
        path.mkdir()
        path.chmod(0o777 if "open" in how else 0o700)
    os.chown(path, stranger.NOBODY, stranger.NOBODY, follow_symlinks=False)
    try:
        environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
        done = subprocess.run(
            [sys.executable, "-c", VICTIM.format(uid=uid)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found = (
            "cannot be made: File exists"
            if how == "a file"
            else f"belongs to user id {stranger.NOBODY}, expected {uid}"
        )
        assert f"{path} {found}. Choose another: XDG_RUNTIME_DIR" in done.stdout
        assert list(home.iterdir()) == []
    finally:
        shutil.rmtree(home)
        path.unlink() if how in ("a link", "a file") else shutil.rmtree(path)
