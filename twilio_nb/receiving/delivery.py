"""Delivering by REST what did not go out as an answer to Twilio: late, pending and replayed replies.

Who delivers is decided by one write, the settling of the text, before anything is sent: it succeeds once.
So nothing is sent twice; what is lost in between (this process dies) is shown as a reply without a SID.
Everything here blocks, and runs in threads of its own.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from bson import ObjectId

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.entries import entry
from twilio_nb.domain.messages import Direction, Document, HandlingState, outbound
from twilio_nb.domain.paths import RETRY_FRAGMENT, status_path
from twilio_nb.domain.twiml import Message, parse
from twilio_nb.errors import GatewayError, TwilioNBError
from twilio_nb.receiving.address import bases
from twilio_nb.receiving.claims import UNSETTLED, Claim, persistently
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.sending.attempts import Attempt, create
from twilio_nb.storage.database import Database
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog

if TYPE_CHECKING:
    from twilio_nb.sending.gateway import Gateway


class Delivery:
    """Delivers the replies of one service.

    Parameters
    ----------
    definition : ServiceDefinition
        The service.
    database : Database
        Where its texts are.
    gateway : Gateway
        Its way to Twilio.
    loopback : callable
        Returns the loopback base address of the receiver, or None.
    """

    def __init__(
        self,
        definition: ServiceDefinition,
        database: Database,
        gateway: "Gateway",
        loopback: Callable[[], str | None],
    ) -> None:
        self._definition = definition
        self._gateway = gateway
        self._loopback = loopback
        self._log = MessageLog(database)
        self._book = LogBook(database)

    def settle(self, claim: Claim, outcome: Outcome, *, told: bool = False) -> tuple[str | None, str | None]:
        """End the handling of a text that was not answered in time, and send its replies.

        Parameters
        ----------
        claim : Claim
            The text.
        outcome : Outcome
            How its handler ended.
        told : bool
            Whether the receiver said that it does not deliver.

        Returns
        -------
        tuple of (str or None, str or None)
            The text's state, None if somebody else has settled it; and what went wrong, in a sentence.

        Raises
        ------
        StorageError
            If MongoDB refused, or was away for ten minutes; nothing has been sent then.
        """
        document = persistently(partial(self._log.get, claim.sid))
        if document is None:
            return None, "The text is no longer stored."
        state = HandlingState.LATE if claim.source == "webhook" else HandlingState.ANSWERED
        if not outcome.ok:
            state = HandlingState.REFUSED if outcome.refused else HandlingState.FAILED
        replies = [{"body": reply.body, "media": list(reply.media)} for reply in outcome.replies]
        won = persistently(
            partial(
                self._log.settle,
                claim.sid,
                owner=claim.owner,
                request_id=claim.request_id,
                state=state,
                replies=replies,
                error=outcome.error,
                from_states=UNSETTLED,
            )
        )
        if not won and not self._is_mine(claim, told=told):
            return None, None
        trouble = self._send(document, claim, outcome)
        self._note(document, claim, outcome, state, trouble)
        return state, outcome.error or trouble

    def _is_mine(self, claim: Claim, *, told: bool) -> bool:
        """Tell whether a settling that was refused had been written before, its answer lost on the way.

        Or, where the receiver said that it does not deliver, whether the receiver's had.
        """
        document = persistently(partial(self._log.get, claim.sid))
        handling = (document or {}).get("handling") or {}
        if handling.get("request_id") != claim.request_id:
            return False
        # Nobody but this kernel finishes what is late, and what it claimed by itself.
        mine = claim.source != "webhook" or handling["state"] == HandlingState.LATE
        return bool(
            "finished" in handling and (mine or told) and handling["state"] != HandlingState.INTERRUPTED
        )

    def _send(self, document: Document, claim: Claim, outcome: Outcome) -> str | None:
        """Send the replies in order, up to the first that fails; return what went wrong."""
        for n, message in enumerate(_messages(outcome)):
            try:
                attempt = Attempt(
                    to=message.to or document["from"],
                    from_=message.from_ or document["to"],
                    messaging_service_sid=document.get("messaging_service_sid"),
                    body=message.body or "",
                    media_url=tuple(message.media or ()),
                )
                callback = message.status_callback or self._status_callback()
                record, _ = create(self._gateway, self._log, attempt, status_callback=callback)
            except GatewayError as error:
                missing = f"{len(outcome.replies) - n} of {len(outcome.replies)} replies were not sent"
                if error.unknown:
                    missing = f"It is not known whether reply {n + 1} of {len(outcome.replies)} was sent"
                return f"{missing}: {error}"
            sent = outbound(record, service=self._definition.name, source="reply", sent=attempt.began)
            sent |= {"direction": Direction.OUTBOUND_REPLY.value, "webhook": claim.webhook}
            persistently(partial(self._log.record_outbound, sent))
            persistently(partial(self._log.link_reply, claim.sid, n, sent["_id"], sent["status"]))
        return None

    def _status_callback(self) -> str | None:
        base = next(iter(bases(self._definition, self._loopback())), None)
        return f"{base}{status_path(self._definition.name)}{RETRY_FRAGMENT}" if base else None

    def _note(
        self, document: Document, claim: Claim, outcome: Outcome, state: str, trouble: str | None
    ) -> None:
        """Write the log entry; of a late text the receiver wrote one already, at the deadline."""
        made = entry(
            claim.request_id,
            own_id=str(ObjectId()) if claim.source == "webhook" else None,
            service=self._definition.name,
            webhook=claim.webhook,
            message=document,
            started=claim.began,
            completed=datetime.now(UTC),
            source=claim.source,
            state=state,
            error=outcome.error or trouble,
            kind=None if outcome.error else trouble and GatewayError.__name__,
            warnings=outcome.warnings,
            duration=None if outcome.refused else outcome.duration,
            replies=outcome.replies,
            printed=outcome.printed,
            traceback=outcome.traceback,
            arguments_logged=claim.arguments_logged,
        )
        try:
            self._book.add([made])
        except TwilioNBError:
            return  # the log is for reading back; the text itself is settled


def _messages(outcome: Outcome) -> list[Message]:
    """Return what is to be sent; TwiML of the handler's own may name other numbers."""
    if outcome.twiml is not None:
        return parse(outcome.twiml)
    return [Message(reply.body, reply.media) for reply in outcome.replies]
