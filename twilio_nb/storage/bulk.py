"""Many texts at once, into the message log: for what is made or carried over, not for what arrives."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from twilio_nb.domain.messages import Document
from twilio_nb.errors import StorageError
from twilio_nb.storage.messages import MessageLog

_BATCH = 2_000  # documents: some megabytes, which a busy MongoDB still writes well within its timeout


def store(log: MessageLog, documents: Iterable[Document]) -> int:
    """Store documents durably, those that are there already excepted.

    The next ones are made while MongoDB writes the last ones; no more are held in memory. What is stored
    when this is interrupted stays, and doing it again adds what is missing.

    Parameters
    ----------
    log : MessageLog
        Where they go.
    documents : iterable of dict
        Made by `twilio_nb.domain.messages`, as many as there may be.

    Returns
    -------
    int
        How many were not there before.

    Raises
    ------
    StoreUnavailable
        If MongoDB went away.
    StorageError
        If it refused a document.
    """
    added = 0
    with ThreadPoolExecutor(1, "twilio_nb-bulk") as thread:
        writing: Future[int] | None = None
        for batch in _batches(documents):
            if writing is not None:
                added += writing.result()
            writing = thread.submit(_write, log, batch)
        return added + (writing.result() if writing is not None else 0)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    remaining = iter(documents)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _write(log: MessageLog, batch: list[Document]) -> int:
    # MongoDB takes longer to refuse a duplicate than to find it.
    known = log.known([document["_id"] for document in batch])
    outcomes = log.insert_many([document for document in batch if document["_id"] not in known])
    for outcome in outcomes:
        if isinstance(outcome, StorageError):
            raise outcome
    return sum(outcome is True for outcome in outcomes)
