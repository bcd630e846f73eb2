"""No secret in a notebook, file, log, output or process, whatever goes wrong: a search for every one of them."""

# mypy: disable-error-code="no-untyped-call"
# nbformat and nbclient are untyped.

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tests import planted
from tests.attacks.failing_cells import AWAY, CELLS
from twilio_nb.playground import Playground
from twilio_nb.storage.directories import private_file

#: Which processes may have which variable: who sets one for Jupyter or a kernel wants it there, and the receiver
#: looks for its services' tokens itself. Mongod, the sandbox and their keepers, which others share, have none.
GIVEN = {
    "TWILIO_NB_SECRET_REAL": ("jupyter_server", "ipykernel", "twilio_nb.receiving.receiver"),
    "PLANTED_ANSWER": ("jupyter_server", "ipykernel", "twilio_nb.receiving.receiver"),
    "PLANTED_URI": ("jupyter_server", "ipykernel", "twilio_nb.receiving.receiver"),
    "JUPYTER_TOKEN": ("jupyter_server", "ipykernel"),
}
FOLDERS = {
    "XDG_RUNTIME_DIR": "run",
    "TWILIO_NB_DATA": "data",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "share",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "TMPDIR": "tmp",
}
SHOWN = (
    "raising failed",
    "Secret('********')",
    "is open to other users",
    "characters, and a secret 500 at most",
    "is kept as 'filed' already",
    "Nothing is kept as 'nowhere'",
    "code 20003",
    "That is no Account SID",
)
SHOWN_AWAY = ("cannot be reached", "could not be reached", "FileNotFoundError", "holds no address")
PLANTED = ("the environment", "the file", "an address", "the answer to secrets.set")


@dataclass
class Run:
    """A notebook that was run, the processes that still run, and the secrets that they have."""

    root: Path
    notebook: Path
    processes: list[psutil.Process]
    expected: tuple[str, ...]
    secrets: dict[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        (account,) = self.root.glob("run/twilio_nb/sandbox-*/account.json")
        credentials = self.root / "data/mongod/credentials"
        self.secrets["the simulated account"] = json.loads(account.read_text())["auth_token"]
        self.secrets["the embedded mongod"] = json.loads(credentials.read_text())["password"]


@contextlib.contextmanager
def by_nbclient(secrets: dict[str, str]) -> Iterator[Run]:
    """Run the cells as `jupyter execute` does, with a receiver of the kernel's own."""
    root = Path(tempfile.mkdtemp(prefix="tnb-", dir="/tmp"))
    cells = [nbformat.v4.new_code_cell(cell) for cell in [*CELLS, *AWAY]]
    where = {"metadata": {"path": str(root)}}
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=cells), timeout=60, allow_errors=True, resources=where
    )
    processes: list[psutil.Process] = []
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, folder in FOLDERS.items():
                (root / folder).mkdir(mode=0o700)
                patch.setenv(name, str(root / folder))
            private_file(root / "data/secrets.json", json.dumps({"filed": secrets["the file"]}))
            with client.setup_kernel():
                for n, cell in enumerate(cells):
                    client.execute_cell(cell, n)
                client.set_widgets_metadata()
                nbformat.write(client.nb, root / "run.ipynb")
                processes += [
                    one for one in psutil.process_iter() if one.pid != os.getpid() and _is_below(root, one)
                ]
                yield Run(root, root / "run.ipynb", processes, (*SHOWN, *SHOWN_AWAY), secrets)
    finally:
        psutil.wait_procs(processes, 10)
        shutil.rmtree(root)


def _is_below(root: Path, process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.environ().get("TWILIO_NB_DATA") == str(root / "data")
    return False


@contextlib.contextmanager
def by_jupyter(secrets: dict[str, str]) -> Iterator[Run]:
    """Run the cells in a kernel of a real Jupyter Server, and keep what a browser would."""
    with Playground() as playground:
        private_file(playground.root / "data/secrets.json", json.dumps({"filed": secrets["the file"]}))
        client = playground.kernel().client
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
        for cell in notebook.cells:

            def take(message: Any, cell: Any = cell) -> None:
                if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                    cell.outputs.append(nbformat.v4.output_from_msg(message))

            client.execute_interactive(cell.source, allow_stdin=False, output_hook=take, timeout=60)
        saved = playground.notebooks / "run.ipynb"
        nbformat.write(notebook, saved)
        known = secrets | {"Jupyter": playground.token}
        yield Run(playground.root, saved, playground.processes(), SHOWN, known)


@pytest.fixture(scope="module", params=[by_nbclient, by_jupyter], ids=["nbclient", "jupyter"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    secrets = {where: planted.token() for where in PLANTED}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWILIO_NB_SECRET_REAL", secrets["the environment"])
        patch.setenv("PLANTED_ANSWER", secrets["the answer to secrets.set"])
        patch.setenv("PLANTED_URI", f"mongodb://ann:{secrets['an address']}@127.0.0.1:1/?retryWrites=true")
        with request.param(secrets) as done:
            yield done


def test_nothing_that_was_shown_holds_a_secret_and_what_should_fail_did(run: Run) -> None:
    saved = run.notebook.read_bytes()

    assert [where for where, secret in run.secrets.items() if planted.holds(saved, [secret])] == []
    assert [sentence for sentence in run.expected if sentence not in saved.decode()] == []


def test_no_file_holds_a_secret_but_those_that_keep_it(run: Run) -> None:
    kept = planted.in_files([run.root], run.secrets.values(), lambda _: False)

    assert {Path(line.partition(" ")[0]).name for line in kept} >= {
        "secrets.json",
        "account.json",
        "credentials",
    }
    assert planted.in_files([run.root], run.secrets.values(), planted.keeps) == []


def test_no_process_shows_a_secret_but_to_whom_it_was_given(run: Run) -> None:
    lines = [" ".join(process.cmdline()) for process in run.processes if process.is_running()]
    parts = ("ipykernel", "twilio_nb.receiving.receiver", "twilio_nb.sandbox", "keeper.py", "mongod")

    assert [part for part in parts if not any(part in line for line in lines)] == []
    assert planted.in_processes(run.processes, run.secrets.values(), GIVEN) == []
