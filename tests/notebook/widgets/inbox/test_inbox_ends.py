"""Inboxes end: nothing of fifty is left, and one whose MongoDB is away says so and goes on by itself."""

import gc
import threading
from collections.abc import Callable, Collection

import ipywidgets
import psutil
import pytest

import twilio_nb
from tests.analysis.history import came
from tests.notebook.widgets.pages import Page
from tests.storage.servers import Server
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import StorageError
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

OURS = "twilio_nb"


def ours(others: Collection[threading.Thread]) -> list[str]:
    """Names of our threads, without those that tests before this one have left running."""
    return [one.name for one in threading.enumerate() if one.name.startswith(OURS) and one not in others]


def left(database: Database, others: Collection[threading.Thread]) -> tuple[int, int, int]:
    """The threads of ours, the streams on the server, and the open files and sockets of this process."""
    gc.collect()
    threads = len(ours(others))
    cursors = database.client.admin.aggregate(
        [{"$currentOp": {"idleCursors": True, "localOps": True}}, {"$match": {"cursor.tailable": True}}]
    )
    return threads, len(list(cursors)), psutil.Process().num_fds()


def used(service: Service, store: Callable[..., None], n: int) -> None:
    inbox = service.inbox()
    page = Page(inbox)
    page.ask("hello")
    (row, *_) = page.ask("conversations")["rows"]
    page.ask("thread", key=row["key"])
    store(came(f"while {n} is open", n))
    page.hear(lambda told: told["tell"] == "news")
    inbox.close()


def test_fifty_that_were_opened_and_closed_leave_no_thread_stream_or_socket(
    service: Service, store: Callable[..., None], database: Database, eventually: Callable[..., None]
) -> None:
    others = threading.enumerate()
    store(came("Hi", 0))
    used(service, store, 0)  # so that the process has sockets enough for one
    eventually(lambda: not ours(others))
    before, widgets = left(database, others), len(ipywidgets.Widget.get_manager_state()["state"])

    for n in range(25):
        used(service, store, n)
    several = [service.inbox() for _ in range(25)]
    assert ours(others).count("twilio_nb-live") == 1
    for one in several:
        one.close()

    eventually(lambda: all(now <= then for now, then in zip(left(database, others), before, strict=True)))
    assert len(ipywidgets.Widget.get_manager_state()["state"]) == widgets


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
