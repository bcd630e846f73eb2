"""Inboxes end: nothing of fifty is left, and one whose MongoDB is away says so and goes on by itself."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable

import ipywidgets
import pytest

import twilio_nb
from tests.analysis.history import came
from tests.notebook.widgets.pages import Page
from tests.storage.servers import Server
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import StorageError
from twilio_nb.service import Service
from twilio_nb.storage.database import Database


def test_fifty_that_were_opened_and_closed_leave_no_thread_stream_or_socket(database: Database) -> None:
    program = [sys.executable, "-m", "tests.notebook.widgets.inbox.fifty", database.name]
    done = subprocess.run(program, capture_output=True, text=True, timeout=100)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["during"]["threads"].count("twilio_nb-live") == found["during"]["streams"] == 1
    assert found["after"] == found["before"]
    assert (found["after"]["threads"], found["after"]["streams"]) == ([], 0)


def test_closing_the_service_closes_its_inboxes(database: Database, store: Callable[..., None]) -> None:
    store(came("Hi", 0))
    own = Database.open(database.name)
    service = Service(ServiceDefinition("s", "AC" + "0" * 32), own)
    inboxes = [service.inbox(), service.inbox()]

    service.close()

    assert not any(inbox.is_open for inbox in inboxes)
    assert all("closed" in repr(inbox) for inbox in inboxes)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("twilio_nb-")]
    inboxes[0].close()


def test_an_inbox_without_its_mongodb_says_so_and_goes_on_by_itself(
    replica_set: Server, eventually: Callable[..., None]
) -> None:
    service = twilio_nb.connect("s", account_sid="AC" + "0" * 32)
    messages = service.database.db["messages"]
    messages.insert_one(came("before", 0) | {"service": "s"})
    inbox = service.inbox()
    page = Page(inbox)
    page.ask("hello")
    (row,) = page.ask("conversations")["rows"]

    replica_set.kill()
    page.hear(lambda told: told["tell"] == "trouble" and told["trouble"].startswith("out of date since"))
    assert "out of date since" in repr(inbox)
    assert [text["body"] for text in page.ask("thread", key=row["key"])["rows"]] == ["before"]

    widgets = len(ipywidgets.Widget.get_manager_state()["state"])
    with pytest.raises(StorageError):
        Service(ServiceDefinition("other", "AC" + "0" * 32), service.database).inbox()
    assert len(ipywidgets.Widget.get_manager_state()["state"]) == widgets

    page.told.clear()
    replica_set.start()
    page.hear(lambda told: told["tell"] == "trouble" and told["trouble"] == "", seconds=40)
    messages.insert_one(came("after", 1) | {"service": "s"})
    page.hear(lambda told: told["tell"] == "news")
    assert "out of date" not in repr(inbox)
    service.close()
