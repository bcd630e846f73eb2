"""What is displayed of a widget, and what remains of it once it is closed."""

# mypy: disable-error-code="no-untyped-call"
# What IPython displays with is untyped.

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from traitlets.config import Config

from twilio_nb.notebook.widgets.view import View

CLOSED = "Closed. Run the cell again to open it."


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a kernel's shell publishes."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(shell, "display_pub", publisher)
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    yield publisher.outputs
    InteractiveShell.clear_instance()


def test_a_sentence_takes_the_place_of_each_output_of_a_widget_that_is_closed(
    outputs: list[dict[str, Any]],
) -> None:
    view = View()
    display(view)
    display(view)

    view.close()

    first, second, *replaced = outputs
    assert "application/vnd.jupyter.widget-view+json" in first["data"]
    assert [one["transient"] for one in replaced] == [first["transient"], second["transient"]]
    assert first["transient"] != second["transient"]
    assert [(one["data"]["text/plain"], one["update"]) for one in replaced] == [(CLOSED, True)] * 2


def test_closed_twice_it_is_said_once_and_what_was_not_shown_says_nothing(
    outputs: list[dict[str, Any]],
) -> None:
    view = View()

    view.close()
    view.close()

    assert outputs == []


def test_shown_after_it_was_closed_it_says_so(outputs: list[dict[str, Any]]) -> None:
    view = View()
    view.close()

    display(view)

    assert outputs[0]["data"]["text/plain"] == CLOSED
