"""The log of webhooks: what was asked, what became of it, for ten days. No bodies and no whole numbers."""

from collections.abc import Sequence
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from twilio_nb.domain.messages import storable
from twilio_nb.storage.database import Database

Entry = dict[str, Any]


class LogBook:
    """The log entries of a database.

    An entry has ``_id`` (the request id), ``service``, ``webhook``, ``sid``, ``started`` and ``completed``
    (aware), ``status`` ("OK" or "Error"), ``state``, ``error``, ``warnings`` and ``source``. MongoDB
    deletes it ten days after ``started``.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # An entry of the last moments before a crash may be lost, a text may not: entries wait for no journal, which
        # texts would wait for too.
        self._logs = database.collection("logs").with_options(write_concern=WriteConcern(w=1, j=False))

    def add(self, entries: Sequence[Entry]) -> None:
        """Write entries; one that is there already stays as it is.

        Parameters
        ----------
        entries : sequence of dict
            Who makes them has masked the numbers and left out the bodies.

        Raises
        ------
        StorageError
            If MongoDB refused one, or was away.
        """
        if not entries:
            return
        with self._database.operation():
            try:
                self._logs.insert_many([storable(entry) for entry in entries], ordered=False)
            except BulkWriteError as error:
                refusals = error.details["writeErrors"]
                if error.details.get("writeConcernErrors") or any(each["code"] != 11000 for each in refusals):
                    raise

    def find(self, service: str, *, webhook: str | None = None, limit: int = 100) -> list[Entry]:
        """Return the newest entries of a service.

        Parameters
        ----------
        service : str
            Its name.
        webhook : str, optional
            Only those of one webhook.
        limit : int
            How many at most.

        Returns
        -------
        list of dict
            The newest first.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.
        """
        wanted = {"service": service} if webhook is None else {"service": service, "webhook": webhook}
        with self._database.operation():
            return list(self._logs.find(wanted).sort("started", DESCENDING).limit(limit))
