"""Fifty inboxes in a process of their own, in which nothing else opens or closes anything.

``python -m tests.notebook.widgets.inbox.fifty DATABASE`` prints what is there before, while 25 are open at once,
and after all of them, as JSON.
"""

import gc
import json
import sys
import threading
import time
from typing import Any

import psutil
from ipywidgets import Widget

from tests.analysis.history import came
from tests.notebook.widgets.pages import Page
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

_STILL = 2.0  # seconds without a change: the driver ends connections that it no longer needs some time soon
_PATIENCE = 20.0


def there(database: Database) -> dict[str, Any]:
    """Our threads, streams on the server, open files and sockets, widgets."""
    gc.collect()
    streams: list[dict[str, Any]] = [
        {"$currentOp": {"idleCursors": True, "localOps": True}},
        {"$match": {"cursor.tailable": True, "ns": {"$regex": f"^{database.name}\\."}}},
    ]
    return {
        "threads": sorted(one.name for one in threading.enumerate() if one.name.startswith("twilio_nb")),
        "streams": len(list(database.client.admin.aggregate(streams))),
        "files": psutil.Process().num_fds(),
        "widgets": len(Widget.get_manager_state()["state"]),
    }


def settled(database: Database) -> dict[str, Any]:
    """What is there once it changes no more."""
    found, since = there(database), time.monotonic()
    deadline = since + _PATIENCE
    while time.monotonic() < min(since + _STILL, deadline):
        time.sleep(0.05)
        if (now := there(database)) != found:
            found, since = now, time.monotonic()
    return found


def store(database: Database, n: int) -> None:
    database.db["messages"].insert_one(came(f"text {n}", n) | {"service": "s"})


def use(service: Service, database: Database, n: int) -> None:
    inbox = service.inbox()
    page = Page(inbox)
    page.ask("hello")
    (row, *_) = page.ask("conversations")["rows"]
    page.ask("thread", key=row["key"])
    store(database, n)
    page.hear(lambda told: told["tell"] == "news")
    inbox.close()


def main() -> None:
    database = Database.open(sys.argv[1])
    service = Service(ServiceDefinition("s", "AC" + "0" * 32), database)
    store(database, 0)
    use(service, database, 1)  # so that the process has sockets enough for one
    before = settled(database)
    for n in range(2, 27):
        use(service, database, n)
    several = [service.inbox() for _ in range(25)]
    during = there(database)
    for one in several:
        one.close()
    json.dump({"before": before, "during": during, "after": settled(database)}, sys.stdout)


if __name__ == "__main__":
    main()
