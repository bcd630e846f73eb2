"""One text for several people: sent to one after the other, and followed until each has it, or has it not."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twilio_nb.domain.messages import Document
from twilio_nb.errors import ConfigurationError, GatewayError, StoreUnavailable, TwilioNBError
from twilio_nb.receiving.tracebacks import frames
from twilio_nb.sending.advice import advice
from twilio_nb.storage.messages import MessageLog

if TYPE_CHECKING:
    from twilio_nb.notebook.display import Message
    from twilio_nb.service import Service

FOLLOWED = 300.0
"""Seconds after the last send for which deliveries are followed; what carriers confirm, they confirm sooner."""
_LOOKS = 0.2, 2.0  # seconds between looks into the store: at first, and when nothing happens
_ASKS = 5.0, 60.0  # and between questions to Twilio, for texts of which nobody tells us
_ASKED_AT_ONCE = 50
_UNAUTHORIZED = 401

WAITING, SENDING, REFUSED, UNKNOWN, UNSENT = "waiting", "sending", "refused", "unknown", "not sent"
"""What Twilio has no word for: not handed over yet, refused, maybe sent, and never handed over."""
ARRIVED = frozenset({"delivered", "read", "received"})
FAILED = frozenset({"failed", "undelivered", "canceled", REFUSED})
FINAL = ARRIVED | FAILED | {UNKNOWN, UNSENT}

logger = logging.getLogger(__name__)


@dataclass
class Sending:
    """One recipient's text.

    Attributes
    ----------
    to : str
        Who gets it.
    status : str
        Twilio's word for where it stands, or one of ours before it has one.
    sentence : str
        What there is to say about it: why it failed, and what to do.
    """

    to: str
    status: str = WAITING
    sentence: str = ""
    message: Message | None = None

    @property
    def is_open(self) -> bool:
        """Whether Twilio has it and may still say more."""
        return self.message is not None and self.status not in FINAL


class Dispatch:
    """Sends in a thread, which ends when all is said, or after some minutes.

    Parameters
    ----------
    service : Service
        Who sends.
    addresses : sequence of str
        To whom.
    body : str
        The text.
    from_ : str or None
        The sender, or the service's.
    media : sequence of str
        Addresses of pictures.
    once : str
        A key under which each of these gets one text, however often it is tried.
    changed : callable
        Called from the thread whenever something is new.
    """

    def __init__(
        self,
        service: Service,
        addresses: Sequence[str],
        body: str,
        from_: str | None,
        media: Sequence[str],
        *,
        once: str,
        changed: Callable[[], None],
    ) -> None:
        self.sendings = [Sending(address) for address in addresses]
        self.trouble = ""
        self._service = service
        self._arguments = (body or None, from_ or None, list(media) or None)
        self._once = once
        self._changed = changed
        self._stopped = threading.Event()
        self._closed = threading.Event()
        self._handed_over = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="twilio_nb dispatch", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what was sent is still followed."""
        self._stopped.set()

    def close(self) -> None:
        """Send no more and follow no more; the text that is on its way to Twilio still goes out."""
        self._stopped.set()
        self._closed.set()

    @property
    def is_sending(self) -> bool:
        """Whether some are still to be handed over."""
        return not self._handed_over.is_set()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be said."""
        return self._over.is_set()

    @property
    def left(self) -> list[str]:
        """Who did not get it, as far as is known: Twilio refused, or was not asked."""
        return [one.to for one in self.sendings if one.message is None]

    @property
    def counts(self) -> Counter[str]:
        """How many stand where."""
        return Counter(one.status for one in self.sendings)

    def _run(self) -> None:
        try:
            for sending in self.sendings:
                if self._stopped.is_set():
                    sending.status = UNSENT
                    continue
                sending.status = SENDING
                self._changed()
                self._send(sending)
        finally:
            for sending in self.sendings:
                if sending.status in (WAITING, SENDING):
                    sending.status = UNSENT
            self._handed_over.set()
        try:
            self._changed()
            self._follow()
        finally:
            self._over.set()
        self._changed()

    def _send(self, sending: Sending) -> None:
        body, from_, media = self._arguments
        try:
            sending.message = self._service.send(sending.to, body, from_, media, once=self._once)
        except TwilioNBError as error:
            is_unknown = isinstance(error, GatewayError) and error.unknown
            sending.status, sending.sentence = UNKNOWN if is_unknown else REFUSED, str(error)
            if _concerns_all(error):
                self.trouble = str(error)
                self.stop()
        except Exception as error:
            # Nobody sees a traceback of a thread; and its text may hold anything.
            logger.error("A text could not be sent: %s", frames(error))
            sending.status = UNKNOWN
            sending.sentence = f"That failed ({type(error).__name__}); the log of the kernel says how."
        else:
            self._take(sending, sending.message.document)
            sending.sentence = sending.sentence or sending.message.note

    def _follow(self) -> None:
        log, until = MessageLog(self._service.database), time.monotonic() + FOLLOWED
        pause, patience = _LOOKS[0], _ASKS[0]
        ask_at = time.monotonic() + patience
        while (still := [one for one in self.sendings if one.is_open]) and time.monotonic() < until:
            if self._closed.wait(pause):
                return
            try:
                found = log.standing([one.message.sid for one in still if one.message])
                news = [
                    self._take(one, found[one.message.sid])
                    for one in still
                    if one.message and one.message.sid in found
                ]
                if not any(news) and time.monotonic() >= ask_at:
                    news = [self._ask(one) for one in still[:_ASKED_AT_ONCE]]
                    patience = min(2 * patience, _ASKS[1])
                    ask_at = time.monotonic() + patience
            except TwilioNBError as error:  # the store or Twilio is away, and comes back
                logger.info("Deliveries could not be looked up: %s", type(error).__name__)
                news = []
            pause = _LOOKS[0] if any(news) else min(1.5 * pause, _LOOKS[1])
            if any(news):
                self._changed()

    def _ask(self, sending: Sending) -> bool:
        """Ask Twilio about a text."""
        return sending.message is not None and self._take(sending, sending.message.refresh().document)

    def _take(self, sending: Sending, document: Document) -> bool:
        """Take over where a message stands; tell whether that is news."""
        status = str(document.get("status") or "queued")
        if status == sending.status:
            return False
        sending.status = status
        if (code := document.get("error_code")) or status in FAILED:
            parts = [f"Twilio's error {code}." if code else "", advice(code, to=sending.to)]
            sending.sentence = " ".join(filter(None, parts)) or str(document.get("error_message") or "")
        return True


def _concerns_all(error: TwilioNBError) -> bool:
    """Tell whether an error would be the same for everybody: the account, the store, the service."""
    if isinstance(error, GatewayError):
        return error.status == _UNAUTHORIZED
    return isinstance(error, ConfigurationError | StoreUnavailable)
