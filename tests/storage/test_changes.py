"""A change stream tells everything once, and can be ended from outside."""

import threading
import time
from collections.abc import Callable

from twilio_nb.domain.messages import Document
from twilio_nb.storage.messages import MessageLog

Text = Callable[..., Document]


def test_closing_ends_an_iteration_that_waits_in_another_thread(log: MessageLog) -> None:
    changes = log.watch()
    thread = threading.Thread(target=lambda: list(changes))
    thread.start()
    time.sleep(0.2)

    started = time.monotonic()
    changes.close()
    thread.join(5)

    assert not thread.is_alive()
    assert time.monotonic() - started < 2


def test_a_closed_stream_has_no_more_changes(log: MessageLog, text: Text) -> None:
    with log.watch() as changes:
        pass
    log.insert_many([text()])

    assert list(changes) == []


def test_a_stream_sees_what_many_threads_write(log: MessageLog, text: Text) -> None:
    texts = [text() for _ in range(200)]

    with log.watch() as changes:
        threads = [threading.Thread(target=log.insert_many, args=([one],)) for one in texts]
        for thread in threads:
            thread.start()
        seen = {next(changes)["documentKey"]["_id"] for _ in texts}
        for thread in threads:
            thread.join()

    assert seen == {one["_id"] for one in texts}
