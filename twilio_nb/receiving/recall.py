"""What became of texts while nobody answered them: said in the cell of the handler that answers now."""

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


def recall(handler: Handler, until: datetime) -> list[str]:
    """Say what waits for a handler, and what was interrupted. Blocks, and waits for MongoDB.

    Parameters
    ----------
    handler : Handler
        A handler that has just been registered.
    until : datetime
        When that was, aware: what arrives later the receiver hands over by itself.

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
    recent = _found(handler, HandlingState.PENDING, PENDING_FOR, until)
    old = len(_found(handler, HandlingState.PENDING, SPOKEN_OF_FOR, until)) - len(recent)
    interrupted = len(_found(handler, HandlingState.INTERRUPTED, SPOKEN_OF_FOR, until))
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


def _found(handler: Handler, state: str, span: timedelta, until: datetime) -> list[str]:
    assert handler.database is not None, "set when the handler is registered"
    log = MessageLog(handler.database)
    return persistently(partial(log.waiting, handler.service, handler.name, [state], until - span, until))
