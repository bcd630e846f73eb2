"""Texts that may go out once only: those with a key, and those of which it is open whether they did.

Before anything is sent again, Twilio's log says what became of the attempt before. A request can still be on
its way when its sender has given up; so what is not in the log counts as not sent only after a while.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twilio_nb.domain.messages import Document
from twilio_nb.errors import ConfigurationError, GatewayError
from twilio_nb.sending.attempts import Attempt, look
from twilio_nb.sending.gateway import Gateway, Record
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.sends import Key, Sends

# After that much no request is on its way any more: ours are closed by then, and Twilio answers sooner.
SETTLED = timedelta(minutes=2)

FOUND = "Twilio's answer was lost, but the text is in its log: it was sent, once."


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
        found = self._found(gateway, Attempt.from_document(earlier["attempt"]), earlier["state"])
        if found is not None:
            self.settle(attempt, once, sid=found["_id"])
            return found, FOUND
        if not self._sends.retake(key, attempt.to, earlier, attempt.to_document()):
            message = "Another notebook is sending this very text at the moment; nothing was sent here."
            raise GatewayError(message, unknown=True)
        return None

    def settle(self, attempt: Attempt, once: str | None, *, sid: str | None = None) -> None:
        """Write down that an attempt ended: as the message `sid`, or certainly without one."""
        key = self._key(attempt, once)
        if once is None:
            self._sends.forget(key, attempt.to)
        else:
            self._sends.finish(key, attempt.to, state="sent" if sid else "failed", sid=sid)

    def leave_open(self, attempt: Attempt, once: str | None) -> None:
        """Write down that it is open what became of an attempt."""
        self._sends.leave_open(self._key(attempt, once), attempt.to, attempt.to_document())

    def is_known(self, sid: str) -> bool:
        """Tell whether a message at Twilio is one that was stored when it was sent."""
        document = self._log.get(sid)
        return document is not None and document.get("source") in ("send", "reply")

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

    def _found(self, gateway: Gateway, attempt: Attempt, state: str) -> Document | None:
        """Return what an earlier attempt made, or None if that is certainly nothing."""
        age = datetime.now(UTC) - attempt.began
        if state == "unknown" or age > SETTLED:
            try:
                record = look(gateway, attempt, is_known=self.is_known)
            except GatewayError as error:
                message = (
                    "An earlier attempt was left open, and Twilio's log, which would tell, could not be read; "
                    f"nothing was sent now. {error}"
                )
                raise GatewayError(message, status=error.status, code=error.code, unknown=True) from None
            if record is not None:
                return self._store(record)
        if age > SETTLED:
            return None
        seconds = (SETTLED - age).total_seconds()
        message = (
            "An earlier attempt at this text may still be on its way, and it is not in Twilio's log; nothing was "
            f"sent now. In {seconds:.0f} s send it again: it then goes out if it has not by itself."
        )
        raise GatewayError(message, unknown=True)
