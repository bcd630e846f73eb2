"""Following the texts of a service: all there are at one moment, and whatever happens from then on.

Nothing is lost in between, because the reading begins at an operation time of MongoDB's and the change stream at
the same one; what happened during the reading comes twice, and is marked. Neither a clock nor a counter or an
ObjectId could serve instead: with several writers each of them passes by a text that is committed late.
Change streams: https://www.mongodb.com/docs/manual/changeStreams/.
"""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from weakref import WeakMethod

from bson import Timestamp
from bson.codec_options import DatetimeConversion

from twilio_nb.errors import StorageError, StoreUnavailable, TwilioNBError
from twilio_nb.storage import frames
from twilio_nb.storage.columns import PATHS
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import translated
from twilio_nb.storage.news import Inbox, News
from twilio_nb.storage.selection import condition

_AWAIT = (
    250  # milliseconds for which MongoDB holds a question back without news; a thread needs as long to end
)
_PATIENCE = 0.5  # seconds until the next attempt
_MOST_PATIENCE = 30.0  # of those that MongoDB refuses, again and again
_MANY = 4096  # news that waits for somebody to ask for it; more is put in its place unasked

_MANY_EVENTS = (
    1_000  # of an answer; as texts are small, it ends there and not where MongoDB's largest answer does
)

# A date beyond the year 9999, or bytes that are no UTF-8, must not end the stream.
_OPTIONS: dict[str, Any] = {
    "datetime_conversion": DatetimeConversion.DATETIME_AUTO,
    "unicode_decode_error_handler": "replace",
}
_UNFOLLOWED = "The texts were dropped or moved away, or one came whose _id is no SID; all are read anew."


class Following:
    """Follows the texts of a service in a thread of its own, and keeps what it hears until that is dropped.

    Texts are chosen by their service alone, since that does not change while a text lives its usual life.

    Parameters
    ----------
    database : Database
        Where the texts are.
    service : str
        Whose they are.
    columns : sequence of str
        What to read of them, by names of `columns.SCHEMA`.
    bell : threading.Condition
        Notified when there is news, or trouble.
    settle : weakref.WeakMethod
        Called when news has been waiting for long, or there is much of it.

    Attributes
    ----------
    inbox : Inbox
        What was heard.
    trouble : TwilioNBError or None
        Why it does not hear from MongoDB at the moment.
    since : datetime
        Since when, if there is trouble.
    """

    def __init__(
        self,
        database: Database,
        service: str,
        columns: Sequence[str],
        bell: threading.Condition,
        settle: "WeakMethod[Any]",
    ) -> None:
        self.inbox = Inbox()
        self.trouble: TwilioNBError | None = None
        self.since = datetime.now(UTC)
        self._database = database
        self._service = service
        self._columns = list(columns)
        self._pipeline = _pipeline(service, columns)
        self._bell = bell
        self._settle = settle
        self._lost = True  # whether everything must be read first
        self._hears = False
        self._complete: Timestamp | None = (
            None  # the operation time until which all is known to have been heard
        )
        self._asking = threading.Lock()
        self._starting = threading.Lock()
        self._inherited = False
        self._connected = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Read everything, and follow from there.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away.
        """
        self._connected.set()
        self._read()
        self._ask()
        self.go_on()

    def go_on(self) -> None:
        """Start the thread, where there is none yet: it does not come along when a process is forked."""
        with self._starting:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="twilio_nb-live", daemon=True)
                self._thread.start()

    def catch_up(self) -> None:
        """Hear all that MongoDB has acknowledged until now, to whomever; nothing while it is away."""
        self.go_on()
        connected = self._connected.wait(self._database.timeout)
        if not connected or self.trouble is not None or self._ended.is_set():
            return
        try:
            self._ask()
        except TwilioNBError as error:
            self._miss(error)  # nobody waits again, until the thread has heard something

    def end(self, *, wait: bool = True) -> None:
        """End the thread.

        Parameters
        ----------
        wait : bool
            Whether to wait until it has ended, which takes no longer than MongoDB may hold a question back.
        """
        self._ended.set()
        if wait and self._thread is not None:
            self._thread.join()

    def heir(self, bell: threading.Condition, settle: "WeakMethod[Any]") -> "Following":
        """Return one that goes on from here in a forked process, over a connection of its own.

        Parameters
        ----------
        bell, settle
            As for a new one.

        Returns
        -------
        Following
            It connects when something is asked of it.
        """
        heir = Following(self._database, self._service, self._columns, bell, settle)
        heir.inbox, heir._lost, heir._inherited = self.inbox.copy(), self._lost, True
        if self._ended.is_set():
            heir.end()
        return heir

    def _run(self) -> None:
        refusals = 0  # since it last heard anything
        try:
            if self._inherited:
                self._connect()
            while not self._ended.is_set():
                self._hears = False
                patience = _PATIENCE
                try:
                    with translated():
                        if self._lost:
                            self._read()
                        self._follow()
                except StoreUnavailable as error:
                    self._miss(error)
                except (
                    StorageError
                ) as error:  # a killed cursor; or lost history (code 286), as trying again shows
                    refusals = 1 if self._hears else refusals + 1
                    self._lost = self._lost or refusals > 1
                    patience = min(_PATIENCE * (refusals - 1) ** 2, _MOST_PATIENCE)
                    self._miss(error)
                self._ended.wait(patience)
        except TwilioNBError as error:  # the database was closed
            self._miss(error)
        finally:
            if self._inherited:
                self._database.close()

    def _connect(self) -> None:
        while not self._ended.is_set():
            try:
                self._database = Database.open(self._database.name, timeout=self._database.timeout)
            except StoreUnavailable as error:
                self._miss(error)
                self._ended.wait(_PATIENCE)
            else:
                self.trouble = None
                self._connected.set()
                return

    def _miss(self, error: TwilioNBError) -> None:
        if self.trouble is None:
            self.since = datetime.now(UTC)
        self.trouble = error
        self._connected.set()
        self._ring()

    def _ring(self) -> None:
        with self._bell:
            self._bell.notify_all()

    def _read(self) -> None:
        with translated(), self._database.client.start_session() as session:
            self._database.client.admin.command("ping", session=session)
            begun = session.operation_time  # what is read in the session from now on is not older
            found = frames.table(
                self._database, condition(self._service), columns=self._columns, session=session
            )
            ended = session.operation_time
        assert begun is not None, "a replica set tells it with every answer"
        assert ended is not None
        self.inbox.read(found, begun, ended)
        self._lost, self._complete = False, None
        self._ring()

    def _follow(self) -> None:
        """Take events as they come, until something fails or it is ended."""
        last = self.inbox.last
        stream = self._database.collection("messages", **_OPTIONS).watch(
            self._pipeline,
            full_document="updateLookup",
            max_await_time_ms=_AWAIT,
            resume_after=last.token or None,
            start_at_operation_time=None if last.token else last.begun,
        )
        with stream:
            while not self._ended.is_set():
                trouble = self.trouble
                event = stream.try_next()
                if event is not None:
                    with self._asking:  # whoever waits for an answer goes first
                        if not self._hear([event], last.reading):
                            self._lost = True
                            raise StorageError(_UNFOLLOWED)
                elif stream.resume_token is not None:
                    self.inbox.advance(dict(stream.resume_token))
                self._hears = True
                if self.trouble is trouble:  # and not one that came while this waited
                    self.trouble = None
                if len(self.inbox) > (_MANY if event is not None else 0):
                    self._settled()

    def _ask(self) -> None:
        """Hear all that happened until now. The stream will bring it as well, and is not listened to twice."""
        with self._asking, self._database.operation():
            now = self._database.client.admin.command("ping")["operationTime"]
            if now == self._complete or self._lost:
                return
            while True:
                last = self.inbox.last
                events, more = self._events(last, now)
                if not self._hear(events, last.reading):
                    return  # for the thread to deal with
                if not more:
                    break
            self._complete = now

    def _events(self, last: News, now: Timestamp) -> tuple[list[dict[str, Any]], bool]:
        """Return events that have happened, without waiting for others, and whether there are more.

        That is the command behind pymongo's streams, which would wait as soon as there is nothing.
        """
        place = {"resumeAfter": last.token} if last.token else {"startAtOperationTime": last.begun}
        messages = self._database.collection("messages", **_OPTIONS)
        answer = messages.database.command(
            "aggregate",
            messages.name,
            pipeline=[{"$changeStream": place | {"fullDocument": "updateLookup"}}, *self._pipeline],
            cursor={"batchSize": _MANY_EVENTS},
            readConcern={"level": "majority", "afterClusterTime": now},
            codec_options=messages.codec_options,
        )["cursor"]
        messages.database.command("killCursors", messages.name, cursors=[answer["id"]])
        return answer["firstBatch"], len(answer["firstBatch"]) == _MANY_EVENTS

    def _hear(self, events: list[dict[str, Any]], reading: int) -> bool:
        heard = self.inbox.hear(events, self._service, reading)
        if events:
            with self._bell:
                self._bell.notify_all()
        return heard

    def _settled(self) -> None:
        settle = self._settle()
        if settle is not None:
            settle()


def _pipeline(service: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Choose the events that may concern a service's texts, and of their documents what is followed."""
    concerned: list[dict[str, Any]] = [
        {"fullDocument.service": service},
        # A text may have been ours before, and no event says so, since MongoDB keeps no earlier state.
        {"operationType": {"$nin": ["insert", "update"]}},
        {"updateDescription.updatedFields.service": {"$exists": True}},
        {"updateDescription.removedFields": "service"},
    ]
    kept = {"operationType": 1, "documentKey": 1, "clusterTime": 1, "service": "$fullDocument.service"}
    fields = {f"fullDocument.{PATHS.get(name, name)}": 1 for name in columns}
    return [{"$match": {"$or": concerned}}, {"$project": kept | fields}]
