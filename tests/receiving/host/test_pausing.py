"""What a host does about a webhook that is paused, and when it goes on."""

import threading
import time

from tests.receiving.host.conftest import Line
from tests.receiving.host.desk import eventually
from twilio_nb.storage.registry import Registry


def pause(line: Line, *, enabled: bool = False) -> None:
    assert Registry(line.database).enable_webhook(line.name, "answer", enabled=enabled)
    line.host.enable(line.name, "answer")


def test_texts_of_a_paused_webhook_wait_and_run_when_it_is_resumed(line: Line, sentences: list[str]) -> None:
    line.register(lambda payload: f"At last: {payload['Body']}")
    pause(line)
    assert line.text("first") == []
    assert line.text("second") == []
    assert line.states() == ["pending", "pending"]

    pause(line, enabled=True)

    eventually(lambda: line.received() == ["At last: first", "At last: second"])
    assert line.text("third") == ["At last: third"]
    assert f"{line.name}/answer is paused: its texts are stored and wait." in sentences
    assert f"{line.name}/answer goes on." in sentences


def test_what_came_in_a_pause_runs_also_when_a_text_from_before_is_still_running(line: Line) -> None:
    line.define(respond_result=True)
    line.text("slow")
    release = threading.Event()
    line.register(lambda payload: release.wait(20) and payload["Body"])
    eventually(lambda: line.states() == ["running"])
    pause(line)
    line.text("second")

    pause(line, enabled=True)
    time.sleep(0.2)
    release.set()

    eventually(lambda: line.received() == ["slow", "second"])


def test_a_cell_that_is_run_again_does_not_resume(line: Line, sentences: list[str]) -> None:
    line.register(lambda payload: "before")
    pause(line)
    line.text("Hello?")

    line.register(lambda payload: "after")

    eventually(lambda: any("until it is resumed" in sentence for sentence in sentences))
    assert line.text("Anybody?") == []
    assert line.states() == ["pending", "pending"]


def test_what_waits_can_be_replayed_while_the_webhook_is_paused(line: Line) -> None:
    line.register(lambda payload: "by hand")
    pause(line)
    line.text("Hello?")
    sids = line.log.waiting(line.name, "answer", ["pending"])

    [row] = line.host.replay(line.name, "answer", sids)

    assert row["state"] == "answered"
    assert eventually(line.received) == ["by hand"]


def test_a_webhook_that_is_paused_while_it_catches_up_leaves_the_rest_waiting(line: Line) -> None:
    line.define(respond_result=True)
    for body in ("first", "second", "third"):
        line.text(body)

    def stop(payload: dict[str, str]) -> None:
        Registry(line.database).enable_webhook(line.name, "answer", enabled=False)

    line.register(stop)

    eventually(lambda: line.states()[0] == "answered")
    time.sleep(0.3)
    assert line.states() == ["answered", "pending", "pending"]
