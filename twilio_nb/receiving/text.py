"""A text on its way through the receiver, from its authentication to its answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from twilio_nb.domain.entries import entry
from twilio_nb.domain.messages import Document
from twilio_nb.receiving.exchange import Answer, Arrival
from twilio_nb.receiving.protocol import Call, WireOutcome
from twilio_nb.receiving.services import Known


@dataclass
class Text:
    """A text whose signature was right.

    Attributes
    ----------
    known : Known
        The service and webhook it is for.
    base : str
        The base address it was signed for.
    url : str
        The address it was signed for, without its query.
    arrival : Arrival
        The request that brought it.
    document : dict
        What is stored of it.
    request : str
        Id of this request: of its log entry, and of the call to the kernel.
    stored : asyncio.Future
        Done when it is safe in MongoDB.
    answer : asyncio.Future
        What Twilio is told.
    arguments_logged : bool
        Whether whole numbers may stand in the log, as whoever handles it says.
    """

    known: Known
    base: str
    url: str
    arrival: Arrival
    document: Document
    request: str = field(default_factory=lambda: str(ObjectId()))
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    arguments_logged: bool = False

    @property
    def sid(self) -> str:
        """Its Message SID."""
        return str(self.document["_id"])

    def reply(self, answer: Answer) -> None:
        """Answer Twilio, unless that has been done."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def call(self, deadline: float) -> Call:
        """Return the message that has its handler run.

        Parameters
        ----------
        deadline : float
            When Twilio is answered in any case, on the event loop's clock.

        Returns
        -------
        Call
            With what was stored first, whatever a repeated delivery says.
        """
        arrival = self.arrival
        return {
            "type": "call",
            "call": self.request,
            "service": arrival.service,
            "webhook": str(arrival.webhook),
            "sid": self.sid,
            "payload": [(name, value) for name, value in self.document["payload"]],
            "request": {
                "remote_ip_address": arrival.remote,
                "request_headers": arrival.shown_headers,
                "webhook_url": self.url,
                "http_method": arrival.method,
                "raw_query_string": arrival.shown_query,
                "http_referrer": arrival.headers.get("referer"),
                "http_user_agent": arrival.headers.get("user-agent"),
                "service": arrival.service,
                "action": str(arrival.webhook),
            },
            "remaining": max(0.0, deadline - asyncio.get_running_loop().time()),
        }

    def note(
        self,
        state: str,
        *,
        error: str | None = None,
        warnings: Sequence[str] = (),
        outcome: WireOutcome | None = None,
        replies: Sequence[Document] = (),
    ) -> None:
        """Write the log entry, some time soon.

        Parameters
        ----------
        state : str
            What became of the text.
        error : str, optional
            What went wrong, without words and numbers of the texter.
        warnings : sequence of str, optional
            What a person should know, in sentences.
        outcome : WireOutcome, optional
            How its handler ended.
        replies : sequence of dict, optional
            What was texted back.
        """
        ran: dict[str, Any] = {}
        if outcome is not None:
            ran = {
                "duration": outcome["duration"],
                "printed": outcome["printed"],
                "traceback": outcome["traceback"],
            }
        self.known.store.note(
            entry(
                self.request,
                service=self.arrival.service,
                webhook=self.arrival.webhook,
                message=self.document,
                started=self.arrival.time,
                completed=datetime.now(UTC),
                source="webhook",
                state=state,
                error=error,
                warnings=warnings,
                replies=replies,
                arguments_logged=self.arguments_logged,
                **ran,
            )
        )
