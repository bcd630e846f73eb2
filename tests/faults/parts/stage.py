"""A notebook that answers texts, all its parts real, and a Twilio that goes on texting while one breaks.

The service is a real one as far as the product can tell: stored in the Jupyter Server's own database, signed
for its public address, known without any kernel. Only its account is simulated, by a process of its own.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psutil
import pytest

from tests import planted
from tests.faults.parts.far_end import Twilio
from tests.faults.parts.moments import eventually
from tests.faults.parts.notebook import Cell, Notebook
from tests.faults.parts.texts import Texts
from twilio_nb.playground import Playground
from twilio_nb.storage.database import Database

CONNECT = """
%load_ext twilio_nb
import time
import twilio_nb
service = twilio_nb.connect("line", account_sid="{sid}", sender="{sender}", api_url="{api}", public_url="{url}")
def ran(payload):
    with open({runs!r}, "a") as file:
        file.write(payload["MessageSid"] + chr(10))
"""

ECHO = """
%%twilio_webhook {webhook} --respond-result --timeout {timeout}
def {webhook}(payload):
    ran(payload)
    return "Re: " + payload["Body"]
"""

SLOW = """
%%twilio_webhook {webhook} --respond-result
def {webhook}(payload):
    ran(payload)
    time.sleep({seconds})
    return "Re: " + payload["Body"]
"""

#: Which processes may have which variable, as `planted.in_processes` takes it.
GIVEN = {
    "TWILIO_NB_SECRET_LINE": ("jupyter_server", "ipykernel", "twilio_nb.receiving.receiver"),
    "JUPYTER_TOKEN": ("jupyter_server", "ipykernel"),
}


class Stage:
    """Everything together; a context manager, which at the end finds no secret where none belongs.

    Parameters
    ----------
    environment : str
        Variables for the Jupyter Server and its kernels.
    """

    def __init__(self, **environment: str) -> None:
        self._folder = tempfile.TemporaryDirectory(dir="/tmp")
        with contextlib.ExitStack() as undo:
            undo.callback(self._folder.cleanup)
            self.twilio = Twilio(Path(self._folder.name, "account"))
            undo.callback(self.twilio.close)
            token = {"TWILIO_NB_SECRET_LINE": self.twilio.account["auth_token"]}
            self.runs = Path(self._folder.name, "runs")
            self.runs.touch()
            with changed_environment(token | environment):
                self.playground = undo.enter_context(self.open_playground())
            self.database = self.open_database()
            undo.callback(self.database.close)
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        found = self.shown_secrets()
        self._undo.close()
        assert not found, f"secrets in what the parts wrote while they broke: {found}"

    def shown_secrets(self) -> list[str]:
        """Search what the parts wrote, logs above all, and what runs of them, for the secrets they have."""
        root = self.playground.root
        known = [self.twilio.account["auth_token"], self.playground.token]
        credentials = root / "data" / "mongod" / "credentials"
        if credentials.exists():  # else they are on a disk that this process does not see
            known.append(json.loads(credentials.read_text())["password"])
        return [
            *planted.in_files([root, Path(self._folder.name)], known),
            *planted.in_processes(self.playground.processes(), known, GIVEN),
        ]

    # Its parts

    def open_playground(self) -> Playground:
        return Playground("/user/ann/")

    def open_database(self) -> Database:
        """The database of the Jupyter Server and its kernels, whose mongod this process keeps alive, too."""
        root = self.playground.root
        surroundings = {"XDG_RUNTIME_DIR": root / "run", "TWILIO_NB_DATA": root / "data"}
        with changed_environment({name: str(path) for name, path in surroundings.items()}):
            return Database.open()

    # The notebook's side

    def notebook(self) -> Notebook:
        """A notebook with a kernel of its own, connected to the service."""
        notebook = Notebook(self.playground.kernel())
        self.connect(notebook)
        return notebook

    def connect(self, notebook: Notebook) -> Cell:
        return notebook.run(self.connection())

    def connection(self) -> str:
        """The cell that connects a notebook to the service."""
        account = self.twilio.account
        return CONNECT.format(
            sid=account["account_sid"],
            sender=self.twilio.number,
            api=account["url"],
            url=self.playground.url,
            runs=str(self.runs),
        )

    def answered_by(self, notebook: Notebook, webhook: str = "echo", timeout: float = 10) -> Cell:
        """Run the cell that answers."""
        return notebook.run(ECHO.format(webhook=webhook, timeout=timeout))

    def processes(self, mark: str) -> list[psutil.Process]:
        """The processes of this stage with a word in their command."""
        found = []
        for process in self.playground.processes():
            with contextlib.suppress(psutil.Error):
                if any(part.endswith(mark) for part in process.cmdline()):
                    found.append(process)
        return found

    def receiver(self) -> psutil.Process:
        (only,) = eventually(lambda: self.processes("twilio_nb.receiving.receiver"), 10)
        assert isinstance(only, psutil.Process)
        return only

    # Twilio's side

    def texts(self, webhook: str = "echo") -> Texts:
        return Texts(self, webhook)

    @property
    def status_url(self) -> str:
        return f"{self.playground.url}twilio/service/line/status"

    def url(self, webhook: str) -> str:
        return f"{self.playground.url}twilio/service/line/incoming_webhook/{webhook}"


@contextlib.contextmanager
def stopped(process: psutil.Process) -> Iterator[None]:
    """Stop a process for a while."""
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@contextlib.contextmanager
def changed_environment(variables: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
