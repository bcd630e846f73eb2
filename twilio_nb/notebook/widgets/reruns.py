"""Closing what a cell showed when it runs again: ipywidgets keeps every widget until somebody closes it."""

from typing import Any, TypeVar
from weakref import WeakSet

from IPython.core.getipython import get_ipython

T = TypeVar("T")

_shown: dict[str, tuple[str, WeakSet[Any]]] = {}


def renewed(widget: T) -> T:
    """Close what an earlier run of this cell showed in place of this widget.

    Parameters
    ----------
    widget : Widget
        What the cell shows now. Cells are known by the id that JupyterLab and Notebook send along; elsewhere
        nothing is closed.

    Returns
    -------
    Widget
        The same.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    asked = kernel.get_parent() if kernel is not None else {}
    cell = asked.get("metadata", {}).get("cellId")
    if cell is None:
        return widget
    run = str(asked["header"]["msg_id"])
    before, widgets = _shown.get(cell, (run, WeakSet()))
    if before != run:
        for one in list(widgets):
            one.close()
        widgets = WeakSet()
    widgets.add(widget)
    _shown[cell] = run, widgets
    return widget
