"""Texts that may go out once only: those with a key, and those of which it is open whether they did.

Before anything is sent again, Twilio's log says what became of the attempt before. A request can still be on
its way when its sender has given up; so what is not in the log counts as not sent only after a while.
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twilio_nb.domain.messages import Document
from twilio_nb.errors import ConfigurationError, GatewayError, StorageError
from twilio_nb.sending.attempts import Attempt, look
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.inventory import Record
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.sends import Key, Sends

# After that much no request is on its way any more: ours are closed by then, and Twilio answers sooner.
SETTLED = timedelta(minutes=2)

# For that long a text of the same words is taken for the same one, where no key says so.
_SAME_WISH = timedelta(hours=1)

AGAIN = "Sent again from here in two minutes, it goes out only if it has not yet: Twilio's log is looked up first."
FOUND = "Twilio's answer was lost, but the text is in its log: it was sent, once."
FOUND_EARLIER = "An earlier attempt had sent it, as Twilio's log shows; nothing was sent now."


class Claims:
    """What one service sent before.

    Parameters
    ----------
    sends : Sends
        Where claims are kept.
    log : MessageLog
        Where messages are.
    store : callable
        Stores Twilio's record of a message and returns the message.
    """

    def __init__(self, sends: Sends, log: MessageLog, store: Callable[[Record], Document]) -> None:
        self._sends = sends
        self._log = log
        self._store = store

    def take(self, gateway: Gateway, attempt: Attempt, once: str | None) -> tuple[Document, str] | None:
        """Take the right to send, or return what was sent before.

        Parameters
        ----------
        gateway : Gateway
            The way to Twilio's log.
        attempt : Attempt
            What is to be sent.
        once : str or None
            The person's key; without one only the same text is looked for, and only where an earlier
            attempt at it was left open.

        Returns
        -------
        tuple of (dict, str) or None
            None if it may be sent. Else the message and a sentence about it.

        Raises
        ------
        GatewayError
            If it is still open what became of an earlier attempt; ``unknown`` is true.
        """
        key = self._key(attempt, once)
        if once is None:
            earlier = self._sends.get(key, attempt.to)
        else:
            earlier = self._sends.claim(key, attempt.to, attempt.to_document())
        if earlier is None:
            return None
        if earlier["state"] == "sent":
            return self._sent(once, earlier), f"Sent before with the key {once!r}; nothing was sent now."
        former = Attempt.from_document(earlier["attempt"])
        age = datetime.now(UTC) - former.began
        if once is None and age > _SAME_WISH:
            self._sends.remove(key, attempt.to, earlier)
            return None
        found = self._found(gateway, former)
        if found is not None:
            if once is None:
                self._sends.remove(key, attempt.to, earlier)
            else:
                self._sends.finish(once, attempt.to, state="sent", sid=found["_id"])
            return found, FOUND_EARLIER
        if age < SETTLED:
            message = (
                "An earlier attempt at this text may still be on its way, and it is not in Twilio's log; nothing "
                f"was sent now. Send it again in {(SETTLED - age).total_seconds():.0f} s: it then goes out if "
                "the earlier one has not."
            )
            raise GatewayError(message, unknown=True)
        if once is None:
            mine = self._sends.remove(key, attempt.to, earlier)
        else:
            mine = self._sends.retake(once, attempt.to, earlier, attempt.to_document())
        if not mine:
            message = "Another notebook is sending this very text at the moment; nothing was sent here."
            raise GatewayError(message, unknown=True)
        return None

    def settle(self, attempt: Attempt, once: str | None, *, sid: str | None = None) -> None:
        """Write down that an attempt ended: as the message `sid`, or certainly without one."""
        if once is not None:
            self._sends.finish(once, attempt.to, state="sent" if sid else "failed", sid=sid)

    def leave_open(self, attempt: Attempt, once: str | None) -> None:
        """Write down that it is open what became of an attempt."""
        with contextlib.suppress(
            StorageError
        ):  # a key is still claimed then; and Twilio's failure must be told
            self._sends.leave_open(self._key(attempt, once), attempt.to, attempt.to_document())

    def _key(self, attempt: Attempt, once: str | None) -> Key:
        return {"digest": attempt.digest} if once is None else once

    def _sent(self, once: str | None, earlier: Document) -> Document:
        document = self._log.get(earlier["sid"])
        if document is None:
            message = (
                f"The text with the key {once!r} went out before, as {earlier['sid']}, which is not stored."
            )
            raise ConfigurationError(message)
        return document

    def _found(self, gateway: Gateway, former: Attempt) -> Document | None:
        """Return what an earlier attempt made, stored, or None if there is nothing in Twilio's log."""
        try:
            record = look(gateway, self._log, former)
        except GatewayError as error:
            message = (
                "It is open whether an earlier attempt sent this text, and Twilio's log, which would tell, could "
                f"not be read; nothing was sent now. {error}"
            )
            raise GatewayError(message, status=error.status, code=error.code, unknown=True) from None
        return None if record is None else self._store(record)
