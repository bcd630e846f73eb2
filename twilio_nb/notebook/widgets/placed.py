"""What remains of a widget on the page once it is closed: a sentence in its place."""

# mypy: disable-error-code="no-untyped-call"
# What IPython displays with is untyped.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from IPython.core.getipython import get_ipython
from IPython.display import display, publish_display_data, update_display

from twilio_nb.notebook.display import Note

_CLOSED = "Closed. Run the cell again to open it."

Bundle = Mapping[str, Any] | tuple[Mapping[str, Any], Mapping[str, Any]] | None


class Placed:
    """A widget that knows the outputs it stands in; a base of others.

    Of a widget that is closed Jupyter takes the view away, and leaves an empty output. An output that has an id of its
    own can be replaced instead, at any time; the result of a cell has none, so a widget displays itself.
    """

    _places: tuple[str, ...] = ()
    comm: Any

    def _ipython_display_(self) -> None:
        if self.comm is None:
            display(Note(_CLOSED))
        else:
            self._place(self._repr_mimebundle_())  # type: ignore[attr-defined]  # every widget's

    def _place(self, bundle: Bundle) -> None:
        """Display what shows it, as an output with an id."""
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        place = uuid4().hex
        self._places = (*self._places, place)
        publish_display_data(dict(data), dict(metadata), transient={"display_id": place})

    def _leave(self) -> None:
        """Put a sentence into its place; from any thread."""
        places, self._places = self._places, ()
        if getattr(get_ipython(), "kernel", None) is None:  # a terminal would print it
            return
        for place in places:
            update_display(Note(_CLOSED), display_id=place)
