"""What a service tells of its log: what came in, what became of it, what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from datetime import datetime
    from weakref import WeakSet

    import pandas as pd

    from twilio_nb.log_forwarder import LogForwarder
    from twilio_nb.storage.database import Database


class Logged:
    """How a service's log is read and forwarded; a base of :class:`~twilio_nb.service.Service`."""

    database: Database
    _live: WeakSet[Any]

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
        texts are left out, also of what a handler printed and raised, unless its webhook is defined with
        ``disable_arg_logs=False``. MongoDB deletes entries after ten days, or
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
            "send"; "forward" where what gets the records of :meth:`forward_logs` sent), ``error_kind`` (its class),
            ``error_code`` (App Services' name for it), ``warnings``, ``replies`` and ``reply_length`` (messages,
            characters), ``printed``, ``traceback``, ``action`` and ``reason`` (of a send), ``completed``, ``service``.

        Raises
        ------
        ConfigurationError
            If an argument is not what it should be.
        WebhookNotFound
            If the service neither has such a webhook nor entries or texts of one.
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> service.logs(status="Error", webhook="echo")[["started", "error"]]
        """
        import pandas as pd

        from twilio_nb.storage.known_names import check_webhook
        from twilio_nb.storage.log_frames import log_frame
        from twilio_nb.storage.logs import LogBook

        pd.set_option("display.html.use_mathjax", False)
        which: dict[str, Any] = {"status": status, "since": since, "until": until, "webhook": webhook}
        which |= {"from_": from_, "request_id": request_id, "limit": limit}
        found = LogBook(self.database).find(self.name, **which)
        if not found and webhook is not None:
            check_webhook(self.database, self.name, webhook)
        return log_frame(found)

    def forward_logs(
        self,
        handler: logging.Handler | logging.Logger,
        *,
        status: str | None = None,
        webhook: str | None = None,
    ) -> LogForwarder:
        """Hand each new entry of the log to Python's ``logging`` from now on, until that is closed.

        An entry becomes a record of level INFO, or ERROR where something went wrong: a sentence on whose text it was
        and what became of it, with numbers and texts left out as in :meth:`logs`, and that method's columns as its
        attributes ``twilio_status``, ``twilio_webhook``, ``twilio_request_id`` and so on. A thread calls the handler,
        one record at a time. What it raises is shown as ``logging`` shows it, and ends nothing.

        Parameters
        ----------
        handler : logging.Handler or logging.Logger
            Who gets the records, as far as its level and filters allow.
        status : {"OK", "Error"}, optional
            Only what went well, or did not.
        webhook : str, optional
            Only this webhook's; with `status`, only what meets both.

        Returns
        -------
        LogForwarder
            ``close`` ends it, as does leaving its ``with``, closing the service, or running its cell again.

        Raises
        ------
        ConfigurationError
            If an argument is not what it should be.
        WebhookNotFound
            If the service neither has such a webhook nor entries or texts of one.
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> handler = logging.FileHandler("texts.log")
        >>> handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        >>> service.forward_logs(handler, status="Error")
        """
        from twilio_nb.log_forwarder import LogForwarder
        from twilio_nb.notebook.widgets.reruns import renewed

        forwarder = LogForwarder(self.database, self.name, handler, status=status, webhook=webhook)
        self._live.add(forwarder)
        return renewed(forwarder)
