"""What a service shows in the notebook: its forms and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from weakref import WeakSet

    import pandas as pd

    from twilio_nb.notebook.widgets.compose import Compose
    from twilio_nb.service import Service


class Showing:
    """The widgets of a service; a base of :class:`~twilio_nb.service.Service`."""

    _shown: WeakSet[Any]

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
            A widget; ``close`` ends it, and so does closing the service.

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

        recipients = to or "" if to is None or isinstance(to, str) else column(to)
        form = Compose(cast("Service", self), recipients, body)
        self._shown.add(form)
        return form
