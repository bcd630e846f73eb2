"""What a service shows in the notebook: its forms and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from weakref import WeakSet

    from twilio_nb.notebook.widgets.config import Config
    from twilio_nb.service import Service


class Showing:
    """The widgets of a service; a base of :class:`~twilio_nb.service.Service`."""

    _shown: WeakSet[Any]

    def config(self) -> Config:
        """Show a form to set the service up, and what is in order and what is not.

        Returns
        -------
        Config
            A widget; it closes with the service, and when its cell runs again.
        """
        from twilio_nb.notebook.widgets.config import Config
        from twilio_nb.notebook.widgets.reruns import renewed

        return renewed(Config(cast("Service", self)))
