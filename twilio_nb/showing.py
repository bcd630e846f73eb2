"""What a service shows in the notebook: its forms and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from weakref import WeakSet

    from twilio_nb.notebook.widgets.config import Config
    from twilio_nb.notebook.widgets.inbox import Inbox
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

    def inbox(self) -> Inbox:
        """Return an inbox: conversations, threads and a table of all texts, up to date on the page by itself.

        Returns
        -------
        Inbox
            The last line of a cell shows it. ``inbox.frame`` is a DataFrame of all texts, ``inbox.selection`` one of
            what is selected on the page. It lives until ``close``, or the service is closed. Where nothing moves by
            itself, as in Google Colab, its button *Refresh* or ``inbox.refresh()`` looks anew.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> inbox = service.inbox()
        >>> inbox
        """
        from twilio_nb.notebook.widgets.inbox import Inbox
        from twilio_nb.notebook.widgets.reruns import renewed

        inbox = Inbox(cast("Service", self))
        self._shown.add(inbox)
        return renewed(inbox)

    def _close_shown(self) -> None:
        for widget in list(self._shown):
            widget.close()
