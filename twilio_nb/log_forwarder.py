"""New entries of a service's log, handed to Python's ``logging`` as they are written."""

from __future__ import annotations

import contextlib
import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from twilio_nb.domain.entries import FORWARDING, Current, Entry, current
from twilio_nb.errors import ConfigurationError, StorageError, StoreUnavailable, TwilioNBError
from twilio_nb.storage.events import CURSOR_ENDED
from twilio_nb.storage.known_names import check_webhook
from twilio_nb.storage.log_following import LogStream

if TYPE_CHECKING:
    from twilio_nb.storage.database import Database

NAME = "twilio_nb.log"
THREAD = "twilio_nb log"

_PATIENCE = 0.5  # seconds until MongoDB is asked again
_MOST_PATIENT = 60  # times as many, where it refuses again and again
_LAST = 5.0  # seconds for which `close` waits for a handler that is at work

logger = logging.getLogger(__name__)


class LogForwarder:
    """Hands each new entry of a log to a handler or a logger; made by ``service.forward_logs``.

    It goes on until it is closed, or its service is, over restarts of MongoDB too.

    Parameters
    ----------
    database : Database
        Where the log is.
    service : str
        Whose it is.
    target : logging.Handler or logging.Logger
        Who gets the records; its level and its filters hold.
    status, webhook : str, optional
        Only entries that have both.

    Raises
    ------
    ConfigurationError
        If an argument is not what it should be.
    WebhookNotFound
        If the service neither has such a webhook nor entries or texts of one.
    StorageError
        If MongoDB refused, or was away.
    """

    def __init__(
        self,
        database: Database,
        service: str,
        target: logging.Handler | logging.Logger,
        *,
        status: str | None = None,
        webhook: str | None = None,
    ) -> None:
        _check(target)
        self._service = service
        self._target = target
        self._stream = LogStream(database, service, status=status, webhook=webhook)
        if webhook is not None:
            check_webhook(database, service, webhook)
        self._forwarded = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it. What was written until now and not forwarded yet stays in the log alone."""
        self._ended.set()
        if self._thread is not threading.current_thread():  # as when the handler closes it
            self._thread.join(_LAST)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._ended.is_set() else "on" if self._stream.hears else "waits for MongoDB"
        whom = type(self._target).__name__
        return f"<twilio_nb.LogForwarder of {self._service!r} to a {whom}, {state}: {self._forwarded:,} forwarded>"

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                try:
                    for entry in self._stream.entries(self._ended.is_set):
                        if self._ended.is_set():  # meanwhile; who comes after it has this one
                            return
                        self._forward(entry)
                except StoreUnavailable:
                    self._ended.wait(_PATIENCE)
                except StorageError as error:
                    if error.code not in CURSOR_ENDED:
                        self._begin_anew(error)
                    self._ended.wait(_PATIENCE * min(max(self._stream.refusals, 1), _MOST_PATIENT))
        except TwilioNBError:  # the database was closed
            self._ended.set()

    def _begin_anew(self, error: StorageError) -> None:
        """Go on with what is written from now on, as MongoDB does not tell any more what came before."""
        if self._stream.refusals == 1:
            logger.warning("Log entries of %s may not have been forwarded: %s", self._service, error)
        with contextlib.suppress(StorageError):  # else it is refused again
            self._stream.begin()

    def _forward(self, entry: Entry) -> None:
        # A handler that texts, and fails to, makes an entry itself.
        request = current.set(Current(str(entry.get("co_id")), None, FORWARDING))
        try:
            record = record_of(entry, self._target.name if isinstance(self._target, logging.Logger) else NAME)
            _hand_over(record, self._target)
            self._forwarded += 1
        finally:
            current.reset(request)


def _check(target: object) -> None:
    if not isinstance(target, logging.Handler | logging.Logger):
        message = (
            "Log entries are forwarded to a logging.Handler or a logging.Logger, such as "
            f"logging.FileHandler('texts.log'); found: {type(target).__name__}."
        )
        raise ConfigurationError(message)


def record_of(entry: Entry, name: str) -> logging.LogRecord:
    """Return an entry as Python's logging has it.

    Parameters
    ----------
    entry : dict
        As MongoDB holds it.
    name : str
        Of the logger.

    Returns
    -------
    logging.LogRecord
        At level INFO or ERROR, of the time at which the entry was completed, with the columns of ``service.logs()`` as
        attributes ``twilio_…``.
    """
    from twilio_nb.notebook.log_table import entries, sentence
    from twilio_nb.storage.log_frames import log_frame

    (row,) = entries(log_frame([entry]))
    level = logging.ERROR if row["status"] == "Error" else logging.INFO
    facts: dict[str, Any] = {
        "name": name,
        "levelno": level,
        "levelname": logging.getLevelName(level),
        "msg": sentence(row),
        "module": "log_forwarder",
    }
    if (completed := row["completed"]) is not None:
        facts |= {"created": completed.timestamp(), "msecs": completed.microsecond / 1000}
    for column, value in row.items():
        facts[f"twilio_{column}"] = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    return logging.makeLogRecord(facts)


def _hand_over(record: logging.LogRecord, target: logging.Handler | logging.Logger) -> None:
    """Give a record to who wants it. What fails then is told as logging tells it, and ends nothing."""
    try:
        if isinstance(target, logging.Logger):
            if target.isEnabledFor(record.levelno):
                target.handle(record)
        elif record.levelno >= target.level:
            target.handle(record)
    except Exception:
        handler = target if isinstance(target, logging.Handler) else logging.Handler()
        handler.handleError(record)
