"""The button of the form that removes a service."""

from collections.abc import Callable
from typing import Any

import traitlets

from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.view import View, asked_slowly, source


class Removal(View):
    """A button that removes the service that is shown: it says what will be gone and what stays, and asks.

    Parameters
    ----------
    remove : callable
        Removes it, and returns a sentence on what can be done next.

    Attributes
    ----------
    service : str
        Name of the service; empty while there is none that could be removed.
    """

    _esm = source("question.js", "removal.js")
    _css = source("config.css")
    service = traitlets.Unicode("").tag(sync=True)

    def __init__(self, remove: Callable[[], str]) -> None:
        super().__init__()
        self._remove = remove

    @asked_slowly
    def remove(self, service: str) -> dict[str, Any]:
        """Remove the service that the page has asked about."""
        if service != self.service:
            message = "This form shows another service by now; nothing was removed."
            raise ConfigurationError(message)
        return {"sentence": self._remove()}
