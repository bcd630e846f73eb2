"""What became of texts while nobody answered them: said in the cell of the handler that answers now."""

import time
from datetime import datetime, timedelta
from functools import partial

from twilio_nb.domain.messages import HandlingState
from twilio_nb.receiving.claims import persistently
from twilio_nb.receiving.handlers import Handler
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry

PENDING_FOR = timedelta(minutes=10)
"""Age up to which a pending text is run by itself when its webhook is registered."""

SPOKEN_OF_FOR = timedelta(days=1)
"""Age up to which a text that is not run by itself is spoken of."""

_MOMENT = 1.0  # seconds; the receiver takes a text for a handler that is there in a few milliseconds


def recall(handler: Handler, until: datetime) -> list[str]:
    """Say what waits for a handler, and what was interrupted. Blocks, and waits for MongoDB.

    Parameters
    ----------
    handler : Handler
        A handler that has just been registered.
    until : datetime
        When that was, aware: what arrives later the receiver hands over by itself, whatever the clocks say.

    Returns
    -------
    list of str
        The texts to be run now, the oldest first.

    Raises
    ------
    StorageError
        If MongoDB refused, or was away for ten minutes.
    """
    name = handler.name
    if is_paused(handler):
        handler.cell.say(
            f"{name} is paused: its texts are stored and wait until it is resumed, in %twilio_webhooks."
        )
        return []
    since, spoken_of = until - PENDING_FOR, until - SPOKEN_OF_FOR
    recent = _waiting(handler, since, until)
    old = len(_found(handler, HandlingState.PENDING, spoken_of, since))
    interrupted = len(_found(handler, HandlingState.INTERRUPTED, spoken_of))
    again = f"`%twilio_replay {name}"
    for count, what in (
        (len(recent), f"came while nobody answered {name}: run now."),
        (old, f"waited for {name} for more than ten minutes: {again}` runs what waits."),
        (interrupted, f"interrupted when a kernel left that ran {name}: {again} --failed` runs such again."),
    ):
        if count > 0:
            handler.cell.say(f"{count} {'text' if count == 1 else 'texts'} {what}")
    return recent


def is_paused(handler: Handler) -> bool:
    """Tell whether a handler's webhook was paused. Blocks, and waits for MongoDB.

    Parameters
    ----------
    handler : Handler
        One that is registered.

    Returns
    -------
    bool
        As it is stored now.
    """
    assert handler.database is not None, "set when the handler is registered"
    stored = persistently(partial(Registry(handler.database).webhook, handler.service, handler.name))
    return stored is not None and not stored.enabled


def _waiting(handler: Handler, since: datetime, until: datetime) -> list[str]:
    """Find what is pending because nobody was there, and not for the moment in which the receiver takes it."""
    found = _found(handler, HandlingState.PENDING, since)
    if found != _found(handler, HandlingState.PENDING, since, until):
        # Some seem to have come since: they did, or the receiver's clock is ahead of this one.
        time.sleep(_MOMENT)
        still = set(_found(handler, HandlingState.PENDING, since))
        found = [sid for sid in found if sid in still]
    return found


def _found(handler: Handler, state: str, since: datetime, until: datetime | None = None) -> list[str]:
    assert handler.database is not None, "set when the handler is registered"
    log = MessageLog(handler.database)
    return persistently(partial(log.waiting, handler.service, handler.name, [state], since, until))
