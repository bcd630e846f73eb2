"""Following the log: each entry that is written from now on, once.

It is a change stream that begins at an operation time of MongoDB's, as `following` has it for texts: entries are
written late, after a handler has run, so that no time or id in them says which are new.
"""

from collections.abc import Callable, Iterator
from typing import Any

from bson import Timestamp
from bson.codec_options import DatetimeConversion

from twilio_nb.domain.entries import FORWARDING, Entry
from twilio_nb.errors import StorageError, StoreUnavailable
from twilio_nb.storage.database import Database
from twilio_nb.storage.events import AWAIT, CURSOR_ENDED
from twilio_nb.storage.failures import translated
from twilio_nb.storage.logs import chosen


class LogStream:
    """What is written into the log of a service from the moment on in which this is made.

    Parameters
    ----------
    database : Database
        Where the log is.
    service : str
        Whose it is.
    status, webhook : str, optional
        As for `LogBook.find`; an entry must meet both.

    Attributes
    ----------
    hears : bool
        Whether MongoDB answered when it was asked last.
    refusals : int
        How often in a row it refused to tell what comes next.

    Raises
    ------
    ConfigurationError
        If an argument is not what it should be.
    StorageError
        If MongoDB refused, or was away.
    """

    def __init__(
        self, database: Database, service: str, *, status: str | None = None, webhook: str | None = None
    ) -> None:
        wanted = chosen(service=service, status=status, webhook=webhook)
        written = {f"fullDocument.{name}": value for name, value in wanted.items()}
        others = {"fullDocument.source": {"$ne": FORWARDING}}
        self._pipeline = [{"$match": {"operationType": "insert"} | others | written}]
        self._database = database
        # A date beyond the year 9999, or bytes that are no UTF-8, must not end it all.
        self._logs = database.collection(
            "logs",
            datetime_conversion=DatetimeConversion.DATETIME_AUTO,
            unicode_decode_error_handler="replace",
        )
        self.hears, self.refusals = True, 0
        self.begin()

    def begin(self) -> None:
        """Begin with what is written from now on, whatever was told before.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.
        """
        with self._database.operation():
            now: Timestamp = self._database.client.admin.command("ping")["operationTime"]
        self._place: dict[str, Any] = {"start_at_operation_time": Timestamp(now.time, now.inc + 1)}

    def entries(self, ended: Callable[[], bool]) -> Iterator[Entry]:
        """Yield entries as they are written; called again, it goes on behind the last.

        Parameters
        ----------
        ended : callable
            Asked, several times a second, whether to stop.

        Yields
        ------
        dict
            An entry.

        Raises
        ------
        StorageError
            If MongoDB refused, as when it has lost the history of what was written, or was away; also if somebody ended
            the cursor, which loses nothing.
        ConfigurationError
            If the database was closed.
        """
        while not ended():
            self._database.check_open()
            try:
                with (
                    translated(),
                    self._logs.watch(self._pipeline, max_await_time_ms=AWAIT, **self._place) as stream,
                ):
                    while stream.alive and not ended():  # it ends where the log is dropped
                        event = stream.try_next()
                        self.hears, self.refusals = True, 0
                        if stream.resume_token is not None:
                            self._place = {"start_after": stream.resume_token}
                        if event is not None:
                            yield event["fullDocument"]
            except StorageError as error:
                self.hears = False
                if not isinstance(error, StoreUnavailable) and error.code not in CURSOR_ENDED:
                    self.refusals += 1
                raise
