"""What a host does about a webhook that somebody removed through another receiver."""

from tests.receiving.host.conftest import Line
from tests.receiving.host.desk import eventually
from twilio_nb.storage.registry import Registry


def test_its_cell_says_so_and_run_again_it_answers_again(line: Line, sentences: list[str]) -> None:
    line.register(lambda payload: "before")

    Registry(line.database).remove_webhook(line.name, "answer")
    line.host.enable(line.name, "answer")  # as its receiver does by itself, every ten seconds

    assert eventually(lambda: not line.host.handlers())
    (said,) = [one for one in sentences if "removed" in one]
    assert (
        said == f"{line.name}/answer was removed by another notebook; to have it back, run this cell again."
    )

    line.register(lambda payload: "after")

    assert line.text("Hello?") == ["after"]


def test_a_text_that_its_function_is_at_work_on_is_answered(line: Line) -> None:
    line.register(lambda payload: removed(payload["Body"]))

    def removed(body: str) -> str:
        Registry(line.database).remove_webhook(line.name, "answer")
        line.host.release(line.name, "answer")
        line.host.enable(line.name, "answer")
        return f"Last words: {body}"

    assert line.text("Hello?") == ["Last words: Hello?"]
