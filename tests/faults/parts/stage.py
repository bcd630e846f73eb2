"""A notebook that answers texts, all its parts real, and a Twilio that goes on texting while one breaks.

The service is a real one as far as the product can tell: stored in the Jupyter Server's own database, signed
for its public address, known without any kernel. Only its account is simulated, by a process of its own.
"""

import base64
import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import psutil
import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.faults.parts.notebook import Cell, Notebook
from twilio_nb.domain.messages import Document
from twilio_nb.playground import Playground
from twilio_nb.storage.database import Database

PATIENCE = 15.0  # seconds for which Twilio waits

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


@dataclass(frozen=True)
class Delivered:
    """One text as Twilio delivered it: what it was told (0: nothing), and the replies in the answer."""

    sid: str
    status: int
    replies: tuple[str, ...] = ()


class Twilio:
    """The far end: a simulated account for what is sent, and signed requests for what comes in."""

    def __init__(self, directory: Path) -> None:
        command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(directory), "--pace", "0.01"]
        self.process = subprocess.Popen(command)
        file = directory / "account.json"
        eventually(lambda: file.exists() and file.read_text().endswith("}"), 20)
        self.account: dict[str, Any] = json.loads(file.read_text())
        self.number: str = self.account["numbers"][0]
        self._threads = ThreadPoolExecutor(64)
        self._validator = RequestValidator(self.account["auth_token"])

    def texting(self, url: str, body: str, phone: str, sid: str) -> "Future[Delivered]":
        """Deliver a text, and do not wait for the answer."""
        form = {"From": phone, "To": self.number, "Body": body, "NumMedia": "0"}
        return self._threads.submit(self._post, url, sid, form)

    def calling_back(self, url: str, sid: str, status: str) -> "Future[Delivered]":
        """Tell of a message's status."""
        return self._threads.submit(self._post, url, sid, {"MessageStatus": status})

    def _post(self, url: str, sid: str, fields: dict[str, str]) -> Delivered:
        form = {"MessageSid": sid, "AccountSid": self.account["account_sid"], **fields}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._validator.compute_signature(url, form),
        }
        try:
            answer = requests.post(url, urlencode(form), headers=headers, timeout=PATIENCE)
        except requests.RequestException:
            return Delivered(sid, 0)
        if answer.status_code != 200:
            return Delivered(sid, answer.status_code)
        bodies = ElementTree.fromstring(answer.content).iter("Body")
        return Delivered(sid, 200, tuple(body.text or "" for body in bodies))

    def received(self, phone: str) -> list[str]:
        """What a phone got by REST."""
        account = self.account
        request = urllib.request.Request(f"{account['url']}/sandbox/phones/{phone}")
        credentials = f"{account['account_sid']}:{account['auth_token']}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials).decode())
        with urllib.request.urlopen(request, timeout=30) as response:
            messages = json.loads(response.read())["messages"]
        return [message["body"] for message in messages if message["to"] == phone]

    def close(self) -> None:
        self._threads.shutdown()
        self.process.terminate()
        self.process.wait(10)


class Stage:
    """Everything together; a context manager.

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
            with changed_environment(token | environment):
                self.playground = undo.enter_context(Playground("/user/ann/"))
            root = self.playground.root
            surroundings = {"XDG_RUNTIME_DIR": root / "run", "TWILIO_NB_DATA": root / "data"}
            with changed_environment({name: str(path) for name, path in surroundings.items()}):
                self.database = Database.open()
            undo.callback(self.database.close)
            self._undo = undo.pop_all()
        self.runs = Path(self._folder.name, "runs")
        self.runs.touch()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    # The notebook's side

    def notebook(self) -> Notebook:
        """A notebook with a kernel of its own, connected to the service."""
        notebook = Notebook(self.playground.kernel())
        self.connect(notebook)
        return notebook

    def connect(self, notebook: Notebook) -> Cell:
        account = self.twilio.account
        return notebook.run(
            CONNECT.format(
                sid=account["account_sid"],
                sender=self.twilio.number,
                api=account["url"],
                url=self.playground.url,
                runs=str(self.runs),
            )
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

    def texts(self, webhook: str = "echo") -> "Texts":
        return Texts(self, webhook)

    @property
    def status_url(self) -> str:
        return f"{self.playground.url}twilio/service/line/status"

    def url(self, webhook: str) -> str:
        return f"{self.playground.url}twilio/service/line/incoming_webhook/{webhook}"


class Texts:
    """The texts of one phone to one webhook, and what became of them."""

    def __init__(self, stage: Stage, webhook: str) -> None:
        self.phone = f"+1555{secrets.randbelow(9_000_000) + 1_000_000}"
        self.phones = [self.phone]
        self.stage = stage
        self._webhook = webhook
        self._texting: list[Future[Delivered]] = []
        self._sids: list[str] = []

    def __add__(self, other: "Texts") -> "Texts":
        """Both together, to count them."""
        together = Texts(self.stage, self._webhook)
        together.phones = [*self.phones, *other.phones]
        together._texting = [*self._texting, *other._texting]
        return together

    def begin(self, count: int = 1, gap: float = 0.05, body: str = "") -> None:
        """Text every so many seconds, and wait for no answer."""
        for _ in range(count):
            text = body or f"{len(self._texting)} from {self.phone[-6:]}"
            self._sids.append("SM" + secrets.token_hex(16))
            url = self.stage.url(self._webhook)
            self._texting.append(self.stage.twilio.texting(url, text, self.phone, self._sids[-1]))
            time.sleep(gap)

    @contextlib.contextmanager
    def going_on(self, count: int, gap: float = 0.05) -> Iterator[None]:
        """Text in the background, and come to the end of it."""
        with ThreadPoolExecutor(1) as feeding:
            begun = feeding.submit(self.begin, count, gap)
            yield
            begun.result()

    def text(self, body: str = "") -> Delivered:
        """Text once, and wait for the answer."""
        self.begin(1, 0, body)
        return self._texting[-1].result(PATIENCE + 5)

    def delivering(self) -> "list[Future[Delivered]]":
        return [*self._texting]

    def again(self, first: "Future[Delivered]") -> "Future[Delivered]":
        """Deliver a text once more, as Twilio does that has heard nothing; it is no other text."""
        number = self._texting.index(first)
        return self.stage.twilio.texting(
            self.stage.url(self._webhook), f"{number} from {self.phone[-6:]}", self.phone, self._sids[number]
        )

    def delivered(self) -> list[Delivered]:
        """Wait for all answers."""
        return [texting.result(PATIENCE + 5) for texting in self._texting]

    def acknowledged(self) -> list[str]:
        return [each.sid for each in self.delivered() if each.status == 200]

    def stored(self) -> list[Document]:
        """What is stored of them, oldest first."""
        return list(
            self.stage.database.db["messages"]
            .find({"from": {"$in": self.phones}, "direction": "inbound"})
            .sort("time")
        )

    def states(self) -> Counter[str]:
        return Counter(document["handling"]["state"] for document in self.stored())

    def runs(self) -> Counter[str]:
        """How often the handler ran, by text."""
        ours = {document["_id"] for document in self.stored()}
        return Counter(sid for sid in self.stage.runs.read_text().split() if sid in ours)

    def replies(self) -> list[str]:
        """All that was answered, in the answer to Twilio or by REST."""
        at_once = [reply for each in self.delivered() for reply in each.replies]
        return at_once + [reply for phone in self.phones for reply in self.stage.twilio.received(phone)]

    def figures(self) -> dict[str, int]:
        """What a line of the ledger says of them, after the checks that hold for every fault."""
        acknowledged, stored, runs, replies = self.acknowledged(), self.stored(), self.runs(), self.replies()
        assert {*acknowledged} <= {document["_id"] for document in stored}, "acknowledged and not stored"
        assert max(runs.values(), default=0) <= 1, f"ran more than once: {runs}"
        twice = [reply[:60] for reply, count in Counter(replies).items() if count > 1]
        assert not twice, f"answered more than once: {twice}"
        return {
            "sent": len(self._texting),
            "acknowledged": len(acknowledged),
            "stored": len(stored),
            "handled": sum(runs.values()),
            "answered": len(replies),
        }


def eventually(condition: Callable[[], Any], patience: float = 20) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it never came to be within {patience} s"
        time.sleep(0.02)
    return found


def seconds(condition: Callable[[], Any], patience: float = 20) -> float:
    """Return the seconds until something is true."""
    began = time.monotonic()
    eventually(condition, patience)
    return time.monotonic() - began


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
