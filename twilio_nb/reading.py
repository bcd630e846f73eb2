"""What a service tells of its texts: as a DataFrame or an Arrow table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

if TYPE_CHECKING:
    from weakref import WeakSet

    import pandas as pd
    import pyarrow as pa

    from twilio_nb.storage.database import Database
    from twilio_nb.storage.live import LiveFrame
    from twilio_nb.storage.selection import Which


class Reading:
    """How a service's texts are read; a base of :class:`~twilio_nb.service.Service`."""

    database: Database
    _live: WeakSet[Any]

    @property
    def name(self) -> str:
        """Name of the service."""
        raise NotImplementedError

    def texts(
        self,
        *,
        direction: str | None = None,
        with_: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        words: str | Sequence[str] | None = None,
        webhook: str | None = None,
        status: str | Sequence[str] | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
        categories: bool = False,
    ) -> pd.DataFrame:
        """Return the service's texts as a DataFrame, oldest first. MongoDB does the choosing.

        DataFrames shown from then on are not searched for mathematics: Jupyter would typeset what stands
        between the dollar signs of "lunch is $5 to $10" (pandas' option ``display.html.use_mathjax``).

        Parameters
        ----------
        direction : str, optional
            Only ``"inbound"``, ``"outbound"``, or one of Twilio's words, such as ``"outbound-reply"``.
        with_ : str, optional
            Only texts from or to this address: a number in any form that starts with ``+``, or what Twilio
            calls the sender.
        since, until : datetime, optional
            Only texts at or after, and before, an aware time.
        words : str or sequence of str, optional
            Only texts with each of these words, whole, in upper or lower case: ``"stop please"``; an item of
            a sequence may be a phrase: ``["thank you"]``.
        webhook : str, optional
            Only texts that came in by this webhook, and its replies.
        status : str or sequence of str, optional
            Only texts with this status, or one of these: ``["failed", "undelivered"]``.
        limit : int, optional
            Only the newest so many.
        columns : sequence of str or "all", optional
            Only these columns, in this order; ``"all"`` for the full set.
        categories : bool
            Whether columns with few values become pandas categories: smaller, and faster to group by.

        Returns
        -------
        pandas.DataFrame
            One row a text, Arrow-backed columns, also when there is none. The default set: ``time`` (UTC),
            ``direction``, ``from``, ``to``, ``body``, ``status``, ``num_segments``, ``num_media``,
            ``error_code``, ``webhook``, ``state`` (how far the handling of an inbound text is) and ``sid``.

        Raises
        ------
        InvalidAddress
            If ``with_`` is a number that lacks its ``+``.
        ConfigurationError
            If a time is not aware, a direction, status or column not known, the limit no whole number from 0, or a
            filter no string.
        WebhookNotFound
            If the service neither has such a webhook nor texts of one.
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> service.texts(direction="inbound", words="yes")["from"].nunique()
        """
        import pandas as pd

        from twilio_nb.storage.frames import frame

        pd.set_option("display.html.use_mathjax", False)
        which: dict[str, Any] = {"direction": direction, "with_": with_, "since": since, "until": until}
        which |= {"words": words, "webhook": webhook, "status": status}
        return frame(self.table(limit=limit, columns=columns, **which), categories=categories)

    def table(
        self,
        *,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
        **which: Unpack[Which],
    ) -> pa.Table:
        """Return what `texts` returns as an Arrow table, which polars and DuckDB take as it is.

        Parameters
        ----------
        limit, columns, **which
            As for `texts`.

        Returns
        -------
        pyarrow.Table
            Columns and types are the same as those of `texts`.

        Raises
        ------
        InvalidAddress, ConfigurationError, WebhookNotFound, StorageError
            As `texts` does.

        Examples
        --------
        >>> polars.from_arrow(service.table(columns="all"))
        """
        from twilio_nb.domain.addresses import correspondent
        from twilio_nb.storage import frames
        from twilio_nb.storage.known_names import check_statuses, check_webhook
        from twilio_nb.storage.selection import condition

        if (address := which.get("with_")) is not None:
            which["with_"] = correspondent(address)
        chosen = condition(self.name, **which)
        check_statuses(self.database, self.name, chosen.get("status", {}).get("$in", ()))
        found = frames.table(self.database, chosen, limit=limit, columns=columns)
        if not found.num_rows and (webhook := which.get("webhook")) is not None:
            check_webhook(self.database, self.name, webhook)
        return found

    def live(self, *, columns: Sequence[str] | None = None) -> LiveFrame:
        """Return a frame of all texts of the service that goes along with what comes, from anywhere.

        It reads them once. From then on ``inbox.frame`` costs what is new, however long the history is, and
        ``inbox.changes()`` tells of it. To choose among the texts, choose from the frame: whether a text is
        among the chosen may change while it lives, as with its status.

        Parameters
        ----------
        columns : sequence of str or "all", optional
            As for `texts`.

        Returns
        -------
        LiveFrame
            ``frame`` is a DataFrame as `texts` returns it. It is followed until ``close``, the service is closed,
            or nothing refers to it.

        Raises
        ------
        ConfigurationError
            If a column is not known.
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> inbox = service.live()
        >>> inbox.frame.tail()
        """
        import pandas as pd

        from twilio_nb.storage.live import LiveFrame

        pd.set_option("display.html.use_mathjax", False)
        live = LiveFrame(self.database, self.name, columns=columns)
        self._live.add(live)
        return live

    def conversations(
        self,
        *,
        with_: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pd.DataFrame:
        """Return who writes to whom: one row for each pair of addresses, the one with the newest text first.

        A conversation is what one address of ours and one of theirs write to each other, each as it is stored,
        so that ``whatsapp:+15558675309`` and ``+15558675309`` are two. A text without a time or an address is in
        none. Of what has the same time, the inbound counts as the earlier.

        Parameters
        ----------
        with_, since, until
            As for `texts`: only these texts are counted, and looked at for answers.

        Returns
        -------
        pandas.DataFrame
            Arrow-backed columns: ``ours``, ``theirs`` (string), ``texts``, ``received``, ``sent`` (int64),
            ``first``, ``last`` (timestamp in UTC), ``last_direction`` (``"inbound"`` or ``"outbound"``),
            ``last_body`` (string), ``unanswered`` (int64: what they wrote since our last text),
            ``waiting_since`` (timestamp: the oldest of these; null if there is none), ``our_response`` and
            ``their_response`` (duration: half of the texts of the one side that were answered at all waited no
            longer than this for the next text of the other; null if none was).

        Raises
        ------
        InvalidAddress, ConfigurationError, StorageError
            As `texts` does.

        Examples
        --------
        >>> service.conversations().query("unanswered > 0").sort_values("waiting_since")
        """
        from twilio_nb.analysis.conversations import COLUMNS, conversations

        return conversations(self.texts(with_=with_, since=since, until=until, columns=COLUMNS))

    def thread(
        self,
        number: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return the texts from and to one number as a DataFrame, oldest first.

        Parameters
        ----------
        number : str
            A number in any form that starts with ``+``, or what Twilio calls the sender.
        since, until, limit, columns
            As for `texts`.

        Returns
        -------
        pandas.DataFrame
            As `texts` does.

        Raises
        ------
        InvalidAddress, ConfigurationError, StorageError
            As `texts` does.

        Examples
        --------
        >>> service.thread("+1 555-867-5309", limit=20)[["time", "direction", "body"]]
        """
        return self.texts(with_=number, since=since, until=until, limit=limit, columns=columns)
