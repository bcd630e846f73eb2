"""A cell that runs again closes what it showed before."""

from typing import Any

import ipywidgets
import pytest

from twilio_nb.notebook.widgets import reruns


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the kernel was asked: the cell, and the run of it."""
    asked: dict[str, Any] = {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}}

    class Kernel:
        def get_parent(self) -> dict[str, Any]:
            return asked

    class Shell:
        kernel = Kernel()

    monkeypatch.setattr(reruns, "get_ipython", Shell)
    monkeypatch.setattr(reruns, "_shown", {})
    return asked


def shown() -> ipywidgets.Label:
    return reruns.renewed(ipywidgets.Label())


def test_another_run_of_the_cell_closes_all_that_the_last_one_showed(cell: dict[str, Any]) -> None:
    first, second = shown(), shown()
    assert first.comm is not None

    cell["header"]["msg_id"] = "2"
    third = shown()

    assert first.comm is None
    assert second.comm is None
    assert third.comm is not None


def test_another_cell_closes_nothing(cell: dict[str, Any]) -> None:
    first = shown()

    cell["header"]["msg_id"], cell["metadata"]["cellId"] = "2", "b"
    shown()

    assert first.comm is not None


def test_where_cells_have_no_names_nothing_is_closed(cell: dict[str, Any]) -> None:
    first = shown()

    cell["header"]["msg_id"], cell["metadata"] = "2", {}
    shown()

    assert first.comm is not None
