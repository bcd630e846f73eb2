"""What a service shows in the notebook: its forms and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from weakref import WeakSet

    import pandas as pd

    from twilio_nb.notebook.widgets.compose import Compose
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

    def compose(self, to: str | Sequence[str] | pd.Series[Any] | None = None, body: str = "") -> Compose:
        """Show a form to send a text to one or many: checked as it is typed, and followed until it has arrived.

        More than one recipient are asked about first. What was sent is blanked; who could not be sent to stays in
        the form, with the text, and sending again texts nobody twice. What is typed and not sent yet may be saved in
        the notebook, with the state of its widgets.

        Parameters
        ----------
        to : str, sequence of str or pandas.Series, optional
            Recipients: several in a string stand between commas or in lines. A column, such as ``df["phone"]``, is
            checked row by row.
        body : str
            The text to begin with.

        Returns
        -------
        Compose
            A widget; ``close`` ends it, and so does closing the service or running its cell again.

        Raises
        ------
        ConfigurationError
            If `to` is a table.

        Examples
        --------
        >>> service.compose(to=df["phone"], body="The clinic is closed today.")
        """
        from twilio_nb.notebook.widgets.compose import Compose
        from twilio_nb.notebook.widgets.draft import column
        from twilio_nb.notebook.widgets.reruns import renewed

        recipients = to or "" if to is None or isinstance(to, str) else column(to)
        form = Compose(cast("Service", self), recipients, body)
        self._shown.add(form)
        return renewed(form)

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
