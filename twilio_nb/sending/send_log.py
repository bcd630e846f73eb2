"""Sends that did not go out, in the log of their service: what a rule refused, what failed at Twilio."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bson import ObjectId

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.entries import current, entry, leading
from twilio_nb.errors import GatewayError, RuleDenied, TwilioNBError
from twilio_nb.storage.database import Database
from twilio_nb.storage.logs import LogBook

_ACTION = "send"
_TYPE = "twilio"  # the retired service's word for what kind of service this is


class SendLog:
    """The log as sends write it.

    Parameters
    ----------
    definition : ServiceDefinition
        The service that sends.
    database : Database
        Where its log is.
    """

    def __init__(self, definition: ServiceDefinition, database: Database) -> None:
        self._definition = definition
        self._book = LogBook(database)

    @contextmanager
    def failures(self, to: str, from_: str | None) -> Iterator[None]:
        """Write an entry for what is refused or fails inside, and have the error lead to it.

        A send of a handler is logged under the request that the handler answers.

        Parameters
        ----------
        to : str
            The recipient.
        from_ : str or None
            The sender; None for the service's own.

        Yields
        ------
        None
            Around one send.
        """
        started = datetime.now(UTC)
        try:
            yield
        except (RuleDenied, GatewayError) as error:
            own_id, request, kind = str(ObjectId()), current.get(), type(error).__name__
            request_id = request.request_id if request else own_id
            made = entry(
                request_id,
                own_id=own_id,
                service=self._definition.name,
                webhook=request.webhook if request else None,
                message={"from": from_ or self._definition.sender, "to": to},
                started=started,
                completed=datetime.now(UTC),
                source=request.source if request else "send",
                error=f"{kind}: {error}",
                details={
                    "action": _ACTION,
                    "reason": "no rule allows it"
                    if isinstance(error, RuleDenied)
                    else "Twilio did not take it",
                    "service name": self._definition.name,
                    "service type": _TYPE,
                },
            )
            try:
                self._book.add([made])
            except TwilioNBError:
                pass  # the log is for reading back; what happened is told by the error all the same
            else:
                error.request_id = request_id
                error.args = (leading(str(error), request_id),)
            raise
