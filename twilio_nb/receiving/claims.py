"""Texts that a kernel claims by itself, and writing about them until MongoDB has answered."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from twilio_nb.domain.messages import Document, HandlingState
from twilio_nb.errors import StoreUnavailable
from twilio_nb.storage.messages import MessageLog

T = TypeVar("T")

_PERSISTENCE = 600.0  # seconds for which a write is repeated while MongoDB is away
_PAUSE = 0.5

UNSETTLED = (HandlingState.RUNNING, HandlingState.LATE)
"""States in which a claimed text still waits for whoever delivers its replies."""


@dataclass(frozen=True)
class Claim:
    """A text that this kernel runs.

    Attributes
    ----------
    sid : str
        The text.
    owner, request_id : str
        What it was claimed with.
    webhook : str
        Name of the webhook whose handler runs.
    source : str
        Why it runs: "webhook", "pending", "replay".
    began : datetime
        When it was claimed, aware.
    arguments_logged : bool
        Whether words and numbers of the texter may stand in the log.
    """

    sid: str
    owner: str
    request_id: str
    webhook: str
    source: str
    began: datetime
    arguments_logged: bool = False


def claimed(log: MessageLog, claim: Claim, states: Sequence[str]) -> Document | None:
    """Claim a text, however long MongoDB is away. Blocks.

    Parameters
    ----------
    log : MessageLog
        Where the text is.
    claim : Claim
        What it is claimed with.
    states : sequence of str
        In which states it may be.

    Returns
    -------
    dict or None
        The text; None if somebody else has it.
    """
    document = persistently(
        partial(
            log.claim,
            claim.sid,
            owner=claim.owner,
            request_id=claim.request_id,
            states=states,
        )
    )
    if document is None:
        # A claim whose answer was lost has been made all the same, and is refused when it is repeated.
        stored = persistently(partial(log.get, claim.sid))
        handling = (stored or {}).get("handling") or {}
        if (handling.get("request_id"), handling.get("state")) == (claim.request_id, HandlingState.RUNNING):
            return stored
    return document


def persistently(operation: Callable[[], T]) -> T:
    """Run an operation on the store until it is back.

    Parameters
    ----------
    operation : callable
        Safe to repeat.

    Returns
    -------
    object
        What it returns.

    Raises
    ------
    StoreUnavailable
        After ten minutes.
    """
    deadline = time.monotonic() + _PERSISTENCE
    while True:
        try:
            return operation()
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
