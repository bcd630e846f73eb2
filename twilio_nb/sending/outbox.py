"""What leaves: checked, allowed by the rules, handed to Twilio, stored.

The order matters. Addresses and rules are checked first, and the rules are read from MongoDB, so that a
store that is away refuses a send before Twilio is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from twilio_nb.domain.addresses import recipient
from twilio_nb.domain.addresses import sender as checked_sender
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.messages import Document, outbound
from twilio_nb.domain.operands import Scope
from twilio_nb.errors import ConfigurationError, GatewayError, StorageError, StoreUnavailable
from twilio_nb.sending.attempts import Attempt, create
from twilio_nb.sending.claims import AGAIN, FOUND, Claims
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.hints import helped, with_sentence
from twilio_nb.sending.rules import Rulebook, Weighed, check, weigh
from twilio_nb.sending.send_log import SendLog
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.sends import Sends

_COMING_BACK = 3.0  # seconds


class Outbox:
    """The way out of one service.

    Parameters
    ----------
    definition : ServiceDefinition
        The service, with its default sender.
    database : Database
        Where its rules and messages are.
    gateway : callable
        Returns the :class:`~twilio_nb.sending.gateway.Gateway`; called only when Twilio must be asked.
    status_callback : callable
        Returns the address for status callbacks, or None where Twilio cannot reach us.
    surroundings : callable
        Returns what the conditions of rules may ask besides the arguments: the values, the request …
    """

    def __init__(
        self,
        definition: ServiceDefinition,
        database: Database,
        gateway: Callable[[], Gateway],
        status_callback: Callable[[], str | None],
        surroundings: Callable[[], Scope] = Scope,
    ) -> None:
        self._definition = definition
        self._gateway = gateway
        self._status_callback = status_callback
        self._database = database
        self._log = MessageLog(database)
        self._surroundings = surroundings
        self.rulebook = Rulebook(database, definition)
        self._claims = Claims(Sends(database), self._log, self._store)
        self.failures = SendLog(definition, database).failures

    def checked(
        self, to: str, body: str | None, from_: str | None, media_url: str | Sequence[str] | None
    ) -> dict[str, Any]:
        """Return the arguments of a send as Twilio would get them; nothing is sent.

        Returns
        -------
        dict
            ``to``, ``from``, ``body`` (str) and ``mediaUrl`` (list of str), the names that rules use.

        Raises
        ------
        InvalidAddress
            If ``to`` or ``from_`` cannot be right.
        ConfigurationError
            If there is neither body nor media, no sender, or the service was closed.
        RuleDenied
            If no rule allows it.
        """
        if not body and not media_url:
            message = "There is nothing to send: give a body, media_url, or both."
            raise ConfigurationError(message)
        arguments = self.normalised(to, body, from_, media_url)
        check(self._definition.name, self.weighed(arguments))
        return arguments

    def weighed(self, arguments: dict[str, Any]) -> list[Weighed]:
        """Return what each rule says about a send with arguments as `checked` returns them."""
        return weigh(self.rulebook.rules(), "send", arguments, self._surroundings())

    def normalised(
        self, to: str, body: str | None, from_: str | None, media_url: str | Sequence[str] | None
    ) -> dict[str, Any]:
        """Return what :meth:`checked` returns, without asking the rules."""
        self._database.check_open()
        return {
            "to": recipient(to),
            "from": checked_sender(from_) if from_ is not None else self._default_sender(),
            "body": body or "",
            "mediaUrl": [media_url] if isinstance(media_url, str) else list(media_url or []),
        }

    def _default_sender(self) -> str:
        if self._definition.sender is not None:
            return self._definition.sender
        numbers = [str(number["phone_number"]) for number in self._gateway().numbers()]
        if len(numbers) == 1:
            return numbers[0]
        found = f"the account has {len(numbers)} numbers" if numbers else "the account has no number"
        message = (
            f"No sender is known and {found}: give one with the send, or once with "
            f"twilio_nb.connect({self._definition.name!r}, sender=…)."
        )
        raise ConfigurationError(message)

    def send(self, arguments: dict[str, Any], *, once: str | None = None) -> tuple[Document, str]:
        """Send what :meth:`checked` returned and store it; with ``once``, at most once for each recipient.

        Where Twilio's answer never comes, its log tells whether the text was sent, at once and, if need be,
        before the same text, or another with the same key, is sent again.

        Returns
        -------
        document : dict
            The stored message.
        note : str
            What is worth knowing, in a sentence: that it had been sent before, under the same key or in an
            attempt that was left open, and nothing was sent now.

        Raises
        ------
        GatewayError
            If Twilio refuses, or it stays open whether the text was sent (``unknown``).
        StorageError
            If Twilio accepted the text and it could not be stored; the message names its SID.
        """
        # What may fail before Twilio is asked, a missing secret above all, must not use a key up.
        gateway, status_callback = self._gateway(), self._status_callback()
        origin = arguments["from"]
        in_messaging_service = origin.startswith("MG")
        attempt = Attempt(
            to=arguments["to"],
            from_=None if in_messaging_service else origin,
            messaging_service_sid=origin if in_messaging_service else None,
            body=arguments["body"],
            media_url=tuple(arguments["mediaUrl"]),
        )
        if earlier := self._claims.take(gateway, attempt, once):
            return earlier
        try:
            record, found = create(gateway, self._log, attempt, status_callback=status_callback)
        except GatewayError as error:
            if error.unknown:
                self._claims.leave_open(attempt, once)
                raise with_sentence(error, AGAIN) from None
            self._claims.settle(attempt, once)
            raise helped(error, gateway, attempt) from None
        except KeyboardInterrupt:  # who waits too long interrupts the kernel, and runs the cell again
            self._claims.leave_open(attempt, once)
            raise
        try:
            document = self._persist(record, attempt.began)
        except StorageError as error:
            message = f"Twilio accepted the text as {record['sid']}, but it could not be stored: {error}"
            raise StorageError(message) from error
        self._claims.settle(attempt, once, sid=document["_id"])
        return document, FOUND if found else ""

    def refresh(self, sid: str) -> Document:
        """Ask Twilio how a message stands, store that, and return the message."""
        return self._store(self._gateway().message(sid))

    def _persist(self, record: dict[str, Any], sent: datetime) -> Document:
        """Store what has left, also when MongoDB is just coming back: the driver tries only twice."""
        began = time.monotonic()
        while True:
            try:
                return self._store(record, sent)
            except StoreUnavailable:
                if time.monotonic() - began > _COMING_BACK:
                    raise
                time.sleep(0.1)

    def _store(self, record: dict[str, Any], sent: datetime | None = None) -> Document:
        document = outbound(record, service=self._definition.name, source="send", sent=sent)
        return self._log.record_outbound(document)
