"""What a service tells of its log: what came in, what became of it, what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from twilio_nb.storage.database import Database


class Logged:
    """How a service's log is read; a base of :class:`~twilio_nb.service.Service`."""

    database: Database

    @property
    def name(self) -> str:
        """Name of the service."""
        raise NotImplementedError

    def logs(
        self,
        *,
        status: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        webhook: str | None = None,
        from_: str | None = None,
        request_id: str | None = None,
        limit: int | None = 100,
    ) -> pd.DataFrame:
        """Return the service's log as a DataFrame, newest first. MongoDB does the choosing.

        An entry is made for each text that came in, each run of a handler afterwards, each request that was
        refused, and each send that a rule refused or that failed. Numbers end in their last four digits, and
        texts are left out, also of what a handler printed and raised. MongoDB deletes entries after ten days, or
        after ``TWILIO_NB_LOG_DAYS``.

        Parameters
        ----------
        status : {"OK", "Error"}, optional
            Only what went well, or did not.
        since, until : datetime, optional
            Only what started at or after, and before, an aware time.
        webhook : str, optional
            Only this webhook's.
        from_ : str, optional
            Only texts of this sender, as far as the last four digits tell.
        request_id : str, optional
            Only this request's, as an error names it.
        limit : int or None
            The newest so many; None for all.

        Returns
        -------
        pandas.DataFrame
            One row an entry, Arrow-backed columns, also when there is none: ``started`` (UTC), ``webhook``,
            ``status``, ``state`` (how far the handling of the text had come), ``error``, ``duration`` (seconds that
            the handler ran), ``from``, ``to``, ``request_id``, ``sid``, ``source`` ("webhook", "pending", "replay",
            "send"), ``error_kind`` (its class), ``error_code`` (App Services' name for it), ``warnings``,
            ``replies`` and ``reply_length`` (messages, characters), ``printed``, ``traceback``, ``action`` and
            ``reason`` (of a send), ``completed``, ``service``.

        Raises
        ------
        ConfigurationError
            If an argument is not what it should be.
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> service.logs(status="Error", webhook="echo")[["started", "error"]]
        """
        import pandas as pd

        from twilio_nb.storage.log_frames import log_frame
        from twilio_nb.storage.logs import LogBook

        pd.set_option("display.html.use_mathjax", False)
        which: dict[str, Any] = {"status": status, "since": since, "until": until, "webhook": webhook}
        which |= {"from_": from_, "request_id": request_id, "limit": limit}
        return log_frame(LogBook(self.database).find(self.name, **which))
