"""What a service shows in the notebook: its forms and views."""

from __future__ import annotations

from functools import partial
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

    def inbox(
        self,
        contacts: pd.DataFrame | None = None,
        *,
        on: str = "phone",
        name: str = "name",
        region: str | None = None,
    ) -> Inbox:
        """Return an inbox: conversations, threads and a table of all texts, up to date on the page by itself.

        Parameters
        ----------
        contacts : pandas.DataFrame, optional
            A list of contacts, whose names then stand beside their numbers, and are found by a search; of several
            with one number the first. `twilio_nb.merge_contacts` says which numbers of it cannot be read.
        on, name : str
            Its columns with the numbers, written in any way, and with the names.
        region : str, optional
            Country of numbers that name none, such as ``"DE"``; that of the service's own numbers when not given.

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
        ConfigurationError
            If the contacts have no such column.
        InvalidAddress
            If there is no such region.

        Examples
        --------
        >>> inbox = service.inbox(pandas.read_excel("contacts.xlsx"), on="mobile")
        >>> inbox
        """
        from twilio_nb.notebook.widgets.inbox import Inbox
        from twilio_nb.notebook.widgets.reruns import renewed

        named = None
        if contacts is not None:
            from twilio_nb.analysis.names import Names

            named = partial(Names, contacts, on, name, region)
        inbox = Inbox(cast("Service", self), named)
        self._shown.add(inbox)
        return renewed(inbox)

    def _close_shown(self) -> None:
        for widget in list(self._shown):
            widget.close()
