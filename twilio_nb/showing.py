"""What a service shows on a page: its widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from twilio_nb.notebook.widgets.inbox import Inbox
    from twilio_nb.notebook.widgets.view import View


class Showing:
    """The widgets of a service; a base of :class:`~twilio_nb.service.Service`."""

    _views: WeakSet[View]

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

        inbox = Inbox(self)  # type: ignore[arg-type]  # a Service is built on this class
        self._views.add(inbox)
        return inbox

    def _close_views(self) -> None:
        for view in list(self._views):
            view.close()
