"""Users of the store, each a process of its own: ``python users.py ATTEMPTS STORED``.

One process has loaded what they need and forks them, because to start Python for each takes longer than all
they do. It has neither threads nor a connection of its own. For each line that it reads, a data directory, it
starts one user, who says in a line of JSON who he is and which mongod serves him, and then stores texts. The
SID of each goes into one file before, and into the other when it is stored. SIGTERM is his wish to leave.
"""

import contextlib
import json
import os
import secrets
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any

from twilio_nb.domain.messages import inbound
from twilio_nb.errors import StoreUnavailable
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog

GAP = 0.02  # seconds between texts


class User:
    """Takes a share in mongod, stores texts until he is told to leave, and gives it up."""

    def __init__(self) -> None:
        self._leaving = False
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    def live(self, attempts: int, stored: int) -> None:
        with Database.open() as database:
            signal.signal(signal.SIGTERM, self._leave)
            say(mongod=database.client.admin.command("serverStatus")["pid"])
            log = MessageLog(database)
            while not self._leaving:
                document = text()
                line = f"{document['_id']}\n".encode()
                os.write(attempts, line)
                with contextlib.suppress(StoreUnavailable):
                    if log.insert_many([document]) == [True]:
                        os.write(stored, line)
                time.sleep(GAP)

    def _leave(self, *_: object) -> None:
        self._leaving = True


def text() -> dict[str, Any]:
    sid = "SM" + secrets.token_hex(16)
    form = [("MessageSid", sid), ("From", "+15558675309"), ("To", "+15558675310"), ("Body", "Hello")]
    now = datetime.now(UTC)
    return inbound(form, service="s", webhook="w", source="webhook", time=now, store_only=True)


def say(**fields: object) -> None:
    os.write(1, json.dumps({"pid": os.getpid(), **fields}).encode() + b"\n")


def main() -> None:
    attempts, stored = (os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for path in sys.argv[1:])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a user
    for line in sys.stdin:
        if os.fork():
            continue
        os.environ["TWILIO_NB_DATA"] = line.strip()
        try:
            User().live(attempts, stored)
        except BaseException as error:
            say(error=f"{type(error).__name__}: {error}")
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
