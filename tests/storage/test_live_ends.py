"""A live frame ends when it should, and an interrupt does not end or harm it."""

import gc
import signal
import threading
import time
import weakref
from collections.abc import Callable

import psutil
import pytest

from tests.storage.fresh import is_fresh
from twilio_nb.domain.messages import Document
from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import frame
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.messages import MessageLog

Live = Callable[..., LiveFrame]
Text = Callable[..., Document]


def test_closing_ends_its_thread_and_keeps_the_frame(live: Live, log: MessageLog, text: Text) -> None:
    inbox = live()
    log.insert_many([text()])
    assert len(inbox.frame) == 1

    inbox.close()
    log.insert_many([text()])

    assert not [thread for thread in threading.enumerate() if thread.name == "twilio_nb-live"]
    assert len(inbox.frame) == 1
    assert not inbox.following
    assert "closed" in repr(inbox)
    inbox.close()


def test_many_that_were_opened_and_closed_leave_no_thread_cursor_or_socket(
    database: Database, log: MessageLog, text: Text
) -> None:
    log.insert_many([text()])
    with LiveFrame(database, "s"), LiveFrame(database, "s"):  # so that the process has sockets enough for one
        pass
    before = left(database)

    for _ in range(5):
        with LiveFrame(database, "s") as inbox:
            assert len(inbox.frame) == 1
    assert left(database) <= before

    several = [LiveFrame(database, "s") for _ in range(10)]
    assert all(len(one.frame) == 1 for one in several)
    for one in several:
        one.close()
    assert left(database)[:2] <= before[:2]  # sockets go back to the pool that the whole process shares


def left(database: Database) -> tuple[int, int, int]:
    """How many threads of ours there are, cursors on the server, and sockets."""
    cursors = database.client.admin.command("serverStatus")["metrics"]["cursor"]["open"]["total"]
    threads = [thread for thread in threading.enumerate() if thread.name == "twilio_nb-live"]
    return len(threads), int(cursors), len(psutil.Process().net_connections("unix"))


def test_one_that_nobody_refers_to_ends_by_itself(
    database: Database, log: MessageLog, text: Text, eventually: Callable[..., None]
) -> None:
    inbox = LiveFrame(database, "s")
    log.insert_many([text()])
    assert frame(inbox.table)["body"].to_list() == ["Hello"]
    gone = weakref.ref(inbox)

    del inbox
    gc.collect()

    assert gone() is None
    eventually(lambda: "twilio_nb-live" not in {thread.name for thread in threading.enumerate()})


def test_an_interrupt_at_any_moment_loses_and_doubles_nothing(
    live: Live, database: Database, log: MessageLog, text: Text
) -> None:
    """As when somebody presses the stop button while a cell takes the frame."""
    inbox = live()
    documents = [text() for _ in range(10)]
    log.insert_many(documents)
    interrupted = 0

    for n in range(100):
        log.insert_many([text() for _ in range(3)])
        log.claim(documents[n % 10]["_id"], owner="o", request_id=str(n))
        interrupted += is_interrupted(lambda: inbox.frame, n / 25_000)

    assert interrupted > 20
    assert is_fresh(inbox, database)


def test_an_interrupt_between_two_steps_does_not_repeat_the_first(
    live: Live, database: Database, log: MessageLog, text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = live()
    log.insert_many([text()])

    def interrupted(number: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(inbox._following.inbox, "drop", interrupted)
        with pytest.raises(KeyboardInterrupt):
            inbox.frame  # noqa: B018

    assert len(inbox.frame) == 1
    assert is_fresh(inbox, database)


def is_interrupted(call: Callable[[], object], seconds: float) -> bool:
    """Call it, and raise KeyboardInterrupt in it after so long; tell whether it got that far."""
    main = threading.get_ident()

    def interrupt() -> None:
        time.sleep(seconds)
        signal.pthread_kill(main, signal.SIGUSR1)

    previous = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    finished = False
    try:
        thread.start()
        call()
        finished = True
        thread.join()
    except KeyboardInterrupt:
        return not finished
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, previous)
    return False
