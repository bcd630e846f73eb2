"""Handlers in a real kernel: their output in the cell that defined them, whatever else the kernel does."""

import queue
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from twilio.request_validator import RequestValidator

TOKEN = "0123456789abcdef0123456789abcdef"
SETUP = f"""
from twilio_nb import context
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret

database = Database.open("DATABASE")
host = Host.start()
definition = ServiceDefinition("s", "AC" + "0" * 32, sandbox=True)
addresses = host.serve(definition, database, [Secret("{TOKEN}")], None)

def define(function, **options):
    handler = Handler(function, "s", "w", **({{"respond_result": True}} | options))
    Registry(database).save_webhook(WebhookDefinition("s", "w", **({{"respond_result": True}} | options)))
    host.register(handler, database)
    return handler

print(addresses.loopback)
"""


@dataclass
class Cell:
    """A cell that was run, and everything that appeared in it so far."""

    notebook: "Notebook"
    request: str

    def outputs(self) -> list[dict[str, Any]]:
        self.notebook.listen()
        return [
            message
            for message in self.notebook.heard
            if message["parent_header"].get("msg_id") == self.request
        ]

    def text(self, stream: str = "stdout") -> str:
        return "".join(
            message["content"]["text"]
            for message in self.outputs()
            if message["msg_type"] == "stream" and message["content"]["name"] == stream
        )

    def data(self, mime: str = "text/plain") -> list[str]:
        return [
            message["content"]["data"][mime]
            for message in self.outputs()
            if message["msg_type"] in ("display_data", "execute_result")
            and mime in message["content"]["data"]
        ]

    def is_done(self) -> bool:
        return any(
            message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            for message in self.outputs()
        )

    def errors(self) -> list[str]:
        return [message["content"]["ename"] for message in self.outputs() if message["msg_type"] == "error"]


class Notebook:
    """A kernel, and a client that hears everything it says."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, database: str) -> None:
        self.manager = manager
        self.heard: list[dict[str, Any]] = []
        self._client = client
        self._database = database

    def start(self) -> str:
        """Serve; returns the address of the webhook."""
        cell = self.run(SETUP.replace("DATABASE", self._database))
        self.url = cell.text().strip() + "twilio/service/s/incoming_webhook/w"
        return self.url

    def listen(self) -> None:
        while True:
            try:
                self.heard.append(self._client.get_iopub_msg(timeout=0.02))
            except queue.Empty:
                return

    def begin(self, code: str, cell_id: str | None = None) -> Cell:
        """Run a cell, with an id as JupyterLab sends one along."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        metadata = {} if cell_id is None else {"cellId": cell_id}
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        return Cell(self, message["header"]["msg_id"])

    def run(self, code: str, cell_id: str | None = None) -> Cell:
        cell = self.begin(code, cell_id)
        eventually(cell.is_done, 30)
        assert cell.errors() == [], cell.text("stderr")
        return cell

    def text(self, body: str) -> list[str]:
        """Deliver a text as Twilio does; the bodies of the answer."""
        form = {
            "MessageSid": "SM" + secrets.token_hex(16),
            "From": "+15558675309",
            "To": "+18057166646",
            "Body": body,
        }
        signature = RequestValidator(TOKEN).compute_signature(self.url, form)
        request = urllib.request.Request(
            self.url, urlencode(form).encode(), {"X-Twilio-Signature": signature}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [message.text or "" for message in ElementTree.fromstring(answer.read()).iter("Body")]

    def texting(self, body: str) -> "Future[list[str]]":
        return ThreadPoolExecutor(1).submit(self.text, body)


def eventually(condition: Callable[[], Any], patience: float = 10) -> Any:
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def kernel(mongod: Any, private_surroundings: Path) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(extra_arguments=["--HistoryManager.enabled=False"])
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel()


@pytest.fixture
def notebook(kernel: tuple[KernelManager, BlockingKernelClient], database: Any) -> Iterator[Notebook]:
    opened = Notebook(*kernel, database.name)
    opened.start()
    yield opened
    opened.run("host.close(); database.close()")


def test_prints_displays_and_errors_appear_in_the_cell_that_defined_the_handler_while_another_prints(
    notebook: Notebook,
) -> None:
    defining = notebook.run(
        """
import asyncio, sys, threading
from IPython.display import HTML, display

def answering(payload):
    print("printed", payload["Body"])
    display(HTML("<b>displayed</b>"))
    print("to stderr", file=sys.stderr)
    return 1 / 0 if payload["Body"] == "fail" else payload["Body"]

define(answering)
"""
    )
    busy = notebook.begin("import time\nfor n in range(20):\n    print('other', n)\n    time.sleep(0.05)")
    assert notebook.text("one") == ["one"]
    assert notebook.text("fail") == []
    eventually(busy.is_done)

    assert (
        eventually(lambda: defining.text().count("printed") == 2 and defining.text())
        == "printed one\nprinted fail\n"
    )
    assert defining.data("text/html") == ["<b>displayed</b>"] * 2
    shown = eventually(lambda: "ZeroDivisionError" in defining.text("stderr") and defining.text("stderr"))
    assert shown.count("to stderr") == 2
    assert "answering failed; nothing was texted back." in shown
    assert 'File "Cell In[' in shown
    assert "line 8, in answering\n    return 1 / 0" in shown
    assert busy.text() == "".join(f"other {n}\n" for n in range(20))
    assert busy.text("stderr") == ""
    assert busy.data("text/html") == []


def test_async_handlers_and_their_threads_and_tasks_print_into_their_own_cells(notebook: Notebook) -> None:
    defining = notebook.run(
        """
import asyncio
from IPython.display import HTML, display

async def answering(payload):
    print("task", payload["Body"])
    await asyncio.to_thread(print, "thread", payload["Body"])
    async def inner():
        print("inner", payload["Body"])
    await asyncio.create_task(inner())
    display(HTML("<i>" + payload["Body"] + "</i>"))
    return "ok"

define(answering, concurrency=3)
"""
    )
    other = notebook.begin("import time; time.sleep(0.5); print('other')")
    for texting in [notebook.texting(body) for body in "abc"]:
        assert texting.result(20) == ["ok"]
    eventually(other.is_done)

    lines = eventually(lambda: len(lines := defining.text().splitlines()) == 9 and lines)
    assert sorted(lines) == sorted(f"{what} {body}" for what in ("task", "thread", "inner") for body in "abc")
    assert sorted(defining.data("text/html")) == ["<i>a</i>", "<i>b</i>", "<i>c</i>"]
    assert other.text() == "other\n"


def test_a_handler_sees_the_notebooks_variables_as_they_are_now(notebook: Notebook) -> None:
    notebook.run(
        """
greeting = 'Hello'
seen = []
def answering(payload):
    seen.append(payload['Body'])
    return greeting
define(answering)
"""
    )
    assert notebook.text("one") == ["Hello"]
    notebook.run("greeting = 'Good-bye'")
    assert notebook.text("two") == ["Good-bye"]

    assert notebook.run("print(seen)").text() == "['one', 'two']\n"


def test_output_of_a_cell_that_runs_later_stays_there_after_a_text(notebook: Notebook) -> None:
    notebook.run("define(lambda payload: print('from the handler'))")
    notebook.text("Hello")
    later = notebook.run("print('mine'); 40 + 2")

    assert eventually(later.text) == "mine\n"
    assert later.data() == ["42"]


def test_a_text_is_answered_while_the_kernel_computes_and_an_interrupt_stops_the_cell_only(
    notebook: Notebook,
) -> None:
    notebook.run("import time\ndef slow(payload):\n    time.sleep(0.5)\n    return 'done'\ndefine(slow)")
    busy = notebook.begin("while True: pass")
    time.sleep(0.3)
    texting = notebook.texting("Hello")
    time.sleep(0.2)
    notebook.manager.interrupt_kernel()

    assert texting.result(20) == ["done"]
    eventually(busy.is_done)
    assert busy.errors() == ["KeyboardInterrupt"]


def test_a_coroutine_that_was_not_awaited_is_said_in_the_cell_with_its_line(notebook: Notebook) -> None:
    defining = notebook.run(
        """
async def forgetful(payload, response):
    texts = context.services.get("mongodb-atlas").db(database.name).collection("texts")
    texts.insert_one(payload)
    response.set_body("Saved")

define(forgetful)
import warnings; warnings.filterwarnings("ignore")
"""
    )
    for n in (1, 2):
        assert notebook.text("Hello") == ["Saved"]
        eventually(lambda: defining.text("stderr").count("never ran") == n)  # noqa: B023
    said = defining.text("stderr")
    assert "forgetful: AsyncCollection.insert_one(…) in line 3 of Cell In[" in said
    assert "was not awaited, so it never ran: write `await` before it." in said


def test_running_a_handler_by_hand_prints_into_the_cell_that_runs_it(notebook: Notebook) -> None:
    defining = notebook.run(
        """
from IPython.display import HTML, display
def answering(payload):
    print("by hand")
    display(HTML("<b>displayed</b>"))
    return payload["Body"]
async def answering_async(payload):
    return answering(payload)
handler, other = define(answering), Handler(answering_async, "s", "other", respond_result=True)
"""
    )
    for name in ("handler", "other"):
        running = notebook.run(f"{name}.test(Body='<b>hi</b>')")
        assert eventually(running.text) == "by hand\n"
        assert running.data("text/html")[0] == "<b>displayed</b>"
        assert "&lt;b&gt;hi&lt;/b&gt;" in running.data("text/html")[1]
        assert running.data("text/plain")[-1].startswith("reply: <b>hi</b>\ntook: ")
    assert defining.text() == ""


def test_a_handler_run_by_hand_can_be_interrupted(notebook: Notebook) -> None:
    notebook.run(
        "import time\ndef endless(payload):\n    while True: time.sleep(0.1)\nhandler = define(endless)"
    )
    running = notebook.begin("handler.test()")
    time.sleep(0.5)
    notebook.manager.interrupt_kernel()

    eventually(running.is_done)
    assert running.errors() == ["KeyboardInterrupt"]


def test_a_name_that_goes_to_another_function_is_told_unless_its_cell_is_run_again(
    notebook: Notebook,
) -> None:
    shared = f"f{secrets.token_hex(3)}"

    def defining(*names: str, cell_id: str | None) -> str:
        code = "\n".join(f"@twilio_nb.function('{shared}')\ndef {name}(): pass" for name in names)
        return notebook.run(f"import twilio_nb\n{code}", cell_id).text("stderr")

    assert [
        defining("first", cell_id="a"),
        defining("improved", cell_id="a"),  # the cell was edited
        defining("improved", cell_id="b"),  # or moved
        defining("unknown", cell_id=None),  # where no cell has an id
    ] == [""] * 4
    defining("mine", cell_id="a")
    told = (
        f"The function '{shared}' was mine(), and is other() now. If you want both, give one another name.\n"
    )
    assert defining("other", cell_id="b") == told
    assert "was one(), and is two() now" in defining("one", "two", cell_id="b")
