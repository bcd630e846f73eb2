"""What forms out of ipywidgets have in common."""

from collections.abc import Iterator
from typing import Any

import ipywidgets

from twilio_nb.domain.markup import tag
from twilio_nb.notebook.widgets.placed import Placed


class Form(Placed, ipywidgets.VBox):  # type: ignore[misc,unused-ignore]
    """Widgets below each other that close together, and that are text where there are no widgets.

    A subclass says in `__repr__` what that text is.
    """

    def close(self) -> None:
        """Take it off the page, with all its parts, and end their threads."""
        self._leave()
        for widget in [*_parts(self), self]:
            for name in ("layout", "style"):
                if (part := getattr(widget, name, None)) is not None:
                    part.close()
            if widget is not self:
                widget.close()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {**(super()._repr_mimebundle_(**options) or {}), "text/plain": repr(self)}


def title(text: str) -> ipywidgets.HTML:
    """Return the title of a part of a form."""
    return ipywidgets.HTML(tag("div", text, class_="twilio-nb-title"))


def _parts(box: ipywidgets.Box) -> Iterator[ipywidgets.Widget]:
    for child in box.children:
        if isinstance(child, ipywidgets.Box):
            yield from _parts(child)
        yield child
