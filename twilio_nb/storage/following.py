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

from twilio_nb.errors import StorageError, StoreUnavailable, TwilioNBError
from twilio_nb.storage import frames
from twilio_nb.storage.database import Database
from twilio_nb.storage.events import CURSOR_ENDED, Events
from twilio_nb.storage.failures import translated
from twilio_nb.storage.news import Inbox
from twilio_nb.storage.selection import condition

_SOON = (
    0.002  # seconds within which the stream usually brings what was just stored; only then it is asked for
)
_PATIENCE = 0.5  # seconds until the next attempt
_MOST_PATIENT = 60  # times as many, where MongoDB refuses again and again
_MANY = 4096  # news that waits for somebody to ask for it; more is put in its place unasked
_NEVER = Timestamp(0, 0)
_QUIET = 40  # answers without events, about ten seconds, after which it is asked how far MongoDB has got

_UNFOLLOWED = "The texts were dropped or moved away, or one came whose _id is no SID; all are read anew."

_ENDED = "It is followed no longer; open another with service.live()."


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
        self._events = Events(database, service, columns)
        self._bell = bell
        self._settle = settle
        self._lost = True  # whether everything must be read first
        self._hears = False
        self._complete = _NEVER  # until this operation time all is known to have been heard
        #: Held by whoever waits for an answer: the thread, which hears the same, would take the processor from it.
        self.asking = threading.RLock()
        self._starting = threading.Lock()
        self._inherited = False
        self._own: Database | None = None  # of a forked process
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
        with self._database.operation():
            self._ask(self._now())
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
            with self._database.operation():
                now = self._now()
                with self._bell:
                    self._bell.wait_for(lambda: self._complete >= now, _SOON)
                self._ask(now)
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
                self._hears, patience = False, _PATIENCE
                try:
                    with translated():
                        if self._lost:
                            self._read()
                        self._follow()
                except StoreUnavailable as error:
                    self._miss(error)
                except StorageError as error:
                    if self._hears:
                        refusals = 0
                    if error.code not in CURSOR_ENDED:
                        refusals += 1
                    if refusals > 1 or self._lost:
                        # Where the same place is refused again, history is lost (code 286), or cannot be told
                        # (an event above 16 MB).
                        self._lost = True
                        self._miss(error)
                    patience *= min(max(refusals, 1), _MOST_PATIENT)
                self._ended.wait(0.0 if self._hears else patience)
        except TwilioNBError as error:  # the database was closed
            self._miss(error)
        finally:
            if self.trouble is None:
                self._miss(StorageError(_ENDED))
            if self._own is not None:
                self._own.close()

    def _connect(self) -> None:
        while not self._ended.is_set():
            try:
                self._own = Database.open(self._database.name, timeout=self._database.timeout)
            except StoreUnavailable as error:
                self._miss(error)
                self._ended.wait(_PATIENCE)
            else:
                self._database = self._own
                self._events = Events(self._own, self._service, self._columns)
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
            with self._database.operation():
                self._database.client.admin.command("ping", session=session)
            begun = session.operation_time  # what is read in the session from now on is not older
            found = frames.table(
                self._database, condition(self._service), columns=self._columns, session=session
            )
            ended = session.operation_time
        assert begun is not None, "a replica set tells it with every answer"
        assert ended is not None
        self.inbox.read(found, begun, ended)
        self._lost, self._complete = False, begun
        self._ring()

    def _follow(self) -> None:
        """Take events as they come, until something fails or it is ended."""
        last, quiet = self.inbox.last, 0
        with self._events.following(last) as answers:
            while not self._ended.is_set():
                trouble = self.trouble
                answer = next(answers)
                with self.asking:
                    if not self.inbox.hear(answer.events, self._service, last.reading):
                        self._lost = True
                        raise StorageError(_UNFOLLOWED)
                    if answer.events and answer.whole:
                        self._complete = max(self._complete, answer.events[-1]["clusterTime"])
                if answer.events:
                    self._ring()
                self._hears = True
                if self.trouble is trouble:  # and not one that came while this waited
                    self.trouble = None
                if len(self.inbox) > (_MANY if answer.events else 0):
                    self._settled()
                quiet = 0 if answer.events else quiet + 1
                if quiet == _QUIET:
                    quiet = 0
                    self._ask(self._now())

    def _now(self) -> Timestamp:
        """Return the time of MongoDB's last operation."""
        time: Timestamp = self._database.client.admin.command("ping")["operationTime"]
        return time

    def _ask(self, now: Timestamp) -> None:
        """Hear all that happened until now. The stream will bring it as well, and is not listened to twice."""
        with self.asking:
            while not self._lost and self._complete < now:
                last = self.inbox.last
                answer = self._events.until(now, last)
                if not self.inbox.hear(answer.events, self._service, last.reading):
                    return  # for the thread to deal with
                if answer.whole:
                    # MongoDB forgets the oldest first, also where nothing of it concerned us.
                    self.inbox.advance(answer.token)
                    self._complete = now
        self._ring()

    def _settled(self) -> None:
        settle = self._settle()
        if settle is not None:
            settle()
